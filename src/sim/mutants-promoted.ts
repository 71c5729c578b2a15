/** Two promoted copies: in runs with a promotable clone. */
import type { Mutant } from './mutant.ts';

const whenDone = `.every((earlier) => states[earlier] === 'done');`;

export const ofPromoted: readonly Mutant[] = [
  {
    name: 'promoted without waiting for fencing',
    changes: [
      {
        file: 'core/transition/advance.ts',
        find: whenDone,
        replace: `.every(
    (earlier) => states[earlier] === 'done' || transition.actions[earlier]?.kind === 'fence',
  );`,
      },
      {
        file: 'core/cluster/promoted.ts',
        find: `  if (node.condition === 'down') return undefined;`,
        replace: `  if (node.condition !== 'online') return undefined;`,
      },
    ],
    says: /promoted beside another copy|two promoted copies/,
    caughtBy: 'nodes',
  },
  {
    name: 'promoted without waiting for the demotion elsewhere',
    changes: [
      {
        file: 'core/transition/advance.ts',
        find: whenDone,
        replace: `.every(
    (earlier) => states[earlier] === 'done' || transition.actions[earlier]?.kind === 'demote',
  );`,
      },
      {
        file: 'core/cluster/promoted.ts',
        find: `  if (!isPromotedOnce(state.configuration.model, resource)) return [];`,
        replace: `  if (state.epoch >= 0) return [];`,
      },
    ],
    says: /promoted beside another copy|two promoted copies/,
    caughtBy: 'nodes',
  },
];
