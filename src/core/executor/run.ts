/** Spawns queued operations: one at a time per resource, so many at a time per node. */
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs, wallMs } from '../model/ids.ts';
import { sortedKeys, sortedValues, without } from '../cluster/order.ts';
import { recurringKey } from './queue.ts';
import type {
  ExecutorEffect,
  ExecutorState,
  ExecutorStep,
  LocalOperation,
  Permission,
  StartPermission,
} from './types.ts';

/** How long a refused operation waits for its rule to allow it, before that is said. */
const REFUSAL_PAUSE_MS = 5000;

export function spawnQueued(
  executor: ExecutorState,
  permission: Permission,
  operationsMax: number,
  nowMs: MonotonicMs,
): ExecutorStep {
  const effects: ExecutorEffect[] = [];
  const active = new Set<string>();
  let running = 0;
  for (const operation of sortedValues(executor.operations)) {
    if (operation.phase !== 'running') continue;
    active.add(operation.request.resource);
    running += 1;
  }
  let next = executor;
  for (const key of inOrder(executor)) {
    const operation = next.operations[key];
    if (operation === undefined || active.has(operation.request.resource)) continue;
    if (running >= operationsMax) break;
    const step = begin(next, operation, permission, nowMs);
    next = step.executor;
    effects.push(...step.effects);
    if (next.operations[key]?.phase !== 'running') continue;
    active.add(operation.request.resource);
    running += 1;
  }
  return { executor: next, effects };
}

function begin(
  executor: ExecutorState,
  operation: LocalOperation,
  permission: Permission,
  nowMs: MonotonicMs,
): ExecutorStep {
  const allowed: StartPermission = operation.isStart
    ? permission.mayStart(operation.request.resource, operation.request.operation)
    : { kind: 'yes' };
  switch (allowed.kind) {
    case 'yes':
      return spawn(executor, operation);
    case 'later':
      return { executor, effects: [] };
    case 'no':
      return refuse(executor, operation, allowed.reason, nowMs);
  }
}

function spawn(executor: ExecutorState, operation: LocalOperation): ExecutorStep {
  const calls = executor.calls + 1;
  const request = { ...operation.request, operationId: `${calls}` };
  const running: LocalOperation = {
    ...operation,
    phase: 'running',
    request,
    result: undefined,
    stalledMs: 0,
  };
  return {
    executor: setOperation(forgetMonitors({ ...executor, calls }, operation), running),
    effects: [{ kind: 'run-operation', request }],
  };
}

/** What changes something goes before what only looks; among equals, in the order of asking. */
function inOrder(executor: ExecutorState): readonly string[] {
  const rank = ({ recurring, request }: LocalOperation): number => {
    if (request.operation !== 'monitor') return 0;
    return recurring ? 2 : 1;
  };
  return sortedKeys(executor.operations)
    .map((key) => executor.operations[key] as LocalOperation)
    .filter((operation) => operation.phase === 'queued' || operation.phase === 'refused')
    .toSorted(
      (left, right) =>
        rank(left) - rank(right) ||
        Number(left.request.operationId) - Number(right.request.operationId),
    )
    .map((operation) => operation.key);
}

const refusalText = (operation: LocalOperation, refusal: string): string =>
  `${operation.request.operation} of ${operation.request.resource} is refused: ${refusal}`;

/** Said in the log once, and in the cluster's story if it lasts. */
function refuse(
  executor: ExecutorState,
  operation: LocalOperation,
  reason: string,
  nowMs: MonotonicMs,
): ExecutorStep {
  if (operation.phase === 'refused') return { executor, effects: [] };
  const refused: LocalOperation = {
    ...operation,
    phase: 'refused',
    notBeforeMs: monotonicMs(nowMs + REFUSAL_PAUSE_MS),
    result: operation.doubted ?? {
      key: operation.key,
      resource: operation.request.resource,
      operation: operation.request.operation,
      intervalMs: operation.request.intervalMs,
      outcome: { kind: 'cancelled' },
      durationMs: 0,
      output: reason,
      callId: Number(operation.request.operationId),
      endedAt: wallMs(0),
    },
  };
  const text = refusalText(operation, reason);
  return {
    executor: setOperation(executor, refused),
    effects: [{ kind: 'log', severity: 'error', text }],
  };
}

/**
 * A resource that is being stopped, started or moved away has no monitors until the plan says so
 * again; its history forgets them with the result (cluster/history.ts).
 */
function forgetMonitors(executor: ExecutorState, operation: LocalOperation): ExecutorState {
  const name = operation.request.operation;
  if (name !== 'stop' && name !== 'start' && name !== 'migrate_to') return executor;
  let { recurring, operations } = executor;
  for (const monitor of sortedValues(recurring)) {
    if (monitor.request.resource !== operation.request.resource) continue;
    recurring = without(recurring, monitor.id);
    const key = recurringKey(monitor.id);
    if (operations[key]?.phase === 'queued') operations = without(operations, key);
  }
  return { ...executor, recurring, operations };
}

export function setOperation(executor: ExecutorState, operation: LocalOperation): ExecutorState {
  return { ...executor, operations: { ...executor.operations, [operation.key]: operation } };
}
