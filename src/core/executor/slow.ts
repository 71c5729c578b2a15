/**
 * Monitors that come near their timeout, or take far longer than they use to: said before the night
 * in which one of them times out and is taken for a failure.
 */
import type { MonotonicMs, ResourceId } from '../model/ids.ts';
import type { OperationResult } from '../model/operation.ts';
import { sortedKeys, without } from '../cluster/order.ts';
import { recurringId } from './queue.ts';
import type { ExecutorState, LocalOperation } from './types.ts';

/** Of the timeout, in percent. */
const NEAR_PERCENT = 75;
/** So many times the median, if that is a quarter of the timeout at least. */
const UNUSUAL_TIMES = 10;
const UNUSUAL_PERCENT = 25;
const RUNS_MIN = 5;
const RUNS_MAX = 15;
const SAID_MS = 3_600_000;
/** Resources of this node of which it is said at one time. */
const SLOW_MAX = 50;

/** A recurring monitor has ended. Runs across a stall of this node tell nothing. */
export function noteDuration(
  executor: ExecutorState,
  { request, stalledMs }: LocalOperation,
  result: OperationResult,
  nowMs: MonotonicMs,
): ExecutorState {
  const id = recurringId(request.resource, request.intervalMs);
  const monitor = executor.recurring[id];
  if (monitor === undefined || stalledMs > 0 || result.outcome.kind !== 'exited') return executor;
  const durationMs = Math.max(0, Math.round(result.durationMs));
  const durationsMs = [...monitor.durationsMs, durationMs].slice(-RUNS_MAX);
  const recurring = { ...executor.recurring, [id]: { ...monitor, durationsMs } };
  const { timeoutMs } = request;
  const usualMs = medianOf(monitor.durationsMs);
  const next = { ...executor, recurring };
  return isSlow(durationMs, timeoutMs, usualMs)
    ? sayOf(next, request.resource, { atMs: nowMs, durationMs, timeoutMs, usualMs })
    : next;
}

function isSlow(durationMs: number, timeoutMs: number, usualMs: number | undefined): boolean {
  const percent = (100 * durationMs) / Math.max(1, timeoutMs);
  if (percent > NEAR_PERCENT) return true;
  return usualMs !== undefined && percent > UNUSUAL_PERCENT && durationMs > UNUSUAL_TIMES * usualMs;
}

function medianOf(durationsMs: readonly number[]): number | undefined {
  if (durationsMs.length < RUNS_MIN) return undefined;
  return durationsMs.toSorted((left, right) => left - right)[Math.floor(durationsMs.length / 2)];
}

type Slow = ExecutorState['slow'][string];

/** Once an hour for one resource. */
function sayOf(executor: ExecutorState, resource: ResourceId, slow: Slow): ExecutorState {
  const isFull = Object.keys(executor.slow).length >= SLOW_MAX;
  if (executor.slow[resource] !== undefined || isFull) return executor;
  return { ...executor, slow: { ...executor.slow, [resource]: slow } };
}

export function forgetSlow(executor: ExecutorState, nowMs: MonotonicMs): ExecutorState {
  let { slow } = executor;
  for (const resource of sortedKeys(slow)) {
    if (nowMs - (slow[resource]?.atMs ?? nowMs) >= SAID_MS) slow = without(slow, resource);
  }
  return slow === executor.slow ? executor : { ...executor, slow };
}
