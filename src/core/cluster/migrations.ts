/**
 * Live migrations of which the target has said nothing yet: the resource may have arrived there,
 * whatever the target knew before.
 */
import { runningOperations } from '../transition/advance.ts';
import { lastWord } from './activity.ts';
import { sortedKeys, sortedValues, without } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

/** Whether a migration of the resource to this node is under way, or has an open end. */
export function mayHaveArrived(state: ClusterState, resource: string, node: NodeRecord): boolean {
  const isUnderWay = runningOperations(state.transition).some(
    ({ action }) =>
      action.kind === 'migrate_to' &&
      action.migrateTarget === node.name &&
      (action.instance ?? action.resource) === resource,
  );
  return isUnderWay || sortedValues(state.nodes).some((source) => isOpen(source, resource, node));
}

/**
 * The source has sent the resource there, whatever it did since; the target has said nothing newer.
 * (A stop on the source says nothing of what has arrived.) Where nobody knows how the sending ended, it
 * may go on until the source is off: a stop on the target may have been too early.
 */
function isOpen(source: NodeRecord, resource: string, target: NodeRecord): boolean {
  const sent = source.history[resource]?.operations.findLast(
    ({ operation, status }) => operation === 'migrate_to' && status !== 'cancelled',
  );
  if (sent?.migrateTarget !== target.name) return false;
  if (sent.status === 'pending') return true;
  const known = lastWord(target.history[resource]);
  const [sentAt, knownAt] = [sent.lastChangeAt ?? 0, known?.lastChangeAt ?? 0];
  if (knownAt !== sentAt) return knownAt < sentAt;
  return known?.operation === 'monitor';
}

/** Anything that may have come to this node unseen. */
export function hasArrivals(state: ClusterState, node: NodeRecord): boolean {
  const sent = sortedValues(state.nodes).flatMap((source) => sortedKeys(source.history));
  const moving = runningOperations(state.transition).map(
    ({ action }) => action.instance ?? action.resource ?? '',
  );
  const resources = new Set<string>([...sent, ...moving]);
  return [...resources].some((resource) => mayHaveArrived(state, resource, node));
}

/**
 * What the source knew is about to be forgotten (it was fenced, it left, its daemon is another one):
 * nothing is known any more of what it may have sent, so the targets are asked.
 */
export function forgetSent(state: ClusterState, source: NodeRecord): ClusterState {
  let nodes = state.nodes;
  for (const target of sortedValues(state.nodes)) {
    if (target.name === source.name) continue;
    let { history } = target;
    for (const resource of sortedKeys(history)) {
      const isUnderWay = runningOperations(state.transition).some(
        ({ node, action }) =>
          node === source.name &&
          action.migrateTarget === target.name &&
          (action.instance ?? action.resource) === resource,
      );
      if (isUnderWay || isOpen(source, resource, target)) history = without(history, resource);
    }
    if (history !== target.history) nodes = { ...nodes, [target.name]: { ...target, history } };
  }
  return nodes === state.nodes ? state : { ...state, nodes };
}
