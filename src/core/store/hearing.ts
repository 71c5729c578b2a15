/** Who was heard when, by this node's monotonic clock. */
import type { MonotonicMs, NodeName } from '../model/ids.ts';
import type { Draft } from './state.ts';
import { send } from './send.ts';
import { nextNumber, note, self } from './state.ts';

/** Ticks come at least this often. */
const tickMs = 500;
/** A gap in which a view may have ended without this node's knowledge. */
const missMs = tickMs + 250;

export function silenceMs(heartbeatMs: number): number {
  return Math.max(3 * heartbeatMs, heartbeatMs + stallMs(heartbeatMs));
}

/**
 * How long after its own last message a node goes on judging: whoever was heard a heartbeat and a
 * tick before that one is not silent by then.
 */
function judgedBehindMs(heartbeatMs: number): number {
  return Math.max(0, silenceMs(heartbeatMs) - heartbeatMs - missMs);
}

/** A gap between two steps that is too long for judging others. */
function stallMs(heartbeatMs: number): number {
  return Math.max(2 * heartbeatMs, tickMs + 100);
}

/** Everybody gets a new chance: at a new view, and after a stall of this node. */
export function allHeard<S, C>(draft: Draft<S, C>): void {
  draft.hearing = { ...draft.hearing, mute: [], accusers: {}, accused: [] };
  forgetSilence(draft);
}

function forgetSilence<S, C>(draft: Draft<S, C>): void {
  const heardAt: Record<string, MonotonicMs> = {};
  for (const { node } of draft.engine.members) heardAt[node] = draft.nowMs;
  draft.hearing = { ...draft.hearing, heardAt };
}

/**
 * A node that itself stalled must declare nobody silent before heartbeats had a chance to be
 * delivered: what waits in its socket comes after the tick. And what waits there may end its view:
 * it counts as gathering until its own heartbeat has come round.
 */
export function noticeStall<S, C>(draft: Draft<S, C>): void {
  const { stepAt } = draft.hearing;
  const gap = stepAt === undefined ? 0 : draft.nowMs - stepAt;
  draft.hearing = { ...draft.hearing, stepAt: draft.nowMs };
  if (gap > missMs) awaitHeartbeat(draft);
  if (gap <= stallMs(draft.options.heartbeatMs)) return;
  note(draft, 'stalled', `this node stalled for ${gap} ms`);
  forgetSilence(draft);
  // What waited is late: it tells nothing of its senders' clocks.
  draft.hearing = { ...draft.hearing, clocks: {} };
}

function awaitHeartbeat<S, C>(draft: Draft<S, C>): void {
  if (draft.group === undefined || draft.alone !== undefined) return;
  const number = nextNumber(draft);
  draft.hearing = { ...draft.hearing, awaited: number };
  // It belongs to no view: nothing in the line depends on it.
  send(draft, {
    kind: 'heartbeat',
    view: '',
    number,
    wall: draft.wallMs,
    mark: false,
    check: null,
  });
}

export function heartbeatDelivered<S, C>(draft: Draft<S, C>, from: NodeName, number: number): void {
  const { awaited } = draft.hearing;
  if (awaited === undefined || from !== self(draft) || number < awaited) return;
  draft.hearing = { ...draft.hearing, awaited: undefined };
}

/** A message of this member was delivered: it lives, and is waited for again. */
export function heard<S, C>(draft: Draft<S, C>, from: NodeName): void {
  if (from === self(draft)) noticeStandstill(draft);
  const { hearing } = draft;
  const heardAt = { ...hearing.heardAt, [from]: draft.nowMs };
  draft.hearing = { ...hearing, heardAt };
  if (!hearing.mute.includes(from) && hearing.accusers[from] === undefined) {
    if (hearing.accused.includes(from)) forgive(draft, from);
    return;
  }
  const { [from]: _forgotten, ...accusers } = hearing.accusers;
  draft.hearing = {
    ...draft.hearing,
    accusers,
    mute: hearing.mute.filter((each) => each !== from),
  };
  forgive(draft, from);
}

/** The order goes on after it has stood still: what the others said meanwhile comes behind this. */
function noticeStandstill<S, C>(draft: Draft<S, C>): void {
  const ownAt = draft.hearing.heardAt[self(draft)] ?? draft.nowMs;
  if (draft.nowMs - ownAt > stallMs(draft.options.heartbeatMs)) forgetSilence(draft);
}

function forgive<S, C>(draft: Draft<S, C>, node: NodeName): void {
  const accused = draft.hearing.accused.filter((each) => each !== node);
  draft.hearing = { ...draft.hearing, accused };
}

export function isMute<S, C>(draft: Draft<S, C>, node: NodeName): boolean {
  return draft.hearing.mute.includes(node);
}

/**
 * Members not heard of for too long, as this node sees it. While Corosync forms a new ring nothing is
 * delivered to anybody, 8 s long with its defaults, and nobody is silent for that: no more counts
 * than what lies before this node's own last message that came round, and a little behind it.
 */
export function silentNodes<S, C>(draft: Draft<S, C>): readonly NodeName[] {
  const { heardAt } = draft.hearing;
  const { heartbeatMs } = draft.options;
  const limit = silenceMs(heartbeatMs);
  const ownAt = heardAt[self(draft)] ?? draft.nowMs;
  const judgedAt = Math.min(draft.nowMs, ownAt + judgedBehindMs(heartbeatMs));
  const silent = (node: NodeName): boolean =>
    isMute(draft, node) || judgedAt - (heardAt[node] ?? judgedAt) > limit;
  return draft.engine.members
    .map((member) => member.node)
    .filter((node) => node !== self(draft) && silent(node));
}
