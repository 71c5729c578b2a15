/**
 * The cluster once all that it would do has been done with success: what an event meets that comes
 * later. Agents are taken at their best: all succeeds, and each instance that may be promoted says
 * with the same score that it is fit for it.
 */
import { eachPrimitive } from '../core/config/walk.ts';
import type { NodeName, WallMs } from '../core/model/ids.ts';
import type {
  NodeStatus,
  OperationRecord,
  Picture,
  ResourceHistory,
} from '../core/model/picture.ts';
import type { Plan, PlannedAction } from '../core/model/plan.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { planSteps } from './steps.ts';
import { absentNode, cleanlyGone, withTransient } from './what-if-nodes.ts';

/** Promotion, and what follows from it, takes a second plan; more rounds than these bring nothing. */
const ROUNDS_MAX = 10;
const PROMOTION_SCORE = '10';

/** Plans and carries out until nothing is left to be done. */
export function carriedOut(picture: Picture, now: WallMs): Picture {
  let current = picture;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const plan = schedule(current, now);
    if (!plan.actions.some(({ pseudo }) => !pseudo)) return current;
    current = afterPlan(current, plan, now);
  }
  return current;
}

function afterPlan(picture: Picture, plan: Plan, now: WallMs): Picture {
  const promotable = promotablePrimitives(picture);
  const nodes = new Map(picture.status.nodes.map((node) => [node.name, node]));
  let callId = lastCallId(picture);
  for (const action of planSteps(plan).flat()) {
    const { node: name } = action;
    if (name === undefined) continue;
    const node = nodes.get(name) ?? absentNode(picture.configuration, name);
    callId += 1;
    nodes.set(name, afterAction(node, action, { callId, now, promotable }));
  }
  return { ...picture, status: { ...picture.status, nodes: [...nodes.values()] } };
}

function promotablePrimitives({ configuration }: Picture): ReadonlySet<string> {
  const found = [...eachPrimitive(configuration)].filter(({ within }) =>
    within.some((outer) => outer.kind === 'clone' && outer.promotable),
  );
  return new Set(found.map(({ primitive }) => primitive.id));
}

function lastCallId({ status }: Picture): number {
  let last = 0;
  for (const { history } of status.nodes) {
    for (const { operations } of history) {
      for (const { callId } of operations) last = Math.max(last, callId);
    }
  }
  return last;
}

interface Facts {
  readonly callId: number;
  readonly now: WallMs;
  readonly promotable: ReadonlySet<string>;
}

function afterAction(node: NodeStatus, action: PlannedAction, facts: Facts): NodeStatus {
  const { kind, resource = '', instance = resource } = action;
  switch (kind) {
    case 'fence':
      return action.fenceMethod === 'on'
        ? withTransient(node, '#node-unfenced', String(Math.floor(facts.now / 1000)))
        : cleanlyGone(node);
    case 'shutdown':
      return cleanlyGone(node);
    case 'delete-history':
      return {
        ...node,
        history: node.history.filter((entry) => entry !== historyUnder(node, instance)),
      };
    case 'clear-failcount':
      return withoutFailures(node, instance);
    case 'cancel':
      return changeHistory(node, action, (records) => withoutMonitor(records, action));
    case 'start': {
      const started = changeHistory(node, action, (records) =>
        ran(records, node.name, action, facts),
      );
      if (!facts.promotable.has(resource)) return started;
      const name = `master-${instance}`;
      const isKnown = node.transient.some(({ values }) => values[name] !== undefined);
      return isKnown ? started : withTransient(started, name, PROMOTION_SCORE);
    }
    case 'stop':
    case 'promote':
    case 'demote':
    case 'monitor':
    case 'reload':
    case 'migrate_to':
    case 'migrate_from':
      return changeHistory(node, action, (records) => ran(records, node.name, action, facts));
    case 'notify':
    case 'pseudo':
      return node;
  }
}

function changeHistory(
  node: NodeStatus,
  action: PlannedAction,
  change: (records: readonly OperationRecord[]) => readonly OperationRecord[],
): NodeStatus {
  const { instance = action.resource, agent } = action;
  if (instance === undefined || agent === undefined) return node;
  const known = historyUnder(node, instance);
  const entry: ResourceHistory = known ?? { resource: instance, agent, operations: [] };
  const changed = { ...entry, agent, operations: change(entry.operations) };
  return { ...node, history: [...node.history.filter((each) => each !== known), changed] };
}

/** Old histories name the instances of anonymous clones by numbers, too. */
function historyUnder(node: NodeStatus, instance: string): ResourceHistory | undefined {
  return (
    node.history.find(({ resource }) => resource === instance) ??
    node.history.find(({ resource }) => resource.replace(/:\d+$/, '') === instance)
  );
}

/** A change of state ends the monitors; of what does not recur only the last is remembered. */
function ran(
  records: readonly OperationRecord[],
  node: NodeName,
  action: PlannedAction,
  { callId, now }: Facts,
): readonly OperationRecord[] {
  const { kind, intervalMs, operation, instance = '' } = action;
  if (operation === undefined) return records;
  // A live migration is told from both ends: what counts in the end is where it runs.
  const name = kind === 'migrate_to' ? 'stop' : kind === 'migrate_from' ? 'start' : operation.name;
  const { digest, restartDigest, forceRestart, expectedExitCode } = operation;
  const record: OperationRecord = {
    id: intervalMs === 0 ? `${instance}_last_0` : `${instance}_${name}_${intervalMs}`,
    operation: name,
    intervalMs,
    callId,
    status: 'done',
    exitCode: expectedExitCode,
    expectedExitCode,
    transitionKey: `0:0:${expectedExitCode}:carried-out`,
    lastChangeAt: now,
    lastRunAt: now,
    digest,
    ...(restartDigest === undefined ? {} : { restartDigest }),
    ...(forceRestart === undefined ? {} : { forceRestart }),
    onNode: node,
  };
  if (intervalMs === 0) return [record];
  return [...withoutMonitor(records, action), record];
}

const withoutMonitor = (
  records: readonly OperationRecord[],
  { intervalMs }: PlannedAction,
): readonly OperationRecord[] => records.filter((record) => record.intervalMs !== intervalMs);

function withoutFailures(node: NodeStatus, resource: string): NodeStatus {
  const isFailure = (key: string): boolean =>
    key.startsWith(`fail-count-${resource}#`) || key.startsWith(`last-failure-${resource}#`);
  const transient = node.transient.map((block) => ({
    ...block,
    values: Object.fromEntries(Object.entries(block.values).filter(([key]) => !isFailure(key))),
  }));
  return { ...node, transient };
}
