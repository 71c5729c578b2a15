/**
 * Operations that ran across a stall of this node (docs/decisions/stalls.md): what their results are
 * worth, and the repetition of what is not believed.
 */
import type { ReportedResult } from '../cluster/commands.ts';
import { sortedKeys } from '../cluster/order.ts';
import type { OperationResult } from '../model/operation.ts';
import type { ExecutorState, LocalOperation } from './types.ts';

/** A node that stalls in each repetition is told the truth in the end: it cannot do it. */
const REPEATS_MAX = 3;

/**
 * What OCF requires to succeed where its work is done already ("All actions must be idempotent", OCF
 * Resource Agent API). Of a migration, half may be going on elsewhere.
 */
const REPEATABLE: ReadonlySet<string> = new Set([
  'monitor',
  'start',
  'stop',
  'promote',
  'demote',
  'notify',
  'reload',
  'reload-agent',
]);

/** This node stood still for so long: whatever runs, ran across it. */
export function passStall(executor: ExecutorState, stalledMs: number): ExecutorState {
  let { operations } = executor;
  for (const key of sortedKeys(operations)) {
    const operation = operations[key];
    if (operation?.phase !== 'running') continue;
    const across = { ...operation, stalledMs: operation.stalledMs + stalledMs };
    operations = { ...operations, [key]: across };
  }
  return { ...executor, operations };
}

/** Its time ran out while nobody was scheduled: that is not the resource's failure. */
export function isDoubtful(operation: LocalOperation, result: OperationResult): boolean {
  return (
    result.outcome.kind === 'timed-out' &&
    operation.stalledMs > 0 &&
    operation.repeats < REPEATS_MAX &&
    REPEATABLE.has(operation.request.operation)
  );
}

/** A success from before a stall that was longer than the monitor's interval is no news. */
export function isStale(operation: LocalOperation, { outcome }: OperationResult): boolean {
  return (
    operation.stalledMs > operation.request.intervalMs &&
    outcome.kind === 'exited' &&
    outcome.exitCode === operation.expectedExitCode
  );
}

/** Counts as running for everybody until its next result. */
export function repeat(
  executor: ExecutorState,
  operation: LocalOperation,
  doubted: ReportedResult,
): ExecutorState {
  const repeats = operation.repeats + 1;
  const again: LocalOperation = { ...operation, phase: 'queued', repeats, doubted };
  return { ...executor, operations: { ...executor.operations, [operation.key]: again } };
}
