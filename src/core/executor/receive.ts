/**
 * The other side of a live migration: while a machine is sent to this node, something here has to
 * wait for it. Local work beside the plan: of the operation with two nodes the plan says `migrate_to`
 * on the source, and the target sees it there.
 */
import type { ResourceId } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';
import { OCF, type OperationResult } from '../model/operation.ts';
import { TWO_SIDED } from '../model/two-sided.ts';
import { sortedKeys, sortedValues, without } from '../cluster/order.ts';
import { outcomeReason, outcomeText } from '../cluster/outcome.ts';
import { actionKey } from '../transition/keys.ts';
import { queued } from './queue.ts';
import type { ExecutorState, LocalOperation } from './types.ts';

/** A target that is not ready in this time will not be. */
const PREPARE_TIMEOUT_MS = 30_000;
const ABANDON_TIMEOUT_MS = 10_000;

/**
 * `arriving`: the `migrate_to` operations of other nodes that lead here and run. `whereabouts`: what
 * is known when nothing of the kind runs any more.
 */
export function followArrivals(
  executor: ExecutorState,
  arriving: readonly PlannedAction[],
  whereabouts: (resource: ResourceId) => 'here' | 'elsewhere' | 'unknown',
): ExecutorState {
  const wanted = new Map<string, PlannedAction>();
  for (const action of arriving) {
    const resource = action.instance ?? action.resource;
    if (resource === undefined || !TWO_SIDED.has(action.agent?.class ?? '')) continue;
    wanted.set(resource, action);
  }
  let next = executor;
  for (const [resource, action] of wanted) {
    if (next.receiving[resource]?.key !== actionKey(action)) next = prepare(next, resource, action);
  }
  for (const resource of sortedKeys(next.receiving)) {
    if (wanted.has(resource)) continue;
    const place = whereabouts(resource as ResourceId);
    if (place === 'elsewhere') next = abandon(next, resource);
    if (place === 'here') next = { ...next, receiving: without(next.receiving, resource) };
  }
  return next;
}

function prepare(executor: ExecutorState, resource: string, action: PlannedAction): ExecutorState {
  const { operation, agent } = action;
  if (operation === undefined || agent === undefined) return executor;
  const request = requestOf(executor, resource, action, 'migrate_prepare', PREPARE_TIMEOUT_MS);
  if (request === undefined) return executor;
  const local = localOperation(request);
  return {
    ...executor,
    receiving: { ...executor.receiving, [resource]: { key: actionKey(action), action } },
    operations: { ...executor.operations, [local.key]: local },
  };
}

/** Nothing came: what waits here goes. If something did begin to run here, it is left alone. */
function abandon(executor: ExecutorState, resource: string): ExecutorState {
  const received = executor.receiving[resource];
  const rest = { ...executor, receiving: without(executor.receiving, resource) };
  if (received === undefined) return rest;
  const { action } = received;
  const request = requestOf(rest, resource, action, 'migrate_abandon', ABANDON_TIMEOUT_MS);
  if (request === undefined) return rest;
  const local = localOperation(request);
  return { ...rest, operations: { ...rest.operations, [local.key]: local } };
}

function requestOf(
  executor: ExecutorState,
  resource: string,
  { operation, agent, migrateSource, migrateTarget }: PlannedAction,
  name: string,
  timeoutMs: number,
): LocalOperation['request'] | undefined {
  if (operation === undefined || agent === undefined) return undefined;
  return {
    operationId: '0',
    resource: resource as ResourceId,
    agent,
    operation: name,
    intervalMs: 0,
    timeoutMs,
    parameters: operation.parameters,
    meta: {
      ...operation.meta,
      migrate_source: migrateSource ?? '',
      migrate_target: migrateTarget ?? '',
    },
    node: executor.self,
  };
}

const localOperation = (request: LocalOperation['request']): LocalOperation => ({
  ...queued(`${LOCAL}${request.operation} ${request.resource}`, request, 0),
  recurring: true,
});

/** Work that is nobody's but this node's: it is not reported. */
const LOCAL = 'local ';

/** A preparation that failed, in words for the log: the source will say that nobody waited for it. */
export function failedArrival(
  executor: ExecutorState,
  { operationId, outcome }: OperationResult,
): string | undefined {
  const operation = sortedValues(executor.operations).find(
    ({ key, request }) => key.startsWith(LOCAL) && request.operationId === operationId,
  );
  if (operation === undefined) return undefined;
  if (outcome.kind === 'exited' && outcome.exitCode === OCF.ok) return undefined;
  const { operation: name, resource } = operation.request;
  return `${name} of ${resource}: ${outcomeReason(outcome) || outcomeText(outcome)}`;
}
