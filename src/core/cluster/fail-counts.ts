/**
 * Fail counts as transient node attributes (Pacemaker Explained, "Fail Counts"):
 * `fail-count-RESOURCE#OPERATION_INTERVAL` and `last-failure-…` in seconds since 1970.
 */
import type { ResourceId, WallMs } from '../model/ids.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import { booleanOption } from './options.ts';
import { sortedKeys } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

export interface Failure {
  readonly resource: ResourceId;
  readonly operation: string;
  readonly intervalMs: number;
}

export function countFailure(state: ClusterState, node: NodeRecord, failure: Failure): NodeRecord {
  const suffix = `${failure.resource}#${failure.operation}_${failure.intervalMs}`;
  const before = Number(node.attributes[`fail-count-${suffix}`]) || 0;
  const count = isFatal(state, failure.operation) ? INFINITY_SCORE : before + 1;
  const seconds = Math.floor(state.time / 1000);
  return {
    ...node,
    attributes: {
      ...node.attributes,
      [`fail-count-${suffix}`]: count >= INFINITY_SCORE ? 'INFINITY' : String(count),
      [`last-failure-${suffix}`]: String(seconds),
    },
  };
}

function isFatal(state: ClusterState, operation: string): boolean {
  if (operation === 'stop') return true;
  if (operation !== 'start') return false;
  return booleanOption(state.configuration.model, 'start-failure-is-fatal', true);
}

/** Forgets the failures of one resource (or of all): counts, times and failure records. */
export function clearFailures(node: NodeRecord, resource: string | undefined): NodeRecord {
  const attributes: Record<string, string> = {};
  for (const name of sortedKeys(node.attributes)) {
    if (!isFailureOf(name, resource)) attributes[name] = node.attributes[name] as string;
  }
  const history: Record<string, NodeRecord['history'][string]> = {};
  for (const name of sortedKeys(node.history)) {
    const known = node.history[name] as NodeRecord['history'][string];
    const concerned = resource === undefined || baseName(name) === resource;
    history[name] = concerned ? withoutFailures(known) : known;
  }
  return { ...node, attributes, history };
}

const withoutFailures = (known: NodeRecord['history'][string]): NodeRecord['history'][string] => ({
  ...known,
  operations: known.operations.filter((entry) => !entry.id.endsWith('_last_failure_0')),
});

function isFailureOf(attribute: string, resource: string | undefined): boolean {
  const match = /^(?:fail-count|last-failure)-(.+)#[^#]*$/.exec(attribute);
  if (match === null) return false;
  return resource === undefined || baseName(match[1] as string) === resource;
}

/** `web` of `web:2`. */
export const baseName = (instance: string): string => instance.replace(/:\d+$/, '');

/** Time as the scheduler reads it from `last-failure-…`. */
export const failureTime = (seconds: string): WallMs => (Number(seconds) * 1000) as WallMs;
