/**
 * A live migration that nobody wants any more (the move was taken back, the node is in use again) is
 * given up instead of being carried to its end: its agent is told, and leaves the machine where it is.
 */
import { sortedValues } from '../cluster/order.ts';
import { TWO_SIDED } from '../model/two-sided.ts';
import { setOperation } from './run.ts';
import type { ExecutorEffect, ExecutorState, ExecutorStep } from './types.ts';

/** `unwanted`: keys of the `migrate_to` operations of this node that no plan wants to its end. */
export function recallMigrations(
  executor: ExecutorState,
  unwanted: ReadonlySet<string>,
): ExecutorStep {
  const effects: ExecutorEffect[] = [];
  let next = executor;
  for (const operation of sortedValues(executor.operations)) {
    const { key, phase, recalled, request } = operation;
    if (!unwanted.has(key) || phase !== 'running' || recalled === true) continue;
    // An agent of another class that is ended half-way would leave nobody knowing where it is.
    if (request.operation !== 'migrate_to' || !TWO_SIDED.has(request.agent.class)) continue;
    effects.push({ kind: 'cancel-operation', operationId: request.operationId });
    next = setOperation(next, { ...operation, recalled: true });
  }
  return { executor: next, effects };
}
