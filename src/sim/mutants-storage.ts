/** Bugs in unfencing: in runs with shared storage that nodes are cut off from. */
import type { Mutant } from './mutant.ts';

export const ofStorage: readonly Mutant[] = [
  {
    name: 'unfencing: what needs access starts before its node was given it',
    changes: [
      {
        file: 'core/scheduler/actions/unfencing.ts',
        find: `      else if (action.task === 'start')
        world.actions.relate(unfence, action, KIND.blocks | KIND.causes);`,
        replace: ``,
      },
      {
        file: 'core/node/local.ts',
        find: `  if (self === undefined || hasAccess(cluster, self)) return undefined;`,
        replace: `  if (self === undefined || hasAccess(cluster, self) || cluster.epoch >= 0) return undefined;`,
      },
    ],
    says: /no access: \w+ of/,
    caughtBy: 'nodes',
  },
  {
    name: 'unfencing: a node that is away is given access, though it is being fenced',
    changes: [
      {
        file: 'core/scheduler/actions/unfencing.ts',
        find: `  host.online &&
  !host.unclean &&
  !host.held &&
  !host.shutdown &&`,
        replace: `  !host.held &&
  !host.shutdown &&`,
      },
      {
        file: 'core/cluster/fencing.ts',
        find: `    return state.nodes[request.target]?.condition === 'online' ? addActive(state, begun) : state;`,
        replace: `    return addActive(state, begun);`,
      },
      {
        file: 'core/node/fences.ts',
        find: `  if (isUnfencing(request) && node.cluster.nodes[request.target]?.condition !== 'online')`,
        replace: `  if (isUnfencing(request) && node.cluster.nodes[request.target] === undefined)`,
      },
    ],
    says: /access for (no member|who was cut off): /,
    caughtBy: 'nodes',
  },
  {
    name: 'unfencing: access is given before what runs there is found and stopped',
    changes: [
      {
        file: 'core/scheduler/actions/unfencing.ts',
        find: `      if (isLookOrEnd(action)) world.actions.relate(action, unfence, KIND.order);`,
        replace: `      if (isLookOrEnd(action)) continue;`,
      },
    ],
    says: /two active copies/,
    caughtBy: 'nodes',
  },
];
