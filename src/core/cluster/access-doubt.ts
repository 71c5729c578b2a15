/**
 * Access that another half may have taken (docs/decisions/unfencing.md). Of two nodes both halves act, and
 * each takes the other's access. That leaves a node alive: the line that goes on may be that of a node that
 * was cut off and knows nothing of it.
 */
import type { NodeName } from '../model/ids.ts';
import type { Apart } from '../store/types.ts';
import { endFencing } from './fencing.ts';
import { fencedBy, isUnfencing } from './fencing-methods.ts';
import { sortedValues } from './order.ts';
import type { ClusterState } from './state.ts';
import { loseAccess, refusalOf, unfencersOf } from './unfencing.ts';

/**
 * Once for each time that a half was apart, before any member of the line goes on. Nobody's access counts
 * that the half may have taken: what runs there is stopped before it is given anew.
 */
export function doubtAccess(before: ClusterState, { node, ballot, number }: Apart): ClusterState {
  const time = `${ballot}.${number}`;
  if (before.fencing.doubtedFor?.[node] === time) return before;
  const others = sortedValues(before.nodes).filter(
    ({ name }) => name !== node && unfencersOf(before, name).length > 0,
  );
  if (others.length === 0) return before;
  const doubtedFor = { ...before.fencing.doubtedFor, [node]: time };
  let state: ClusterState = { ...before, fencing: { ...before.fencing, doubtedFor } };
  for (const { name } of others) {
    if (cannotTake(before, name, node)) continue;
    const because = `${node} acted alone, and may have taken it`;
    state = loseAccess(closeUnfencing(state, name, because), name, because);
  }
  return state;
}

/** Nobody knows whether what gives it came before what has taken it. */
function closeUnfencing(state: ClusterState, name: NodeName, text: string): ClusterState {
  const request = state.fencing.active.find((each) => each.target === name && isUnfencing(each));
  if (request === undefined) return state;
  return endFencing(state, request.id, { ok: false, text, durationMs: 0 }, true);
}

/** No daemon of this line ran while another half may have acted. */
export function doubtAllAccess(before: ClusterState): ClusterState {
  let state = before;
  for (const { name } of sortedValues(before.nodes)) {
    if (unfencersOf(before, name).length === 0) continue;
    state = loseAccess(state, name, 'it may have been taken while no daemon ran here');
  }
  return state;
}

/**
 * A reservation is taken away by who has one (SPC, PERSISTENT RESERVE OUT: who is not registered gets a
 * conflict): who was cut off takes nothing after that, and had it been quicker nobody here could have done it.
 */
export function cannotTake(state: ClusterState, name: NodeName, by: NodeName): boolean {
  const isExclusive = unfencersOf(state, name).every(({ unfencing }) => unfencing === 'own-node');
  if (!isExclusive || state.nodes[by]?.condition !== 'down') return false;
  // An `on` that it was doing for itself may have come after that.
  return refusalOf(state, by)?.endUnknownOf === undefined && fencedBy(state, by) !== undefined;
}
