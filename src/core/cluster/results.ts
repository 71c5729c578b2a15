/** Results of operations come in, in order: history, fail counts, the transition's next step. */
import type { NodeName, ResourceId } from '../model/ids.ts';
import { completeAction, findRunning, removeLeftOver } from '../transition/advance.ts';
import type { ReportedResult, VolatileCommand } from './commands.ts';
import { baseName, countFailure } from './fail-counts.ts';
import { endedAsExpected, recordOperation } from './history.ts';
import { isActive } from './activity.ts';
import { outcomeReason, outcomeText } from './outcome.ts';
import { sortedValues, without } from './order.ts';
import type { ClusterState } from './state.ts';
import { tell, want } from './tell.ts';
import type { PlannedAction } from '../model/plan.ts';

type Results = Extract<VolatileCommand, { kind: 'results' }>;

/** Results of another incarnation than the present one say nothing any more. */
export function applyResults(state: ClusterState, command: Results): ClusterState {
  const node = state.nodes[command.node];
  if (node === undefined || node.incarnation !== command.incarnation) return state;
  let next = state;
  for (const result of command.results) next = applyResult(next, command.node, result);
  return endRestarts(next);
}

function applyResult(state: ClusterState, node: NodeName, result: ReportedResult): ClusterState {
  const running = result.key === undefined ? undefined : findRunning(state.transition, result.key);
  const action = running?.action;
  const expected = isExpected(state, node, result, action);
  let next = remember(state, node, result, action);
  if (!expected && countsAsFailure(result)) next = addFailCount(next, node, result);
  next = tellResult(next, node, result, action, expected);
  if (running !== undefined && next.transition !== undefined && result.key !== undefined) {
    const transition = running.leftOver
      ? removeLeftOver(next.transition, result.key)
      : completeAction(next.transition, running.action.id, expected);
    next = { ...next, transition };
  }
  if (expected && running !== undefined && !running.leftOver) return next;
  return want(next, wantText(node, result));
}

function isExpected(
  state: ClusterState,
  node: NodeName,
  result: ReportedResult,
  action: PlannedAction | undefined,
): boolean {
  if (action !== undefined) return endedAsExpected(action, result.outcome);
  const known = state.nodes[node]?.history[result.resource]?.operations.find(
    (entry) => entry.operation === result.operation && entry.intervalMs === result.intervalMs,
  );
  const wanted = known?.expectedExitCode ?? 0;
  return result.outcome.kind === 'exited' && result.outcome.exitCode === wanted;
}

function remember(
  state: ClusterState,
  nodeName: NodeName,
  result: ReportedResult,
  action: PlannedAction | undefined,
): ClusterState {
  const node = state.nodes[nodeName];
  if (node === undefined || result.outcome.kind === 'cancelled') return state;
  const history = recordOperation(node.history, {
    name: result.resource,
    operation: result.operation,
    intervalMs: result.intervalMs,
    outcome: result.outcome,
    callId: result.callId,
    durationMs: result.durationMs,
    time: state.time,
    action,
  });
  const nodes = { ...state.nodes, [nodeName]: { ...node, history } };
  return noteChange({ ...state, nodes }, result.resource);
}

const RECENT_CHANGES_MAX = 500;

/** A plan made from an older picture must not act on what has changed since. */
export function noteChange(state: ClusterState, resource: string): ClusterState {
  const change = state.changeCount + 1;
  const recent = [...state.recentChanges, { change, resource: baseName(resource) }];
  return { ...state, changeCount: change, recentChanges: recent.slice(-RECENT_CHANGES_MAX) };
}

/** A probe's answer is knowledge, not a failure; so is an operation that was cancelled. */
function countsAsFailure(result: ReportedResult): boolean {
  if (result.outcome.kind === 'cancelled' || result.operation === 'notify') return false;
  const isProbe = result.operation === 'monitor' && result.intervalMs === 0;
  if (!isProbe) return true;
  return result.outcome.kind !== 'exited';
}

function addFailCount(state: ClusterState, name: NodeName, result: ReportedResult): ClusterState {
  const node = state.nodes[name];
  if (node === undefined) return state;
  const counted = countFailure(state, node, { ...result, resource: result.resource });
  return { ...state, nodes: { ...state.nodes, [name]: counted } };
}

function tellResult(
  state: ClusterState,
  node: NodeName,
  result: ReportedResult,
  action: PlannedAction | undefined,
  expected: boolean,
): ClusterState {
  if (expected && (action === undefined || action.kind === 'monitor')) return state;
  const outcome = outcomeText(result.outcome);
  const reason = outcomeReason(result.outcome);
  return tell(state, {
    kind: 'action',
    severity: expected ? 'good' : 'error',
    node,
    resource: result.resource,
    operation: result.operation,
    durationMs: result.durationMs,
    outcome: reason === '' || reason === outcome ? outcome : `${outcome}: ${reason}`,
    text: `${operationText(result)} of ${result.resource} on ${node}: ${outcome}`,
    ...(expected || result.output === '' ? {} : { output: result.output.slice(-2000) }),
  });
}

function operationText(result: ReportedResult): string {
  if (result.operation !== 'monitor') return result.operation;
  return result.intervalMs === 0 ? 'probe' : 'monitor';
}

const wantText = (node: NodeName, result: ReportedResult): string =>
  `${operationText(result)} of ${result.resource} on ${node}: ${outcomeText(result.outcome)}`;

/** A restart that was asked for has stopped its resource: the mark ends, the start may follow. */
function endRestarts(state: ClusterState): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (mark.kind !== 'restart' || isActiveAnywhere(next, mark.resource)) continue;
    next = want({ ...next, marks: without(next.marks, mark.id) }, `${mark.resource} is stopped`);
  }
  return next;
}

function isActiveAnywhere(state: ClusterState, resource: ResourceId): boolean {
  const members = membersOf(state, resource);
  return sortedValues(state.nodes).some((node) =>
    members.some((member) => isActive(node.history[member])),
  );
}

function membersOf(state: ClusterState, id: ResourceId): readonly string[] {
  const found = state.configuration.model.resources.find((entry) => entry.id === id);
  if (found === undefined) return [id];
  if (found.kind === 'group') return found.members.map((member) => member.id);
  if (found.kind !== 'clone') return [id];
  const child = found.child;
  return child.kind === 'group' ? child.members.map((member) => member.id) : [child.id];
}
