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
  {
    name: 'unfencing: what the other half of two nodes has taken is believed to be there still',
    changes: [
      {
        file: 'core/cluster/nodes.ts',
        find: `  if (view.acting) for (const each of view.apart ?? []) state = doubtAccess(state, each);`,
        replace: ``,
      },
    ],
    says: /access that is not there: |no access: \w+ of/,
    caughtBy: 'nodes',
  },
  {
    name: 'unfencing: who was cut off by a switch takes nothing any more, as with a reservation',
    changes: [
      {
        file: 'core/cluster/access-doubt.ts',
        find: `every(({ unfencing }) => unfencing === 'own-node');`,
        replace: `every(({ unfencing }) => unfencing !== 'none');`,
      },
    ],
    says: /access that is not there: |two active copies|started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'unfencing: one of two gives itself access though the other may have taken it',
    changes: [
      {
        file: 'core/node/halves.ts',
        find: `  if (!engine.quorumOptions.twoNode) return [];`,
        replace: `  if (engine.nodes.length > 0) return [];`,
      },
      {
        file: 'core/node/halves.ts',
        find: `  if (!replica.options.engine.quorumOptions.twoNode || !givesAccess(device)) return false;`,
        replace: `  if (replica.options.engine.nodes.length > 0 || !givesAccess(device)) return false;`,
      },
    ],
    says: /two active copies|started beside another copy/,
    caughtBy: 'nodes',
  },
];
