/** A bug by which a live migration leaves two copies. */
import type { Mutant } from './mutant.ts';

export const ofMoves: readonly Mutant[] = [
  {
    name: 'double run by migration: what was sent away counts as stopped, and not as what may have arrived',
    changes: [
      {
        file: 'core/scheduler/history/replay.ts',
        find: `      replay.migration = { record, outcome: 'done' };
      return;`,
        replace: `      replay.role = ROLE.stopped;
      break;`,
      },
      // Nor does what is looked at right before a start.
      {
        file: 'core/cluster/safety.ts',
        find: `  if (mayHaveArrived(state, resource, node)) return 'it may have moved there';`,
        replace: ``,
      },
    ],
    says: /started beside another copy: (vm|guest)|two active copies: (vm|guest)/,
    caughtBy: 'nodes',
  },
];
