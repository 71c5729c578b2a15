/**
 * This node's part in self-fencing: it proves its health to whoever feeds its watchdog, says in its
 * record that it is armed, and waits for the reset of others.
 */
import { watchdogOf, watchdogText, resetAfterMs } from '../cluster/watchdog.ts';
import type { FencingRequest } from '../cluster/state.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { EngineEvent } from '../model/engine.ts';
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import { askOnce } from './lead.ts';
import type { Health, LocalFence, NodeState, Step } from './state.ts';
import { isInActingView, stay } from './state.ts';
import type { NodeClocks } from './types.ts';

export const unknownHealth: Health = {
  watchdog: 'none',
  sample: undefined,
  heardAtMs: undefined,
  provedAtMs: undefined,
};

const SAMPLE_MS = 1000;

/** One message at a time is watched for; one that does not come back is given up. */
export function noteSent(done: Step, { nowMs }: NodeClocks): Step {
  const { health } = done.node;
  if (health.watchdog === 'none') return done;
  if (health.sample !== undefined && nowMs - health.sample.sentAtMs < SAMPLE_MS) return done;
  const sent = done.effects.find((effect) => effect.kind === 'send');
  if (sent === undefined) return done;
  const sample = { text: sent.text, sentAtMs: nowMs };
  return { ...done, node: { ...done.node, health: { ...health, sample } } };
}

export function noteHeard(node: NodeState, event: EngineEvent): NodeState {
  const { sample } = node.health;
  if (sample === undefined || event.kind !== 'engine-message') return node;
  if (event.sender.node !== node.options.self || event.text !== sample.text) return node;
  const health = { ...node.health, sample: undefined, heardAtMs: sample.sentAtMs };
  return { ...node, health };
}

/**
 * A node that is to be fenced, by whatever device, proves nothing any more: where its watchdog is
 * the only one, this is what switches it off.
 */
export function prove(node: NodeState): Step {
  const { health, cluster, view } = node;
  const { heardAtMs } = health;
  if (health.watchdog === 'none' || heardAtMs === undefined) return stay(node);
  if (heardAtMs === health.provedAtMs || !isInActingView(node)) return stay(node);
  if (cluster.nodes[view.self]?.condition !== 'online') return stay(node);
  const isAimedAt = ({ target, method }: FencingRequest): boolean =>
    target === view.self && method !== 'on';
  if (cluster.fencing.active.some(isAimedAt) || areOtherDisksTold(node)) return stay(node);
  const proved = { ...node, health: { ...health, provedAtMs: heardAtMs } };
  return { node: proved, effects: [{ kind: 'prove-health', atMs: heardAtMs }] };
}

/** The others would leave a pill where nobody looks for one. */
function areOtherDisksTold({ health, cluster, view }: NodeState): boolean {
  const told = watchdogOf(cluster, view.self)?.disks;
  const { watchdog } = health;
  const read = watchdog === 'none' ? undefined : watchdog?.disks;
  return told !== undefined && told.uuids.join() !== read?.uuids.join();
}

/** Nothing is taken back on a mere guess: only whoever feeds it says that it is not armed. */
export function tellWatchdog(node: NodeState, clocks: NodeClocks): Step {
  const { health, cluster, view } = node;
  if (!isInActingView(node) || health.watchdog === 'none') return stay(node);
  // One that has left, or was given up, says nothing more.
  if (cluster.nodes[view.self]?.condition !== 'online') return stay(node);
  const value = health.watchdog === undefined ? undefined : watchdogText(health.watchdog);
  const told = watchdogOf(cluster, view.self);
  if (value === (told === undefined ? undefined : watchdogText(told))) return stay(node);
  const command = { kind: 'attribute', node: view.self, name: WATCHDOG_ATTRIBUTE, value } as const;
  return askOnce(node, 'ask watchdog', command, clocks);
}

/**
 * Waiting, or its result. The time runs anew as long as the machine is seen in the membership; one
 * that is seen all the time does not reset itself.
 */
export function awaitReset(
  node: NodeState,
  request: FencingRequest,
  known: LocalFence | undefined,
  nowMs: MonotonicMs,
): Pick<LocalFence, 'phase' | 'beginAtMs' | 'sinceMs' | 'result'> {
  const sinceMs = known?.sinceMs ?? nowMs;
  const waitMs = resetAfterMs(node.cluster, request.target);
  const end = (reason?: string): ReturnType<typeof awaitReset> => ({
    phase: 'reporting',
    beginAtMs: known?.beginAtMs,
    sinceMs,
    result: {
      requestId: request.id,
      outcome: reason === undefined ? { kind: 'ok' } : { kind: 'failed', reason },
      durationMs: nowMs - sinceMs,
      output: '',
    },
  });
  if (request.method === 'on') return end();
  if (waitMs === undefined) return end(`the watchdog of ${request.target} does not count any more`);
  const isThere = node.machines?.includes(request.target) !== false;
  if (isThere && nowMs - sinceMs >= waitMs) {
    return end(`its watchdog has not reset ${request.target}: its machine is still a member`);
  }
  const atMs = isThere ? undefined : known?.beginAtMs;
  const beginAtMs = atMs ?? monotonicMs(nowMs + waitMs);
  if (beginAtMs <= nowMs) return end();
  return { phase: 'waiting', beginAtMs, sinceMs, result: undefined };
}
