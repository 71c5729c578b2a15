/** More that whole nodes must catch. */
import type { Mutant } from './mutant.ts';
import { answerEarly } from './mutants-shared.ts';

export const ofNodes: readonly Mutant[] = [
  {
    name: 'a node of two counts itself quorate before it has met the other',
    changes: [
      {
        file: 'core/node/wait-for-all.ts',
        find: `isMissing ? { ...event, quorate: false } : event`,
        replace: `event`,
      },
    ],
    says: /without quorum/,
    caughtBy: 'nodes',
  },
  {
    name: 'whole nodes: a change is answered before its commit',
    changes: answerEarly,
    says: /acknowledged and lost/,
    caughtBy: 'nodes',
  },
  {
    name: 'a node after a stall judges the others by its old timers',
    changes: [
      {
        file: 'core/node/stalls.ts',
        find: `    noticed[key] = isPatient ? nowMs : monotonicMs(since + gapMs);`,
        replace: `    noticed[key] = isPatient ? since : monotonicMs(since + gapMs);`,
      },
    ],
    says: /judged by an old timer/,
    caughtBy: 'nodes',
  },
  {
    name: 'what is to be repeated after a stall is told as not begun',
    changes: [
      {
        file: 'core/executor/queue.ts',
        find: `    if (operation.doubted !== undefined || operation.failedStop !== undefined) continue;`,
        replace: `    if (operation.failedStop !== undefined) continue;`,
      },
    ],
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'a daemon takes over that its node was armed in an earlier life',
    changes: [
      {
        file: 'core/cluster/nodes.ts',
        find: `without(old.attributes, WATCHDOG_ATTRIBUTE)`,
        replace: `old.attributes`,
      },
    ],
    says: /not off: /,
    caughtBy: 'nodes',
  },
];
