/**
 * `node maintenance N --evacuate`: a mark that is standby as long as anything of the cluster may be on the
 * node, and maintenance as well from the moment on in which it is empty. That is noted in the mark, at the same
 * point of the order on all members: what the people who work there start afterwards is not moved away.
 */
import type { NodeName } from '../model/ids.ts';
import { hasOpenActions, runningOperations } from '../transition/advance.ts';
import { isActive } from './activity.ts';
import type { Mark } from './marks.ts';
import { hasArrivals } from './migrations.ts';
import { sortedValues } from './order.ts';
import { mayRunAnything } from './safety.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell, want } from './tell.ts';

type Maintenance = Extract<Mark, { kind: 'node-maintenance' }>;

/** Looked at after every change: moved away, stopped, or gone with its node is all the same. */
export function endEvacuations(state: ClusterState): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (mark.kind === 'node-maintenance' && mark.evacuation === 'wanted') next = goOn(next, mark);
  }
  return next;
}

function goOn(state: ClusterState, mark: Maintenance): ClusterState {
  const node = state.nodes[mark.node];
  if (node === undefined || !isEmpty(state, node)) return state;
  const text = `${mark.node} is empty: from now on nothing is touched there`;
  const marks = { ...state.marks, [mark.id]: { ...mark, evacuation: 'done' as const } };
  return want(tell({ ...state, marks }, { kind: 'mark', severity: 'good', text }), text);
}

/**
 * As for a node that leaves, and nothing is still to be done there: the source of a live migration is
 * stopped after the machine has gone. Of a node that is lost or away nobody knows it.
 */
function isEmpty(state: ClusterState, node: NodeRecord): boolean {
  if (node.condition === 'down') return true;
  if (node.condition !== 'online') return false;
  if (state.decision.wanted > state.decision.answered || isBusy(state, node.name)) return false;
  if (sortedValues(node.history).some((history) => isActive(history))) return false;
  return !hasArrivals(state, node) && !mayRunAnything(state, node);
}

/** Something runs there, or the plan has come to nothing of it yet. */
function isBusy({ transition }: ClusterState, name: NodeName): boolean {
  if (runningOperations(transition).some((entry) => entry.node === name)) return true;
  return hasOpenActions(transition, name);
}
