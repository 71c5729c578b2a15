/** Operations end: what is worth telling goes into the order, until the store has taken it. */
import type { MonotonicMs, ResourceId, WallMs } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import type { OperationRequest, OperationResult } from '../model/operation.ts';
import { OCF } from '../model/operation.ts';
import type { ReportedResult } from '../cluster/commands.ts';
import { sortedValues, without } from '../cluster/order.ts';
import { beginContainment, withContainment } from './contain.ts';
import { queued, recurringId, recurringKey } from './queue.ts';
import { setOperation } from './run.ts';
import { shortened } from './shortened.ts';
import { noteDuration } from './slow.ts';
import { isDoubtful, isStale, repeat } from './stalls.ts';
import type { ExecutorEffect, ExecutorState, ExecutorStep, LocalOperation } from './types.ts';
import { outcomeKey } from './types.ts';

const OUTPUT_CHARS_MAX = 2000;

export function endOperation(
  executor: ExecutorState,
  result: OperationResult,
  clocks: { readonly nowMs: MonotonicMs; readonly wallMs: WallMs },
  mayBeContained: (request: OperationRequest) => boolean,
): ExecutorState {
  const operation = sortedValues(executor.operations).find(
    (candidate) =>
      candidate.phase === 'running' && candidate.request.operationId === result.operationId,
  );
  if (operation === undefined) return executor;
  if (operation.recurring) {
    const noted = noteDuration(executor, operation, result, clocks.nowMs);
    return endRecurring(noted, operation, result, clocks.wallMs);
  }
  const reported =
    operation.failedStop === undefined
      ? reportOf(operation, result, clocks.wallMs)
      : withContainment(operation.failedStop, result);
  if (isDoubtful(operation, result)) return repeat(executor, operation, reported);
  const contained = beginContainment(executor, operation, reported, mayBeContained);
  if (contained !== undefined) return contained;
  const next = setOperation(executor, { ...operation, phase: 'reporting', result: reported });
  return repeats(operation) ? remember(next, operation, result, clocks.nowMs) : next;
}

const repeats = (operation: LocalOperation): boolean =>
  operation.request.operation === 'monitor' && operation.request.intervalMs > 0;

/** The first run of a recurring monitor: from now on it repeats on this node. */
function remember(
  executor: ExecutorState,
  operation: LocalOperation,
  result: OperationResult,
  nowMs: MonotonicMs,
): ExecutorState {
  const id = recurringId(operation.request.resource, operation.request.intervalMs);
  const monitor = {
    id,
    request: operation.request,
    expectedExitCode: operation.expectedExitCode,
    nextAtMs: isStale(operation, result)
      ? nowMs
      : monotonicMs(nowMs + operation.request.intervalMs),
    lastOutcome: outcomeKey(result.outcome),
    validFrom: 0,
    durationsMs: [],
  };
  return { ...executor, recurring: { ...executor.recurring, [id]: monitor } };
}

function endRecurring(
  executor: ExecutorState,
  operation: LocalOperation,
  result: OperationResult,
  wallMs: WallMs,
): ExecutorState {
  const id = recurringId(operation.request.resource, operation.request.intervalMs);
  const monitor = executor.recurring[id];
  const outcome = outcomeKey(result.outcome);
  const isOvertaken = Number(operation.request.operationId) < (monitor?.validFrom ?? 0);
  // After a stall that was longer than its interval the monitor is due again already.
  const isNoNews = monitor?.lastOutcome === outcome || isStale(operation, result);
  if (monitor === undefined || isNoNews || isOvertaken) {
    return { ...executor, operations: without(executor.operations, operation.key) };
  }
  const reported = reportOf(operation, result, wallMs);
  if (isDoubtful(operation, result)) return repeat(executor, operation, reported);
  const next = setOperation(executor, { ...operation, phase: 'reporting', result: reported });
  const recurring = { ...next.recurring, [id]: { ...monitor, lastOutcome: outcome } };
  return { ...next, recurring };
}

function reportOf(
  operation: LocalOperation,
  result: OperationResult,
  wallMs: WallMs,
): ReportedResult {
  return {
    ...(operation.recurring ? {} : { key: operation.key }),
    resource: operation.request.resource,
    operation: operation.request.operation,
    intervalMs: operation.request.intervalMs,
    outcome: shortened(result.outcome),
    durationMs: Math.max(0, Math.round(result.durationMs)),
    output: result.output.slice(-OUTPUT_CHARS_MAX),
    callId: Number(operation.request.operationId),
    endedAt: Math.round(wallMs) as WallMs,
  };
}

/** A supervised child ended: as if its monitor had just found that it does not run. */
export function childExited(
  executor: ExecutorState,
  resource: ResourceId,
  text: string,
  wallMs: WallMs,
): ExecutorState {
  const monitors = sortedValues(executor.recurring)
    .filter((monitor) => monitor.request.resource === resource)
    .toSorted((left, right) => left.request.intervalMs - right.request.intervalMs);
  const monitor = monitors[0];
  const busy = sortedValues(executor.operations).some(
    (operation) => operation.request.resource === resource && !operation.recurring,
  );
  if (busy) return executor;
  if (monitor === undefined) return tellEnd(executor, resource, text, wallMs);
  const calls = executor.calls + 1;
  const outcome = { kind: 'exited', exitCode: OCF.notRunning, exitReason: text } as const;
  if (monitor.lastOutcome === outcomeKey(outcome)) return executor;
  const request = { ...monitor.request, operationId: `${calls}` };
  const key = `${recurringKey(monitor.id)} exit`;
  const operation = { ...queued(key, request, monitor.expectedExitCode), recurring: true };
  const result = { operationId: `${calls}`, outcome, durationMs: 0, output: text };
  // A run of the monitor that is under way may have looked a moment before.
  const recurring = { ...executor.recurring, [monitor.id]: { ...monitor, validFrom: calls } };
  return endRecurring({ ...executor, calls, recurring }, operation, result, wallMs);
}

/** Without a monitor the end is told as it is. The state knows whether the resource ran at all. */
function tellEnd(
  executor: ExecutorState,
  resource: ResourceId,
  text: string,
  wallMs: WallMs,
): ExecutorState {
  const calls = executor.calls + 1;
  const operationId = `${calls}`;
  const request: LocalOperation['request'] = {
    operationId,
    resource,
    agent: { class: 'command', type: '' },
    operation: 'monitor',
    intervalMs: 0,
    timeoutMs: 0,
    parameters: {},
    meta: {},
    node: executor.self,
  };
  const operation = { ...queued(`exit ${resource} ${calls}`, request, OCF.ok), recurring: true };
  const outcome = { kind: 'exited', exitCode: OCF.notRunning, exitReason: text } as const;
  const ended = { operationId, outcome, durationMs: 0, output: text };
  const result = reportOf(operation, ended, wallMs);
  return setOperation({ ...executor, calls }, { ...operation, phase: 'reporting', result });
}

/** Gives to the store what is due to be told and was not given yet, in the order of the calls. */
export function reportEnded(executor: ExecutorState, nowMs: MonotonicMs): ExecutorStep {
  const effects: ExecutorEffect[] = [];
  let next = executor;
  const byCall = sortedValues(executor.operations).toSorted(
    (left, right) => Number(left.request.operationId) - Number(right.request.operationId),
  );
  for (const operation of byCall) {
    const due =
      operation.phase === 'reporting' ||
      (operation.phase === 'refused' && operation.notBeforeMs <= nowMs);
    if (!due || operation.asked || operation.result === undefined) continue;
    effects.push({ kind: 'report', key: operation.key, result: operation.result });
    next = setOperation(next, { ...operation, phase: 'reporting', asked: true });
  }
  return { executor: next, effects };
}

/** The store's answer to a report: applied means done; anything else is tried again. */
export function reportAnswered(
  executor: ExecutorState,
  key: string,
  applied: boolean,
): ExecutorState {
  const operation = executor.operations[key];
  if (operation === undefined || operation.phase !== 'reporting') return executor;
  if (!applied) return setOperation(executor, { ...operation, asked: false });
  return { ...executor, operations: without(executor.operations, key) };
}
