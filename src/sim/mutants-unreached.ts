/** Bugs that only a node shows that no power switch answers (unreached.ts). */
import type { Mutant } from './mutant.ts';

export const ofUnreached: readonly Mutant[] = [
  {
    name: 'the node that leads tries to fence again and again, and nobody else does',
    changes: [
      {
        file: 'core/fencing/choose.ts',
        find: `return able[failuresOfWay % Math.max(1, able.length)];`,
        replace: `return able[failuresOfWay < 0 ? 1 : 0];`,
      },
    ],
    says: /nobody else tries: /,
    caughtBy: 'nodes',
  },
  {
    name: 'what the monitor of a fence device says is not told',
    changes: [
      {
        file: 'core/node/devices.ts',
        find: `{ ...check, running: false, said: wordsOf(result) }`,
        replace: `{ ...check, running: false, said: check.said }`,
      },
    ],
    says: /known not to answer: /,
    caughtBy: 'nodes',
  },
  {
    name: 'a device that answers no monitor is not shot with',
    changes: [
      {
        file: 'core/fencing/executors.ts',
        find: `condition === 'online');`,
        replace: `condition === 'online').filter(({ name }) => doubtOf(cluster, devices, name) < 2);`,
      },
    ],
    says: /no convergence: /,
    caughtBy: 'nodes',
  },
];
