/**
 * `node maintenance N --evacuate`: a mark that is standby as long as anything of the cluster may be on the
 * node, and maintenance as well from the moment on in which it is empty. The leader has that noted in the mark,
 * on disks, before anybody is told: what the people who work there start afterwards is not moved away, also not
 * when all daemons begin anew.
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

/** Those whose node is empty now: moved away, stopped, or gone with its node is all the same. */
export function endedEvacuations(state: ClusterState): readonly Maintenance[] {
  return sortedValues(state.marks).flatMap((mark) => {
    if (mark.kind !== 'node-maintenance' || mark.evacuation !== 'wanted') return [];
    const node = state.nodes[mark.node];
    return node !== undefined && isEmpty(state, node) ? [mark] : [];
  });
}

/** What is found there by the time at which that is in the order has to go first. */
export function endEvacuation(state: ClusterState, id: string): ClusterState {
  const mark = state.marks[id];
  if (mark?.kind !== 'node-maintenance' || mark.evacuation !== 'wanted') return state;
  const found = sortedValues(state.nodes[mark.node]?.history ?? {});
  if (found.some((history) => isActive(history))) return state;
  const text = `${mark.node} is empty: from now on nothing is touched there`;
  const marks = { ...state.marks, [id]: { ...mark, evacuation: 'done' as const } };
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
