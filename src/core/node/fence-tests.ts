/** Rehearsals of fencing: this node asks the devices that it is to ask, the leader has one node shot. */
import { timeoutOf } from '../model/fence-device.ts';
import { portIn } from '../cluster/fence-hosts.ts';
import { testsOf } from '../cluster/fencing-tests.ts';
import { sortedValues } from '../cluster/order.ts';
import type { ClusterState, FencingTest, TestAnswer, TestedPath } from '../cluster/state.ts';
import { fencePlan } from '../fencing/choose.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { FenceRequest, FenceResult } from '../model/operation.ts';
import type { PlannedAction } from '../model/plan.ts';
import { askOnce } from './lead.ts';
import { submit } from './give.ts';
import type { LocalFence, NodeState, Step } from './state.ts';
import { leaderOf, stay } from './state.ts';
import type { NodeClocks } from './types.ts';

const PREFIX = 'test ';
const TEXT_CHARS_MAX = 1000;

export const isTest = (fence: LocalFence): boolean => fence.id.startsWith(PREFIX);

export function carryOutTests(node: NodeState, clocks: NodeClocks): Step {
  let step: Step = stay(forgetAnswered(node));
  if (node.view.phase.kind !== 'open' || !node.view.phase.acting) return step;
  for (const test of testsOf(node.cluster)) {
    if (test.endedAt !== undefined) continue;
    const next = test.forReal ? haveShot(step.node, test, clocks) : askDevices(step.node, test);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  const told = tellAnswers(step.node, clocks);
  return { node: told.node, effects: [...step.effects, ...told.effects] };
}

/** Only a quorate view shoots, for a test too; whether it is still one is decided in the order. */
function haveShot(node: NodeState, test: FencingTest, clocks: NodeClocks): Step {
  const { cluster, view } = node;
  if (leaderOf(node) !== view.self || !cluster.quorate) return stay(node);
  if (cluster.fencing.active.some((active) => active.target === test.target)) return stay(node);
  const reason = `a test, asked for by ${test.by}`;
  const action: PlannedAction = { ...FENCE, node: test.target, reason };
  const request = fencePlan(cluster, action, leaderOf(node), node.decisions);
  if (request === undefined) return stay(node);
  // Not under the name of an asking: what comes of it is told as of every shooting (fences.ts).
  const named = { ...request, id: `for real ${test.id}`, test: test.id };
  return askOnce(node, `ask fence ${test.target}`, { kind: 'fence-begin', request: named }, clocks);
}

const FENCE = {
  id: 0,
  kind: 'fence',
  pseudo: false,
  name: 'test of fencing',
  intervalMs: 0,
  fenceMethod: 'reboot',
  priority: 0,
} as const;

/** Many devices take one session at a time: the nodes ask each one after the other. */
function askDevices(node: NodeState, test: FencingTest): Step {
  let step: Step = stay(node);
  const seen = new Set<string>();
  for (const path of test.paths) {
    if (path.answer !== undefined || seen.has(path.device)) continue;
    seen.add(path.device);
    if (path.from !== node.view.self) continue;
    const next = askDevice(step.node, test, path);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function askDevice(node: NodeState, test: FencingTest, path: TestedPath): Step {
  const id = nameOf(test, path);
  if (node.fences[id] !== undefined) return stay(node);
  const fence: LocalFence = {
    id,
    phase: 'running',
    beginAtMs: undefined,
    result: undefined,
    asked: false,
  };
  const { fenceDevices } = node.cluster.configuration.model;
  const device = fenceDevices.find((each) => each.id === path.device);
  if (device === undefined) {
    const reason = `the device ${path.device} is not configured any more`;
    const outcome = { kind: 'failed', reason } as const;
    const result: FenceResult = { requestId: id, outcome, durationMs: 0, output: '' };
    return stay(setFence(node, { ...fence, phase: 'reporting', result }));
  }
  const request = statusRequest(id, device, test, node.cluster);
  return { node: setFence(node, fence), effects: [{ kind: 'run-fence', request }] };
}

const nameOf = (test: FencingTest, path: TestedPath): string =>
  `${PREFIX}${test.id} ${path.device}`;

const setFence = (node: NodeState, fence: LocalFence): NodeState => ({
  ...node,
  fences: { ...node.fences, [fence.id]: fence },
});

const statusRequest = (
  requestId: string,
  device: FenceDevice,
  { target }: FencingTest,
  cluster: ClusterState,
): FenceRequest => ({
  requestId,
  device: device.id,
  agent: device.agent,
  action: 'status',
  port: portIn(cluster, device, target),
  target,
  parameters: device.parameters,
  timeoutMs: timeoutOf(device, 'status'),
});

/** Told until the store has it. */
function tellAnswers(node: NodeState, clocks: NodeClocks): Step {
  let step: Step = stay(node);
  for (const fence of sortedValues(node.fences)) {
    const { result, phase, asked } = fence;
    const open = openPath(node, fence);
    if (open === undefined || result === undefined || phase !== 'reporting' || asked) continue;
    const command = {
      kind: 'fence-test-answer',
      id: open.test.id,
      node: open.path.from,
      device: open.path.device,
      ...answerOf(result),
    } as const;
    const told = setFence(step.node, { ...fence, asked: true });
    const next = submit(told, command, `fence ${fence.id}`, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function answerOf({ outcome, durationMs }: FenceResult): TestAnswer {
  const ms = Math.max(0, Math.round(durationMs));
  switch (outcome.kind) {
    case 'status':
      return { ok: true, text: outcome.power, durationMs: ms };
    case 'ok':
      return { ok: true, text: 'ok', durationMs: ms };
    case 'failed':
      return { ok: false, text: outcome.reason.slice(0, TEXT_CHARS_MAX), durationMs: ms };
  }
}

/** A running agent is waited for, whatever became of its test. */
function forgetAnswered(node: NodeState): NodeState {
  let next = node;
  for (const fence of sortedValues(node.fences)) {
    if (!isTest(fence) || fence.phase === 'running') continue;
    if (openPath(node, fence) !== undefined) continue;
    const { [fence.id]: _gone, ...fences } = next.fences;
    next = { ...next, fences };
  }
  return next;
}

function openPath(
  node: NodeState,
  fence: LocalFence,
): { readonly test: FencingTest; readonly path: TestedPath } | undefined {
  for (const test of testsOf(node.cluster)) {
    for (const path of test.paths) {
      const isIts = path.from === node.view.self && nameOf(test, path) === fence.id;
      if (isIts && path.answer === undefined) return { test, path };
    }
  }
  return undefined;
}
