/** Bugs in what people ask of whole nodes: in runs in which they do (draw-people.ts). */
import type { Mutant } from './mutant.ts';

export const ofPeople: readonly Mutant[] = [
  {
    name: 'an evacuated node counts as empty while something is still to be done there',
    changes: [
      {
        file: 'core/cluster/evacuation.ts',
        find: `  if (state.decision.wanted > state.decision.answered || isBusy(state, node.name)) return false;
  if (sortedValues(node.history).some((history) => isActive(history))) return false;
  return !hasArrivals(state, node) && !mayRunAnything(state, node);`,
        replace: `  if (state.decision.wanted > state.decision.answered) return false;
  return isBusy(state, node.name) || !hasArrivals(state, node);`,
      },
    ],
    says: /evacuated and not empty|touched in maintenance/,
    caughtBy: 'nodes',
  },
  {
    name: 'a node leaves with the whole cluster though something runs there',
    changes: [
      {
        file: 'core/node/leave.ts',
        find: `  if (record === undefined || isActiveHere(node) || waitsForOthers(node)) return stay(node);`,
        replace: `  if (record === undefined) return stay(node);`,
      },
      {
        file: 'core/node/leave.ts',
        find: `  if (mayRunAnything(node.cluster, record)) return stay(node);`,
        replace: ``,
      },
      {
        file: 'core/node/leave.ts',
        find: `  return readyOn(node.cluster.transition, node.view.self).some(
    (action) => action.kind === 'shutdown',
  );`,
        replace: `  return node.cluster.nodes[node.view.self]?.shutdownRequested === true;`,
      },
    ],
    says: /left something running/,
    caughtBy: 'nodes',
  },
];
