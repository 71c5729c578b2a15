/** Fencing as this node does it: the leader asks for a shooting, one member carries it out. */
import { baseDelayMs, timeoutOf } from '../model/fence-device.ts';
import { portIn } from '../cluster/fence-hosts.ts';
import { isUnfencing } from '../cluster/fencing-methods.ts';
import type { FencingRequest } from '../cluster/state.ts';
import { sortedValues, without } from '../cluster/order.ts';
import { isPill, pillParameters, pillTerms } from '../cluster/poison.ts';
import { FENCE_OUTPUT_CHARS_MAX } from '../cluster/shapes/commands.ts';
import { refusalOf } from '../cluster/unfencing.ts';
import { WATCHDOG_DEVICE } from '../cluster/watchdog.ts';
import { fencePlan } from '../fencing/choose.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import type { FenceRequest, FenceResult } from '../model/operation.ts';
import type { PlannedAction } from '../model/plan.ts';
import { readyActions } from '../transition/advance.ts';
import { carryOutTests, isTest } from './fence-tests.ts';
import { duelDelayMs } from './duel.ts';
import { submit } from './give.ts';
import { isGettingAccess, rivalsFor } from './halves.ts';
import type { LocalFence, NodeState, Step } from './state.ts';
import { inTurn, isInActingView, leaderOf, log, retryKey, stay } from './state.ts';
import type { NodeClocks } from './types.ts';
import { awaitReset } from './watchdog.ts';

export function carryOutFencing(node: NodeState, clocks: NodeClocks): Step {
  return inTurn(stay(node), clocks, [askForFencing, shoot, reportFences, carryOutTests]);
}

/**
 * The leader turns a ready fence action into a durable request. Only a quorate, acting view
 * shoots, and the target does not choose.
 */
function askForFencing(node: NodeState, clocks: NodeClocks): Step {
  const { cluster } = node;
  if (leaderOf(node) !== node.view.self || !cluster.acting || !cluster.quorate) return stay(node);
  let step: Step = stay(node);
  for (const action of [...readyActions(cluster.transition), ...firstOfSent(node)]) {
    const target = action.node;
    if (action.kind !== 'fence' || action.pseudo || target === undefined) continue;
    const tag = `ask fence ${target}`;
    if (step.node.asked[tag] !== undefined) continue;
    if (cluster.fencing.active.some((active) => active.target === target)) continue;
    if (action.fenceMethod === 'on' && rivalsFor(node, target).length > 0) continue;
    if (mustPause(node, action, clocks.nowMs)) continue;
    const request = fencePlan(cluster, action, leaderOf(node), step.node.decisions, clocks.chance);
    if (request === undefined) continue;
    const asked = { ...step.node, asked: { ...step.node.asked, [tag]: true as const } };
    const next = submit(asked, { kind: 'fence-begin', request }, tag, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

/**
 * What waits for nothing in a plan that is on its way: the request goes right behind it and saves a
 * round of messages. A plan that is refused meanwhile leaves it as good as any request that a newer
 * plan overtakes: it is for one life of a node that is lost.
 */
function firstOfSent({ deciding, cluster }: NodeState): readonly PlannedAction[] {
  const plan = deciding?.sent === true ? deciding.plan : undefined;
  if (plan === undefined) return [];
  const waiting = new Set(plan.order.map(([, then]) => then));
  return plan.actions.filter(
    (action) =>
      action.kind === 'fence' &&
      action.node !== undefined &&
      cluster.nodes[action.node]?.condition === 'lost' &&
      !waiting.has(action.id),
  );
}

/** By this node's own clock that never steps: a clock set back must not keep a node from being fenced. */
function mustPause(
  { cluster, noticed }: NodeState,
  { node: target, fenceMethod = 'reboot' }: PlannedAction,
  nowMs: MonotonicMs,
): boolean {
  if (target === undefined) return false;
  const isOn = fenceMethod === 'on';
  const retryAt = isOn ? refusalOf(cluster, target)?.retryAt : cluster.fencing.retryAt[target];
  if (retryAt === undefined) return false;
  return (noticed[retryKey(target, retryAt, isOn ? 'on' : 'off')] ?? Infinity) > nowMs;
}

/**
 * Active requests whose executor is this node. A node that stood still, or whose view is ending, does
 * not know what is over by now.
 */
function shoot(node: NodeState, clocks: NodeClocks): Step {
  if (!isInActingView(node) || !node.view.quorate || !node.cluster.quorate) return stay(node);
  if (node.isQuorumGone) return stay(node);
  let step: Step = stay(node);
  for (const request of node.cluster.fencing.active) {
    if (request.executor === node.view.self) step = carryOut(step, request, clocks);
  }
  return step;
}

/** One request: first its device's delay, then the device; or why it cannot be done any more. */
function carryOut(step: Step, request: FencingRequest, clocks: NodeClocks): Step {
  const { node, effects } = step;
  const known = node.fences[request.id];
  if (known !== undefined && known.phase !== 'waiting') return step;
  const { fenceDevices } = node.cluster.configuration.model;
  const device = fenceDevices.find((candidate) => candidate.id === request.device);
  if (device === undefined && request.device === WATCHDOG_DEVICE.id && isSameLife(node, request)) {
    const fence = { ...newFence(request), ...awaitReset(node, request, known, clocks.nowMs) };
    return { node: setFence(node, fence), effects };
  }
  const obstacle = obstacleOf(node, request, device);
  if (obstacle !== undefined || device === undefined) {
    const result = failure(request, obstacle ?? '');
    return { node: setFence(node, { ...newFence(request), phase: 'reporting', result }), effects };
  }
  if (isGettingAccess(node, request, device, clocks.nowMs))
    return { node: setFence(node, newFence(request)), effects };
  const beginAtMs = known?.beginAtMs ?? monotonicMs(clocks.nowMs + waitMs(node, request, device));
  if (beginAtMs > clocks.nowMs) {
    const waiting = setFence(node, { ...newFence(request), phase: 'waiting', beginAtMs });
    return { node: waiting, effects };
  }
  return {
    node: setFence(node, { ...newFence(request), phase: 'running', beginAtMs }),
    effects: [
      ...effects,
      log('warning', `fencing ${request.target} (${request.method}) by ${request.device}`),
      { kind: 'run-fence', request: fenceRequest(node, request, device) },
    ],
  };
}

const isSameLife = ({ cluster }: NodeState, { target, incarnation }: FencingRequest): boolean =>
  (cluster.nodes[target]?.incarnation ?? '') === incarnation;

function obstacleOf(
  node: NodeState,
  request: FencingRequest,
  device: FenceDevice | undefined,
): string | undefined {
  if (!isSameLife(node, request)) return `${request.target} has come back meanwhile`;
  if (isUnfencing(request) && node.cluster.nodes[request.target]?.condition !== 'online')
    return `${request.target} is not online any more`;
  const [rival] = isUnfencing(request) ? rivalsFor(node, request.target) : [];
  if (rival !== undefined)
    return `${rival} cannot be seen, and may have taken the access of ${request.target}`;
  if (
    device !== undefined &&
    isPill(device) &&
    pillTerms(node.cluster, request.target) === undefined
  )
    return `${request.target} has not proved that it reads poison pills`;
  if (device !== undefined) return undefined;
  return `the device ${request.device} is not configured any more`;
}

/**
 * In a split of two halves the delay of one node's device decides who wins, or what runs where
 * (priority-fencing-delay, added to it: Pacemaker Explained, "Fencing").
 */
function waitMs(node: NodeState, request: FencingRequest, device: FenceDevice): number {
  if (request.method === 'on' || request.id.endsWith('+')) return 0;
  const { replica, cluster, machines } = node;
  const duel = { engine: replica.options.engine, cluster, machines };
  const own = baseDelayMs(device, request.target) + (request.delayMs ?? 0);
  return own + duelDelayMs(duel, request);
}

const newFence = (request: FencingRequest): LocalFence => ({
  id: request.id,
  phase: 'waiting',
  beginAtMs: undefined,
  result: undefined,
  asked: false,
});

const failure = (request: FencingRequest, reason: string): FenceResult => ({
  requestId: request.id,
  outcome: { kind: 'failed', reason },
  durationMs: 0,
  output: '',
});

const setFence = (node: NodeState, fence: LocalFence): NodeState => ({
  ...node,
  fences: { ...node.fences, [fence.id]: fence },
});

function fenceRequest(
  { cluster }: NodeState,
  request: FencingRequest,
  device: FenceDevice,
): FenceRequest {
  const pill = isPill(device) ? pillTerms(cluster, request.target) : undefined;
  const more = pill === undefined ? {} : pillParameters(pill, request.id);
  return {
    requestId: request.id,
    device: device.id,
    agent: device.agent,
    action: request.method,
    port: portIn(cluster, device, request.target),
    target: request.target,
    parameters: { ...device.parameters, ...more },
    timeoutMs: timeoutOf(device, request.method) + (pill?.waitMs ?? 0),
  };
}

export function endFence(node: NodeState, result: FenceResult): NodeState {
  const fence = node.fences[result.requestId];
  if (fence === undefined || fence.phase !== 'running') return node;
  const ended = { ...fence, phase: 'reporting' as const, result: believed(node, result) };
  return { ...node, fences: { ...node.fences, [fence.id]: ended } };
}

/** Nobody saw the target die: one whose machine is still a member has taken no pill. */
function believed(node: NodeState, result: FenceResult): FenceResult {
  const request = node.cluster.fencing.active.find(({ id }) => id === result.requestId);
  const devices = node.cluster.configuration.model.fenceDevices;
  const device = devices.find(({ id }) => id === request?.device);
  if (request === undefined || device === undefined || !isPill(device)) return result;
  if (result.outcome.kind !== 'ok' || node.machines?.includes(request.target) !== true)
    return result;
  const reason = `the pill has not reset ${request.target}: its machine is still a member`;
  return { ...result, outcome: { kind: 'failed', reason } };
}

/** Told until the store has it, or until the request is not open any more. */
function reportFences(before: NodeState, clocks: NodeClocks): Step {
  const node = forgetClosed(before);
  let step: Step = stay(node);
  for (const fence of sortedValues(node.fences)) {
    if (isTest(fence) || fence.phase !== 'reporting' || fence.asked || fence.result === undefined)
      continue;
    if (!isInActingView(node)) continue;
    const fences = { ...step.node.fences, [fence.id]: { ...fence, asked: true } };
    const command = {
      kind: 'fence-end',
      id: fence.id,
      ok: fence.result.outcome.kind === 'ok',
      text: resultText(fence.result),
      durationMs: Math.max(0, Math.round(fence.result.durationMs)),
      ...outputOf(fence.result),
    } as const;
    const next = submit({ ...step.node, fences }, command, `fence ${fence.id}`, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

/** A running agent is waited for, whatever became of its request. */
function forgetClosed(node: NodeState): NodeState {
  let { fences } = node;
  for (const fence of sortedValues(fences)) {
    if (fence.phase === 'running' || isTest(fence)) continue;
    const isOpen = node.cluster.fencing.active.some((active) => active.id === fence.id);
    if (!isOpen) fences = without(fences, fence.id);
  }
  return fences === node.fences ? node : { ...node, fences };
}

/** Its end, where it is too long: there agents say what came of it. */
function outputOf({ output }: FenceResult): { readonly output?: string } {
  return output.trim() === '' ? {} : { output: output.slice(-FENCE_OUTPUT_CHARS_MAX) };
}

const TEXT_CHARS_MAX = 1000;

function resultText(result: FenceResult): string {
  const { outcome } = result;
  if (outcome.kind === 'failed') return outcome.reason.slice(0, TEXT_CHARS_MAX);
  return outcome.kind === 'ok' ? 'ok' : `power is ${outcome.power}`;
}
