/** Spawns queued operations: one at a time per resource, so many at a time per node. */
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import { sortedKeys, sortedValues, without } from '../cluster/order.ts';
import type {
  ExecutorEffect,
  ExecutorState,
  ExecutorStep,
  LocalOperation,
  Permission,
} from './types.ts';

/** Pause after a refusal, so that a plan that cannot be carried out does not spin. */
const REFUSAL_PAUSE_MS = 1000;

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
    const refusal = operation.isStart
      ? permission.startRefusal(operation.request.resource)
      : undefined;
    if (refusal !== undefined) {
      next = setOperation(next, refuse(operation, refusal, nowMs));
      effects.push({ kind: 'log', severity: 'error', text: refusalText(operation, refusal) });
      continue;
    }
    next = setOperation(forgetMonitors(next, operation), { ...operation, phase: 'running' });
    effects.push({ kind: 'run-operation', request: operation.request });
    active.add(operation.request.resource);
    running += 1;
  }
  return { executor: next, effects };
}

/** What changes something goes before what only looks; among equals, in the order of asking. */
function inOrder(executor: ExecutorState): readonly string[] {
  const rank = (operation: LocalOperation): number => (operation.recurring ? 1 : 0);
  return sortedKeys(executor.operations)
    .map((key) => executor.operations[key] as LocalOperation)
    .filter((operation) => operation.phase === 'queued')
    .toSorted(
      (left, right) =>
        rank(left) - rank(right) ||
        Number(left.request.operationId) - Number(right.request.operationId),
    )
    .map((operation) => operation.key);
}

const refusalText = (operation: LocalOperation, refusal: string): string =>
  `${operation.request.operation} of ${operation.request.resource} is refused: ${refusal}`;

function refuse(operation: LocalOperation, refusal: string, nowMs: MonotonicMs): LocalOperation {
  return {
    ...operation,
    phase: 'refused',
    notBeforeMs: monotonicMs(nowMs + REFUSAL_PAUSE_MS),
    result: {
      key: operation.key,
      resource: operation.request.resource,
      operation: operation.request.operation,
      intervalMs: operation.request.intervalMs,
      outcome: { kind: 'cancelled' },
      durationMs: 0,
      output: refusal,
      callId: Number(operation.request.operationId),
      endedAt: 0 as never,
    },
  };
}

/** A resource that is being stopped or started has no monitors until the plan says so again. */
function forgetMonitors(executor: ExecutorState, operation: LocalOperation): ExecutorState {
  const name = operation.request.operation;
  if (name !== 'stop' && name !== 'start') return executor;
  let { recurring, operations } = executor;
  for (const monitor of sortedValues(recurring)) {
    if (monitor.request.resource !== operation.request.resource) continue;
    recurring = without(recurring, monitor.id);
    const key = `recurring ${monitor.id}`;
    if (operations[key]?.phase === 'queued') operations = without(operations, key);
  }
  return { ...executor, recurring, operations };
}

export function setOperation(executor: ExecutorState, operation: LocalOperation): ExecutorState {
  return { ...executor, operations: { ...executor.operations, [operation.key]: operation } };
}
