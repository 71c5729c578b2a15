/** Results of operations come in, in order: history, fail counts, the transition's next step. */
import type { NodeName } from '../model/ids.ts';
import { isActive } from './activity.ts';
import { OCF, OVERTAKEN } from '../model/operation.ts';
import type { ResourceHistory } from '../model/picture.ts';
import type { PlannedAction } from '../model/plan.ts';
import { completeAction, endLeftOver, findRunning } from '../transition/advance.ts';
import type { ReportedResult, VolatileCommand } from './commands.ts';
import { settled } from './containment.ts';
import { tellContainment } from './containment-story.ts';
import { baseName, countFailure } from './fail-counts.ts';
import { endedAs, recordOperation } from './history.ts';
import { without } from './order.ts';
import { outcomeReason, outcomeText } from './outcome.ts';
import { isWorthTelling } from './plans.ts';
import type { ClusterState } from './state.ts';
import { applyStay, staysThere } from './stays.ts';
import { answersOldQuestion, noteStartedWith } from './started-with.ts';
import { tell, want } from './tell.ts';

type Results = Extract<VolatileCommand, { kind: 'results' }>;

/** Results of another incarnation than the present one say nothing any more. */
export function applyResults(state: ClusterState, command: Results): ClusterState {
  const node = state.nodes[command.node];
  if (node === undefined || node.incarnation !== command.incarnation) return state;
  let next = state;
  for (const result of command.results) next = applyResult(next, command.node, result);
  return next;
}

/** A result whose report was given twice, since its first answer got lost, counts once. */
function applyResult(state: ClusterState, node: NodeName, told: ReportedResult): ClusterState {
  const result = settled(told);
  const known = state.nodes[node]?.history[result.resource];
  if (isKnown(known, result)) return state;
  // What was stopped, or never ran here, has ended as it should.
  if (isUnasked(result) && !isActive(known)) return state;
  const running = result.key === undefined ? undefined : findRunning(state.transition, result.key);
  const action = running?.action;
  const expected = isExpected(state, node, result, action);
  let next =
    action !== undefined && staysThere(result, action)
      ? noteChange(applyStay(state, node, result, action), result.resource)
      : learn(state, node, { told, result, action, expected });
  if (running !== undefined && next.transition !== undefined && result.key !== undefined) {
    const transition = running.leftOver
      ? endLeftOver(next.transition, result.key)
      : completeAction(next.transition, running.action.id, expected);
    next = { ...next, transition };
  }
  const isAnswered = expected && !answersOldQuestion(action, result.outcome);
  if (isAnswered && running !== undefined && !running.leftOver) return next;
  return want(next, wantText(node, result));
}

interface Learnt {
  /** As the node told it, and as it counts. */
  readonly told: ReportedResult;
  readonly result: ReportedResult;
  readonly action: PlannedAction | undefined;
  readonly expected: boolean;
}

function learn(state: ClusterState, node: NodeName, learnt: Learnt): ClusterState {
  const { told, result, action, expected } = learnt;
  let next = remember(state, node, result, action);
  if (!expected && countsAsFailure(result)) next = addFailCount(next, node, result);
  return told.containment
    ? tellContainment(tellResult(next, node, told, action, false), node, told, told.containment)
    : tellResult(next, node, result, action, expected);
}

/** One operation at a time runs on a resource, so its call ids rise in the order of their ends. */
function isKnown(history: ResourceHistory | undefined, result: ReportedResult): boolean {
  return (history?.operations ?? []).some((entry) => entry.callId >= result.callId);
}

function isExpected(
  state: ClusterState,
  node: NodeName,
  result: ReportedResult,
  action: PlannedAction | undefined,
): boolean {
  if (action !== undefined) {
    return endedAs(result, action.operation?.expectedExitCode ?? OCF.ok);
  }
  const known = state.nodes[node]?.history[result.resource]?.operations.find(
    (entry) => entry.operation === result.operation && entry.intervalMs === result.intervalMs,
  );
  return endedAs(result, known?.expectedExitCode ?? OCF.ok);
}

function remember(
  state: ClusterState,
  nodeName: NodeName,
  result: ReportedResult,
  action: PlannedAction | undefined,
): ClusterState {
  const node = state.nodes[nodeName];
  if (node === undefined || result.outcome.kind === 'cancelled') return state;
  const history = answersOldQuestion(action, result.outcome)
    ? without(node.history, result.resource)
    : recordOperation(node.history, {
        name: result.resource,
        operation: result.operation,
        intervalMs: result.intervalMs,
        outcome: result.outcome,
        callId: result.callId,
        durationMs: result.durationMs,
        time: state.time,
        action,
      });
  const learnt = noteStartedWith({ ...node, history }, result.resource, action, result.outcome);
  if (history === node.history && learnt.startedWith === node.startedWith) return state;
  const nodes = { ...state.nodes, [nodeName]: learnt };
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
  if (result.outcome.kind === 'cancelled') return false;
  return !isProbe(result) || isUnasked(result) || result.outcome.kind !== 'exited';
}

/** The end of a supervised process that has no monitor: nobody looked, it was said. */
const isUnasked = (result: ReportedResult): boolean => result.key === undefined && isProbe(result);

const isProbe = (result: ReportedResult): boolean =>
  result.operation === 'monitor' && result.intervalMs === 0;

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
  if (expected && (action === undefined || !isWorthTelling(action))) return state;
  const outcome = resultText(result);
  const reason = outcomeReason(result.outcome);
  return tell(state, {
    kind: 'action',
    severity: severityOf(result, expected),
    node,
    resource: result.resource,
    operation: result.operation,
    durationMs: result.durationMs,
    outcome: reason === '' || reason === outcome ? outcome : `${outcome}: ${reason}`,
    text: `${operationText(result)} of ${result.resource} on ${node}: ${outcome}`,
    ...(isWorthReading(result, expected) ? { output: result.output } : {}),
  });
}

/** What went wrong, and of a live migration how it went. */
const isWorthReading = ({ operation, output }: ReportedResult, expected: boolean): boolean =>
  output !== '' && (!expected || operation === 'migrate_to');

/** What a probe finds is news, not a failure; what was not begun has not failed. */
function severityOf(
  result: ReportedResult,
  expected: boolean,
): 'good' | 'info' | 'warning' | 'error' {
  if (expected) return 'good';
  if (result.outcome.kind === 'cancelled') return result.output === OVERTAKEN ? 'info' : 'warning';
  return countsAsFailure(result) ? 'error' : 'info';
}

function resultText(result: ReportedResult): string {
  if (result.outcome.kind === 'cancelled') {
    return result.output === '' ? 'not done' : `not done: ${result.output}`;
  }
  const found = isProbe(result) && endedAs(result, OCF.ok);
  return found ? 'it runs there' : outcomeText(result.outcome);
}

function operationText(result: ReportedResult): string {
  if (result.operation !== 'monitor') return result.operation;
  return isProbe(result) && !isUnasked(result) ? 'probe' : 'monitor';
}

const wantText = (node: NodeName, result: ReportedResult): string =>
  `${operationText(result)} of ${result.resource} on ${node}: ${resultText(result)}`;
