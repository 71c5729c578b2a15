/**
 * `holdfast cluster stop --all`: every node that is online is asked to leave at one point of the order, so
 * that no decision in between moves anything to a node that leaves as well. What was asked for is kept
 * beside the nodes, not by whoever asked: a daemon that comes back meanwhile leaves, too. It is over when
 * none of those is left that were asked, so that a cluster that is started again is not stopped again.
 */
import type { NodeName } from '../model/ids.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell, want } from './tell.ts';

export function stopAll(before: ClusterState, by: string): ClusterState {
  const { stopping = { by, since: before.time } } = before;
  const leaving = sortedValues(before.nodes).filter(({ condition }) => condition === 'online');
  const names = leaving.map(({ name }) => name).join(', ');
  const text = `${by}: the whole cluster is stopped; all leave together: ${names}`;
  const asked = askToLeave({ ...before, stopping }, leaving);
  return want(tell(asked, { kind: 'node', severity: 'warning', text }), text);
}

/** At the end of each view: who has come leaves as well; when all who were asked are gone it is over. */
export function goOnStopping(state: ClusterState, stayed: ReadonlySet<NodeName>): ClusterState {
  const { stopping } = state;
  if (stopping === undefined) return state;
  const online = sortedValues(state.nodes).filter(({ condition }) => condition === 'online');
  if (!online.some((node) => node.shutdownRequested && stayed.has(node.name))) return over(state);
  let next = state;
  for (const node of online.filter((each) => !each.shutdownRequested)) {
    const text = `${node.name} is to leave, too: ${stopping.by} stops the whole cluster`;
    const told = { kind: 'node', severity: 'info', node: node.name, text } as const;
    next = tell(askToLeave(next, [node]), told);
  }
  return next;
}

function over(before: ClusterState): ClusterState {
  const { stopping: _, ...state } = before;
  const text = 'the whole cluster was stopped, and begins again';
  return tell(state, { kind: 'node', severity: 'info', text });
}

function askToLeave(state: ClusterState, leaving: readonly NodeRecord[]): ClusterState {
  let { nodes } = state;
  for (const node of leaving) {
    nodes = { ...nodes, [node.name]: { ...node, shutdownRequested: true } };
  }
  return { ...state, nodes };
}
