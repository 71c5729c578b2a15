/**
 * Fail counts as transient node attributes (Pacemaker Explained, "Fail Counts"):
 * `fail-count-RESOURCE#OPERATION_INTERVAL` and `last-failure-…` in seconds since 1970.
 */
import type { ResourceId } from '../model/ids.ts';
import type { OperationRecord, ResourceHistory } from '../model/picture.ts';
import { addScores, INFINITY_SCORE, scoreText, type Score } from '../model/score.ts';
import { parseScore } from '../model/value.ts';
import { activity } from './activity.ts';
import { isLookedFor } from './discovery.ts';
import { booleanOption } from './options.ts';
import { sortedKeys, without } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

export interface Failure {
  readonly resource: ResourceId;
  readonly operation: string;
  readonly intervalMs: number;
}

export function countFailure(state: ClusterState, node: NodeRecord, failure: Failure): NodeRecord {
  const suffix = suffixOf(failure);
  const before = Math.max(0, parseScore(node.attributes[`fail-count-${suffix}`] ?? '0') ?? 0);
  const count = isFatal(state, failure.operation) ? INFINITY_SCORE : addScores(before, 1);
  return withCount(state, node, suffix, count);
}

/** The resource does not come to this node before the failure expires or is cleaned up. */
export const countFatalFailure = (
  state: ClusterState,
  node: NodeRecord,
  failure: Failure,
): NodeRecord => withCount(state, node, suffixOf(failure), INFINITY_SCORE);

const suffixOf = ({ resource, operation, intervalMs }: Failure): string =>
  `${resource}#${operation}_${intervalMs}`;

function withCount(
  state: ClusterState,
  node: NodeRecord,
  suffix: string,
  count: Score,
): NodeRecord {
  const seconds = Math.floor(state.time / 1000);
  return {
    ...node,
    attributes: {
      ...node.attributes,
      [`fail-count-${suffix}`]: scoreText(count),
      [`last-failure-${suffix}`]: String(seconds),
    },
  };
}

function isFatal(state: ClusterState, operation: string): boolean {
  if (operation === 'stop') return true;
  if (operation !== 'start') return false;
  return booleanOption(state.configuration.model, 'start-failure-is-fatal', true);
}

/** Forgets counts, times and records of failures of the resources of which `isMeant` says so. */
export function clearFailures(
  node: NodeRecord,
  isMeant: (resource: string) => boolean,
): NodeRecord {
  const attributes: Record<string, string> = {};
  for (const name of sortedKeys(node.attributes)) {
    if (!isFailureOf(name, isMeant)) attributes[name] = node.attributes[name] as string;
  }
  const history: Record<string, ResourceHistory> = {};
  for (const name of sortedKeys(node.history)) {
    const known = node.history[name] as ResourceHistory;
    history[name] = isMeant(name) ? withoutFailures(known) : known;
  }
  return { ...node, attributes, history };
}

/**
 * Where the last word on a resource is a failure, nothing is left that is worth knowing: it is
 * looked for again, where somebody can look. Where nobody does, what may run there stays known.
 */
export function forgetFailed(
  { configuration: { model } }: ClusterState,
  node: NodeRecord,
  isMeant: (resource: string) => boolean,
): NodeRecord {
  if (node.condition !== 'online') return node;
  let { history } = node;
  for (const name of sortedKeys(node.history)) {
    const known = node.history[name];
    const failed = known?.operations.some((entry) => isFailed(entry)) === true;
    if (!failed || !isMeant(name)) continue;
    const isKept = activity(known) !== 'inactive' && !isLookedFor(model, baseName(name), node.name);
    if (!isKept) history = without(history, name);
  }
  return { ...node, history };
}

const withoutFailures = (known: ResourceHistory): ResourceHistory => ({
  ...known,
  operations: known.operations.filter((entry) => !entry.id.endsWith('_last_failure_0')),
});

const isFailed = (entry: OperationRecord): boolean =>
  entry.status !== 'done' && entry.status !== 'pending' && entry.status !== 'cancelled';

function isFailureOf(attribute: string, isMeant: (resource: string) => boolean): boolean {
  const match = /^(?:fail-count|last-failure)-(.+)#[^#]*$/.exec(attribute);
  return match !== null && isMeant(match[1] as string);
}

/** `web` of `web:2`. */
export const baseName = (instance: string): string => instance.replace(/:\d+$/, '');
