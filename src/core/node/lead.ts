/** The leader's duties beside deciding: who is there, who is lost, what time alone has changed. */
import { endedEvacuations } from '../cluster/evacuation.ts';
import { isForgotten } from '../cluster/forget.ts';
import type { Command } from '../cluster/commands.ts';
import type { ClusterState, NodeRecord } from '../cluster/state.ts';
import { sortedKeys, sortedValues } from '../cluster/order.ts';
import { ACCESS_RETRY_MS_MAX } from '../cluster/unfencing.ts';
import type { MonotonicMs, NodeName, WallMs } from '../model/ids.ts';
import { monotonicMs, wallMs } from '../model/ids.ts';
import { submit } from './give.ts';
import type { NodeState, Step } from './state.ts';
import { graceKey, inTurn, leaderOf, retryKey, stay } from './state.ts';
import { isTimeHeld } from './time.ts';
import type { NodeClocks } from './types.ts';
import { durationOptionMs } from '../cluster/options.ts';

export function lead(node: NodeState, clocks: NodeClocks): Step {
  const noticed = notice(node, clocks.nowMs);
  if (leaderOf(noticed) !== noticed.view.self || noticed.view.phase.kind !== 'open') {
    return stay(noticed);
  }
  if (!noticed.view.phase.acting) return passTime(noticed, clocks);
  return inTurn(stay(noticed), clocks, [
    addNodes,
    declareSilent,
    declareOverdue,
    noteEvacuated,
    passTime,
  ]);
}

const FENCING_PAUSE_MS_MAX = 60_000;

/** Since when what must not last is so, and until when pauses last, by this node's own clock. */
function notice(node: NodeState, nowMs: MonotonicMs): NodeState {
  const noticed: Record<string, MonotonicMs> = {};
  for (const record of sortedValues(node.cluster.nodes)) {
    if (record.condition !== 'held' && record.condition !== 'unseen') continue;
    const key = graceKey(record.condition, record.name);
    noticed[key] = node.noticed[key] ?? nowMs;
  }
  const { fencing, time } = node.cluster;
  const pause = (target: NodeName, retryAt: WallMs, method: 'off' | 'on', maxMs: number): void => {
    const key = retryKey(target, retryAt, method);
    const pauseMs = Math.min(maxMs, Math.max(0, retryAt - time));
    noticed[key] = node.noticed[key] ?? monotonicMs(nowMs + pauseMs);
  };
  for (const target of sortedKeys(fencing.retryAt)) {
    pause(target, fencing.retryAt[target] ?? time, 'off', FENCING_PAUSE_MS_MAX);
  }
  const { accessRefused = {} } = fencing;
  for (const target of sortedKeys(accessRefused)) {
    pause(target, accessRefused[target]?.retryAt ?? time, 'on', ACCESS_RETRY_MS_MAX);
  }
  return { ...node, noticed };
}

function addNodes(node: NodeState, clocks: NodeClocks): Step {
  const missing = expectedNodes(node).filter((name) => node.cluster.nodes[name] === undefined);
  if (missing.length === 0) return stay(node);
  return askOnce(node, 'ask nodes', { kind: 'nodes-configured', nodes: missing }, clocks);
}

/** Whom the engine's configuration names, without those that are gone for good. */
export const expectedNodes = ({ options, cluster }: NodeState): readonly NodeName[] =>
  options.configuredNodes.filter((name) => !isForgotten(cluster, name));

/** A daemon that hangs while its Corosync lives: three heartbeats missed. */
function declareSilent(node: NodeState, clocks: NodeClocks): Step {
  let step: Step = stay(node);
  for (const name of node.view.silent) {
    const record = node.cluster.nodes[name];
    if (record === undefined || record.condition !== 'online' || name === node.view.self) continue;
    const next = declare(step.node, record, 'its daemon is silent', clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

/** Held too long, or not seen within the grace after a cold start. */
function declareOverdue(node: NodeState, clocks: NodeClocks): Step {
  let step: Step = stay(node);
  for (const key of sortedKeys(node.noticed)) {
    const [condition = '', name = ''] = key.split(' ');
    const record = node.cluster.nodes[name as keyof typeof node.cluster.nodes];
    const since = node.noticed[key];
    if (record === undefined || since === undefined || record.condition !== condition) continue;
    const gone = isMachineGone(node, record);
    if (!gone && clocks.nowMs - since < graceMs(node, record)) continue;
    const reason = gone ? 'its machine left the membership' : overdueText(record);
    const next = declare(step.node, record, reason, clocks);
    step = { node: next.node, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

const isMachineGone = (node: NodeState, record: NodeRecord): boolean =>
  record.condition === 'held' &&
  node.machines !== undefined &&
  !node.machines.includes(record.name);

const COLD_START_GRACE_MS = 20_000;

function graceMs(node: NodeState, record: NodeRecord): number {
  if (record.condition === 'held') return node.options.daemonGraceMs;
  return coldStartGraceMs(node);
}

/** How long the others may take to come up before one goes on without them. */
export function coldStartGraceMs(node: NodeState): number {
  return durationOptionMs(node.cluster.configuration.model, 'dc-deadtime', COLD_START_GRACE_MS);
}

const overdueText = (record: NodeRecord): string =>
  record.condition === 'held'
    ? 'its daemon did not come back in time'
    : 'it was not seen within the grace after the start of the cluster';

function declare(node: NodeState, record: NodeRecord, reason: string, clocks: NodeClocks): Step {
  const command: Command = {
    kind: 'declare-lost',
    node: record.name,
    incarnation: record.incarnation,
    reason,
  };
  return askOnce(node, `ask lost ${record.name}`, command, clocks);
}

function noteEvacuated(node: NodeState, clocks: NodeClocks): Step {
  const [ended] = endedEvacuations(node.cluster);
  if (ended === undefined) return stay(node);
  const command = { kind: 'evacuation-ends', id: ended.id } as const;
  return askOnce(node, `ask evacuated ${ended.id}`, command, clocks);
}

/** Marks that end, answers that expire. (Fencing that may be tried again is looked at in fences.ts.) */
function passTime(node: NodeState, clocks: NodeClocks): Step {
  const due = nextDueTime(node.cluster);
  const now = wallMs(Math.round(clocks.wallMs));
  if (due === undefined || due > now || isTimeHeld(node, clocks.nowMs)) return stay(node);
  return askOnce(node, 'ask time', { kind: 'time-passed', until: now }, clocks);
}

/** The earliest replicated time at which something changes by time alone. */
export function nextDueTime(cluster: ClusterState): WallMs | undefined {
  const times: number[] = [];
  for (const mark of sortedValues(cluster.marks)) {
    if (mark.expiresAt !== undefined) times.push(mark.expiresAt);
  }
  // The next answer brings its own time: one that is wanted already is not asked for again.
  const { nextChangeAt, wanted, answered } = cluster.decision;
  if (nextChangeAt !== undefined && wanted <= answered) times.push(nextChangeAt);
  return times.length === 0 ? undefined : wallMs(Math.min(...times));
}

/** Submits a command of this purpose unless one is already on its way. */
export function askOnce(node: NodeState, tag: string, command: Command, clocks: NodeClocks): Step {
  if (node.asked[tag] !== undefined) return stay(node);
  const asked = { ...node, asked: { ...node.asked, [tag]: true as const } };
  return submit(asked, command, tag, clocks);
}
