/** Fencing as this node does it: the leader asks for a shooting, one member carries it out. */
import type { FencingRequest } from '../cluster/state.ts';
import { sortedValues, without } from '../cluster/order.ts';
import { fencePlan } from '../fencing/choose.ts';
import type { FenceRequest, FenceResult } from '../model/operation.ts';
import { readyActions } from '../transition/advance.ts';
import { submit } from './give.ts';
import type { NodeState, Step } from './state.ts';
import { inTurn, leaderOf, log, stay } from './state.ts';
import type { NodeClocks, NodeEffect } from './types.ts';

export function carryOutFencing(node: NodeState, clocks: NodeClocks): Step {
  return inTurn(stay(node), clocks, [askForFencing, shoot, reportFences]);
}

/**
 * The leader turns a ready fence action into a durable request. Only a quorate, acting view
 * shoots, and the target does not choose.
 */
function askForFencing(node: NodeState, clocks: NodeClocks): Step {
  const { cluster } = node;
  if (leaderOf(node) !== node.view.self || !cluster.acting || !cluster.quorate) return stay(node);
  let step: Step = stay(node);
  for (const action of readyActions(cluster.transition)) {
    const target = action.node;
    if (action.kind !== 'fence' || action.pseudo || target === undefined) continue;
    const tag = `ask fence ${target}`;
    if (step.node.asked[tag] !== undefined) continue;
    if (cluster.fencing.active.some((active) => active.target === target)) continue;
    if ((cluster.fencing.retryAt[target] ?? 0) > clocks.wallMs) continue;
    const request = fencePlan(cluster, action, leaderOf(node), step.node.decisions);
    if (request === undefined) continue;
    const asked = { ...step.node, asked: { ...step.node.asked, [tag]: true as const } };
    const next = submit(asked, { kind: 'fence-begin', request }, tag, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

/** Active requests whose executor is this node. */
function shoot(node: NodeState): Step {
  if (!node.cluster.quorate || !node.cluster.acting) return stay(node);
  const effects: NodeEffect[] = [];
  let fences = node.fences;
  for (const request of node.cluster.fencing.active) {
    if (request.executor !== node.view.self || fences[request.id] !== undefined) continue;
    const order = fenceRequest(node, request);
    if (order === undefined) continue;
    fences = {
      ...fences,
      [request.id]: { id: request.id, phase: 'running', result: undefined, asked: false },
    };
    effects.push(log('warning', `fencing ${request.target} by ${request.device}`));
    effects.push({ kind: 'run-fence', request: order });
  }
  return { node: { ...node, fences }, effects };
}

function fenceRequest(node: NodeState, request: FencingRequest): FenceRequest | undefined {
  const devices = node.cluster.configuration.model.fenceDevices;
  const device = devices.find((candidate) => candidate.id === request.device);
  if (device === undefined) return undefined;
  return {
    requestId: request.id,
    device: device.id,
    agent: device.agent,
    action: request.method,
    port: device.hosts[request.target] ?? request.target,
    target: request.target,
    parameters: device.parameters,
    timeoutMs: device.timeoutMs,
  };
}

export function endFence(node: NodeState, result: FenceResult): NodeState {
  const fence = node.fences[result.requestId];
  if (fence === undefined || fence.phase !== 'running') return node;
  const ended = { ...fence, phase: 'reporting' as const, result };
  return { ...node, fences: { ...node.fences, [fence.id]: ended } };
}

/** Told until the store has it, or until the request is not open any more. */
function reportFences(node: NodeState, clocks: NodeClocks): Step {
  let step: Step = stay(node);
  for (const fence of sortedValues(node.fences)) {
    if (fence.phase !== 'reporting' || fence.asked || fence.result === undefined) continue;
    const open = node.cluster.fencing.active.some((active) => active.id === fence.id);
    if (!open) {
      step = { ...step, node: { ...step.node, fences: without(step.node.fences, fence.id) } };
      continue;
    }
    if (node.view.phase.kind !== 'open' || !node.view.phase.acting) continue;
    const fences = { ...step.node.fences, [fence.id]: { ...fence, asked: true } };
    const command = {
      kind: 'fence-end',
      id: fence.id,
      ok: fence.result.outcome.kind === 'ok',
      text: resultText(fence.result),
      durationMs: Math.max(0, Math.round(fence.result.durationMs)),
    } as const;
    const next = submit({ ...step.node, fences }, command, `fence ${fence.id}`, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function resultText(result: FenceResult): string {
  const { outcome } = result;
  if (outcome.kind === 'failed') return `${outcome.reason} ${result.output.slice(-500)}`.trim();
  return outcome.kind === 'ok' ? 'ok' : `power is ${outcome.power}`;
}
