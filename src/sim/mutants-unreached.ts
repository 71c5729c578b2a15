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
];
