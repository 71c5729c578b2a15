/** This node's own work with agents: queue, spawn, report. */
import { activity } from '../cluster/activity.ts';
import { mayBeContained } from '../cluster/containment.ts';
import { mayHaveArrived } from '../cluster/migrations.ts';
import { otherPromoted } from '../cluster/promoted.ts';
import { needsAccess } from '../cluster/requirement.ts';
import { otherCopies } from '../cluster/safety.ts';
import { hasAccess } from '../cluster/unfencing.ts';
import { nextDueMs, queueDueMonitors, syncQueue } from '../executor/queue.ts';
import { recallMigrations } from '../executor/recall.ts';
import { failedArrival, followArrivals } from '../executor/receive.ts';
import { endOperation, reportEnded } from '../executor/report.ts';
import { spawnQueued } from '../executor/run.ts';
import type { Permission, StartPermission } from '../executor/types.ts';
import type { ReportedResult } from '../cluster/commands.ts';
import type { ResourceId } from '../model/ids.ts';
import type { OperationName, OperationResult } from '../model/operation.ts';
import type { PlannedAction } from '../model/plan.ts';
import { readyOn, runningOperations } from '../transition/advance.ts';
import { actionKey } from '../transition/keys.ts';
import { submit } from './give.ts';
import type { NodeState, Step } from './state.ts';
import { isInActingView, stay } from './state.ts';
import type { NodeClocks, NodeEffect } from './types.ts';

export function workLocally(node: NodeState, clocks: NodeClocks): Step {
  const queue = isWorking(node) ? followTransition(node) : node.executor;
  const due = queueDueMonitors(queue, clocks.nowMs);
  const permission: Permission = {
    mayStart: (resource, operation) => mayStart(node, resource, operation),
  };
  const spawned = spawnQueued(due, permission, node.options.operationsMax, clocks.nowMs);
  const recalled = recallMigrations(spawned.executor, unwantedMigrations(node));
  const reported = reportEnded(recalled.executor, clocks.nowMs);
  let step: Step = stay({ ...node, executor: reported.executor });
  for (const effect of [...spawned.effects, ...recalled.effects, ...reported.effects]) {
    const next = carryOut(step.node, effect, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

/**
 * The transition is that of an open view of which this node is a part. A node whose disk refuses
 * goes on working: it stops and watches what runs here.
 */
function isWorking(node: NodeState): boolean {
  const { phase, members, self } = node.view;
  if (phase.kind === 'disk-failed') return members.some((member) => member.node === self);
  return phase.kind === 'open' || phase.kind === 'alone';
}

function followTransition(node: NodeState): NodeState['executor'] {
  const { transition } = node.cluster;
  const { self } = node.view;
  const leftOver = (transition?.leftOver ?? []).filter((entry) => entry.node === self);
  const actions = (isWanted: boolean) =>
    leftOver.filter(({ wanted = false }) => wanted === isWanted).map(({ action }) => action);
  const ready = [...readyOn(transition, self), ...actions(true)];
  const queue = syncQueue(node.executor, ready, actions(false));
  return followArrivals(queue, arrivingAt(node), (resource) => whereabouts(node, resource));
}

/** Of those that an earlier plan began: the present one does not want the machine at its target. */
function unwantedMigrations(node: NodeState): ReadonlySet<string> {
  const { transition, decision } = node.cluster;
  if (!isWorking(node) || transition === undefined || decision.frozen !== undefined) {
    return new Set();
  }
  const unwanted = transition.leftOver.filter(
    ({ node: where, action }) =>
      where === node.view.self &&
      action.kind === 'migrate_to' &&
      !decision.placements.some(
        (placement) =>
          placement.resource === action.resource && placement.node === action.migrateTarget,
      ),
  );
  return new Set(unwanted.map(({ action }) => actionKey(action)));
}

/** Machines that other nodes are sending here. */
const arrivingAt = ({ cluster, view }: NodeState): readonly PlannedAction[] =>
  runningOperations(cluster.transition)
    .map(({ action }) => action)
    .filter(({ kind, migrateTarget }) => kind === 'migrate_to' && migrateTarget === view.self);

/** While a machine may have come, or is about to be told to run, what waits here is kept. */
function whereabouts(
  { cluster, view }: NodeState,
  resource: ResourceId,
): 'here' | 'elsewhere' | 'unknown' {
  const self = cluster.nodes[view.self];
  if (self === undefined || mayHaveArrived(cluster, resource, self)) return 'unknown';
  const known = activity(self.history[resource]);
  if (known === 'uncertain') return 'unknown';
  return known === 'active' ? 'here' : 'elsewhere';
}

/** **View, quorum, access and other copies are looked at again right before a start or promotion.** */
function mayStart(
  node: NodeState,
  resource: ResourceId,
  operation: OperationName,
): StartPermission {
  const { phase } = node.view;
  if (phase.kind === 'gathering' || phase.kind === 'starting') return { kind: 'later' };
  const reason =
    startRefusal(node) ?? accessRefusal(node, resource) ?? copyRefusal(node, resource, operation);
  return reason === undefined ? { kind: 'yes' } : { kind: 'no', reason };
}

function startRefusal(node: NodeState): string | undefined {
  const { cluster, view } = node;
  if (!isInActingView(node)) return 'this node is not in an acting view';
  if (!view.quorate || !cluster.quorate || node.isQuorumGone) return 'there is no quorum';
  const self = cluster.nodes[view.self];
  return self?.condition === 'online' ? undefined : `this node is ${self?.condition ?? 'unknown'}`;
}

function accessRefusal({ cluster, view }: NodeState, resource: ResourceId): string | undefined {
  const self = cluster.nodes[view.self];
  if (self === undefined || hasAccess(cluster, self)) return undefined;
  if (!needsAccess(cluster.configuration.model, resource)) return undefined;
  return 'this node has no access to the shared devices yet';
}

function copyRefusal(
  { cluster, view }: NodeState,
  resource: ResourceId,
  operation: OperationName,
): string | undefined {
  const isPromotion = operation === 'promote';
  const [copy] = (isPromotion ? otherPromoted : otherCopies)(cluster, resource, view.self);
  if (copy === undefined) return undefined;
  return `another copy may be ${isPromotion ? 'promoted' : 'running'} on ${copy.node}: ${copy.why}`;
}

/** An agent's run is over. A stop that failed may be followed by the end of its processes. */
export const endOwnOperation = (
  node: NodeState,
  result: OperationResult,
  clocks: NodeClocks,
): NodeState['executor'] =>
  endOperation(node.executor, result, clocks, ({ resource, agent }) =>
    mayBeContained(node.cluster.configuration.model, resource, agent),
  );

/** Nothing waits for a machine that is on its way: the source only sees that nobody listens. */
export function arrivalProblem(node: NodeState, result: OperationResult): readonly NodeEffect[] {
  const text = failedArrival(node.executor, result);
  return text === undefined ? [] : [{ kind: 'log', severity: 'error', text }];
}

type Effect = ReturnType<typeof spawnQueued>['effects'][number];

function carryOut(node: NodeState, effect: Effect, clocks: NodeClocks): Step {
  if (effect.kind !== 'report') return { node, effects: [effect satisfies NodeEffect] };
  return report(node, effect.key, effect.result, clocks);
}

function report(node: NodeState, key: string, result: ReportedResult, clocks: NodeClocks): Step {
  const endedAt = Math.round(clocks.wallMs) as ReportedResult['endedAt'];
  const command = {
    kind: 'results',
    node: node.view.self,
    incarnation: node.options.incarnation,
    results: [{ ...result, endedAt }],
  } as const;
  return submit(node, command, `report ${key}`, clocks);
}

/** The next monitor's time, told once. */
export function askForWake(node: NodeState, clocks: NodeClocks): Step {
  const atMs = nextDueMs(node.executor);
  if (atMs === undefined || atMs === node.wakeAtMs || atMs <= clocks.nowMs) return stay(node);
  return { node: { ...node, wakeAtMs: atMs }, effects: [{ kind: 'wake', atMs }] };
}
