/** Brings the local list of operations in line with what the transition wants of this node. */
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs, wallMs } from '../model/ids.ts';
import { OVERTAKEN } from '../model/operation.ts';
import type { OperationOutcome, OperationRequest } from '../model/operation.ts';
import type { PlannedAction, PlannedOperation } from '../model/plan.ts';
import { sortedKeys, sortedValues, without } from '../cluster/order.ts';
import { actionKey, isOperation } from '../transition/keys.ts';
import type { ExecutorState, LocalOperation, RecurringMonitor } from './types.ts';

/**
 * Ready actions that are new are queued; queued ones that are no longer wanted are forgotten.
 * Running ones are never forgotten, nor those to be run again: their end is always reported.
 * Operations that an earlier plan has left over are waited for by everybody: of those that were not
 * begun it is said so.
 */
export function syncQueue(
  executor: ExecutorState,
  ready: readonly PlannedAction[],
  leftOver: readonly PlannedAction[],
): ExecutorState {
  let next = dropUnwanted(executor, new Set(ready.map((action) => actionKey(action))));
  for (const action of leftOver) {
    const key = actionKey(action);
    if (next.operations[key] === undefined) next = tellNotBegun(next, key, action);
  }
  for (const action of ready) {
    const key = actionKey(action);
    if (next.operations[key] !== undefined) continue;
    if (action.kind === 'cancel') next = cancelRecurring(next, key, action);
    else if (isOperation(action)) next = enqueueAction(next, key, action);
  }
  return next;
}

function dropUnwanted(executor: ExecutorState, wanted: ReadonlySet<string>): ExecutorState {
  let operations = executor.operations;
  for (const key of sortedKeys(operations)) {
    const operation = operations[key];
    if (operation === undefined || operation.recurring || wanted.has(key)) continue;
    // It ran: saying that it was not begun would be wrong.
    if (operation.doubted !== undefined || operation.failedStop !== undefined) continue;
    if (operation.phase === 'queued' || operation.phase === 'refused') {
      operations = without(operations, key);
    }
  }
  return { ...executor, operations };
}

function tellNotBegun(executor: ExecutorState, key: string, action: PlannedAction): ExecutorState {
  return tellEnded(executor, key, action, { kind: 'cancelled' }, OVERTAKEN);
}

function enqueueAction(executor: ExecutorState, key: string, action: PlannedAction): ExecutorState {
  const { operation, agent } = action;
  const resource = action.instance ?? action.resource;
  if (operation === undefined || agent === undefined || resource === undefined) return executor;
  const calls = executor.calls + 1;
  const request: OperationRequest = {
    operationId: `${calls}`,
    resource,
    agent,
    operation: operation.name,
    intervalMs: action.intervalMs,
    timeoutMs: operation.timeoutMs,
    parameters: operation.parameters,
    meta: metaOf(operation, action),
    node: executor.self,
  };
  const local: LocalOperation = {
    ...queued(key, request, operation.expectedExitCode),
    isStart: STARTS.has(action.kind),
  };
  return { ...executor, calls, operations: { ...executor.operations, [key]: local } };
}

/** What may make a second copy, or a second promoted one. */
const STARTS: ReadonlySet<PlannedAction['kind']> = new Set(['start', 'promote', 'migrate_from']);

function metaOf(operation: PlannedOperation, action: PlannedAction): PlannedOperation['meta'] {
  return {
    ...operation.meta,
    ...(action.migrateSource === undefined ? {} : { migrate_source: action.migrateSource }),
    ...(action.migrateTarget === undefined ? {} : { migrate_target: action.migrateTarget }),
  };
}

export function queued(
  key: string,
  request: OperationRequest,
  expectedExitCode: number,
): LocalOperation {
  return {
    key,
    recurring: false,
    phase: 'queued',
    request,
    isStart: false,
    expectedExitCode,
    notBeforeMs: monotonicMs(0),
    result: undefined,
    asked: false,
    stalledMs: 0,
    repeats: 0,
    doubted: undefined,
    failedStop: undefined,
  };
}

/** A cancel needs no agent: the monitor is forgotten, and that is reported as done. */
function cancelRecurring(
  executor: ExecutorState,
  key: string,
  action: PlannedAction,
): ExecutorState {
  const resource = action.instance ?? action.resource;
  if (resource === undefined) return executor;
  const recurring = without(executor.recurring, recurringId(resource, action.intervalMs));
  const done = { kind: 'exited', exitCode: 0, exitReason: '' } as const;
  return tellEnded({ ...executor, recurring }, key, action, done);
}

/** Something that no agent was needed for is over, and is to be reported. */
function tellEnded(
  executor: ExecutorState,
  key: string,
  action: PlannedAction,
  outcome: OperationOutcome,
  output = '',
): ExecutorState {
  const resource = action.instance ?? action.resource;
  if (resource === undefined) return executor;
  const calls = executor.calls + 1;
  const { intervalMs } = action;
  const operation = action.operation?.name ?? action.kind;
  const request: OperationRequest = {
    operationId: `${calls}`,
    resource,
    agent: action.agent ?? { class: '', type: '' },
    operation,
    intervalMs,
    timeoutMs: 0,
    parameters: {},
    meta: {},
    node: executor.self,
  };
  const ended: LocalOperation = {
    ...queued(key, request, 0),
    phase: 'reporting',
    result: {
      key,
      resource,
      operation,
      intervalMs,
      outcome,
      durationMs: 0,
      output,
      callId: calls,
      endedAt: wallMs(0),
    },
  };
  return { ...executor, calls, operations: { ...executor.operations, [key]: ended } };
}

export const recurringId = (resource: string, intervalMs: number): string =>
  `${resource} ${intervalMs}`;

/** The later runs of a monitor, one at a time. */
export const recurringKey = (id: string): string => `recurring ${id}`;

/**
 * Monitors whose time has come are queued, unless their resource is busy with something else or
 * what the last run said is still to be told.
 */
export function queueDueMonitors(executor: ExecutorState, nowMs: MonotonicMs): ExecutorState {
  let next = executor;
  for (const monitor of sortedValues(executor.recurring)) {
    if (monitor.nextAtMs > nowMs || isBusy(next, monitor.request.resource)) continue;
    if (next.operations[recurringKey(monitor.id)] === undefined) {
      next = queueMonitor(next, monitor, nowMs);
    }
  }
  return next;
}

function queueMonitor(
  executor: ExecutorState,
  monitor: RecurringMonitor,
  nowMs: MonotonicMs,
): ExecutorState {
  const calls = executor.calls + 1;
  const key = recurringKey(monitor.id);
  const request = { ...monitor.request, operationId: `${calls}` };
  const local = { ...queued(key, request, monitor.expectedExitCode), recurring: true };
  const nextAtMs = monotonicMs(nowMs + monitor.request.intervalMs);
  return {
    ...executor,
    calls,
    operations: { ...executor.operations, [key]: local },
    recurring: { ...executor.recurring, [monitor.id]: { ...monitor, nextAtMs } },
  };
}

/** Something of this resource is queued or runs here. */
export const isBusy = (executor: ExecutorState, resource: string): boolean =>
  sortedValues(executor.operations).some(
    (operation) => operation.request.resource === resource && operation.phase !== 'reporting',
  );

/** When the next monitor is due, for the timer. */
export function nextDueMs(executor: ExecutorState): MonotonicMs | undefined {
  const times = sortedValues(executor.recurring).map((monitor) => monitor.nextAtMs);
  return times.length === 0 ? undefined : monotonicMs(Math.min(...times));
}
