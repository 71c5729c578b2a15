/** Bugs that stop what has nothing to do with what was lost, when all was well (calm-loss.ts). */
import type { Mutant } from './mutant.ts';

export const ofCalm: readonly Mutant[] = [
  {
    name: 'what needs something on a node whose daemon is away for a moment is stopped',
    changes: [
      {
        file: 'core/scheduler/actions/operations.ts',
        find: `if (host.held && !isDone(unit, task, host))`,
        replace: `if (host.held)`,
      },
    ],
    says: /disturbed/,
    caughtBy: 'nodes',
  },
  {
    name: 'a machine that came back from a node is on its way there',
    changes: [
      {
        file: 'core/cluster/history.ts',
        find: `if (known.operation === 'migrate_to' && isArrival(record)) return true;`,
        replace: ``,
      },
      {
        file: 'core/scheduler/history/replay.ts',
        find: `    case 'start':
    case 'migrate_from':
      replay.role = startedRole(replay.unit);
      replay.migration = undefined;
      break;`,
        replace: `    case 'start':
      replay.role = startedRole(replay.unit);
      replay.migration = undefined;
      break;
    case 'migrate_from':
      replay.role = startedRole(replay.unit);
      break;`,
      },
    ],
    says: /disturbed/,
    caughtBy: 'nodes',
  },
];
