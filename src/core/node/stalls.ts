/** This node stood still and goes on (docs/decisions/stalls.md): it notices, forgets, and says so. */
import { CLOCK_WRONG_MS } from '../model/said.ts';
import { sortedKeys } from '../cluster/order.ts';
import { isDoubtful, passStall } from '../executor/stalls.ts';
import { STALL_ATTRIBUTE } from '../model/attributes.ts';
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import type { OperationResult } from '../model/operation.ts';
import { askOnce } from './lead.ts';
import type { NodeState, Stalls, Step } from './state.ts';
import { isGrace, log, stay } from './state.ts';
import { isTimeHeld } from './time.ts';
import type { NodeClocks, NodeEffect } from './types.ts';

/** Ticks come every 250 ms: after such a gap nobody is judged by timers from before it. */
const STALL_MS = 1000;
/** A clock that is slewed moves by half a millisecond a second. */
const JUMP_MS = 1000;
/** Stalls with less between them come in a row. */
const ROW_MS = 60_000;
/** A node that stalls again and again judges the others in the end. */
const RENEWALS_MAX = 3;
const TELL_MS = 60_000;
const SHOWN_MS = 600_000;

export const noStalls: Stalls = {
  stepAtMs: undefined,
  clockAheadMs: 0,
  jumpedAtMs: undefined,
  aheadBeforeJumpMs: undefined,
  opened: undefined,
  endedAtMs: undefined,
  inARow: 0,
  untold: undefined,
  toldAtMs: undefined,
  told: 0,
  said: undefined,
};

/** Before anything that this input says is looked at. */
export function noticeStall(before: NodeState, { nowMs, wallMs }: NodeClocks): Step {
  const { stepAtMs } = before.stalls;
  const clockAheadMs = wallMs - nowMs;
  const jumpMs = Math.round(clockAheadMs - before.stalls.clockAheadMs);
  const isWrong = stepAtMs !== undefined && Math.abs(jumpMs) >= CLOCK_WRONG_MS;
  const stalls = noteView(isWrong ? noteJump(before, nowMs) : before.stalls, before, nowMs);
  const node = { ...before, stalls: { ...stalls, stepAtMs: nowMs, clockAheadMs } };
  if (stepAtMs === undefined) return stay(node);
  const effects: NodeEffect[] = [];
  if (Math.abs(jumpMs) > JUMP_MS) {
    effects.push(log('warning', `the wall clock of this machine jumped by ${jumpMs} ms`));
  }
  const gapMs = Math.round(nowMs - stepAtMs);
  if (gapMs <= STALL_MS) return { node, effects };
  effects.push(log('warning', `this node stalled for ${gapMs} ms: its timers start anew`));
  const executor = passStall(node.executor, gapMs);
  return {
    node: renewTimers(noteStall({ ...node, executor }, gapMs, nowMs), gapMs, nowMs),
    effects,
  };
}

function noteJump(node: NodeState, nowMs: MonotonicMs): Stalls {
  const { stalls } = node;
  const known = isTimeHeld(node, nowMs) ? stalls.aheadBeforeJumpMs : undefined;
  return { ...stalls, jumpedAtMs: nowMs, aheadBeforeJumpMs: known ?? stalls.clockAheadMs };
}

function noteView(stalls: Stalls, { cluster: { view } }: NodeState, nowMs: MonotonicMs): Stalls {
  return stalls.opened?.view === view ? stalls : { ...stalls, opened: { view, atMs: nowMs } };
}

function noteStall(node: NodeState, gapMs: number, nowMs: MonotonicMs): NodeState {
  const { endedAtMs, inARow, untold } = node.stalls;
  const isInRow = endedAtMs !== undefined && nowMs - gapMs - endedAtMs < ROW_MS;
  const stalls: Stalls = {
    ...node.stalls,
    endedAtMs: nowMs,
    inARow: isInRow ? inARow + 1 : 1,
    untold: {
      times: (untold?.times ?? 0) + 1,
      longestMs: Math.max(untold?.longestMs ?? 0, gapMs),
    },
  };
  return { ...node, stalls };
}

/** The time in which this node stood still counts for no grace; of others' graces none counts. */
function renewTimers(node: NodeState, gapMs: number, nowMs: MonotonicMs): NodeState {
  const isPatient = node.stalls.inARow <= RENEWALS_MAX;
  const noticed: Record<string, MonotonicMs> = { ...node.noticed };
  for (const key of sortedKeys(noticed)) {
    const since = noticed[key];
    if (since === undefined || !isGrace(key)) continue;
    noticed[key] = isPatient ? nowMs : monotonicMs(since + gapMs);
  }
  const later = (since: MonotonicMs | undefined): MonotonicMs | undefined =>
    since === undefined ? undefined : monotonicMs(since + gapMs);
  const { bornAtMs, actingSinceMs } = node;
  return { ...node, noticed, bornAtMs: later(bornAtMs), actingSinceMs: later(actingSinceMs) };
}

/** What is not believed of a result, for the log. */
export function doubtOf(node: NodeState, result: OperationResult): readonly NodeEffect[] {
  const operation = Object.values(node.executor.operations).find(
    (each) => each.phase === 'running' && each.request.operationId === result.operationId,
  );
  if (operation === undefined || !isDoubtful(operation, result)) return [];
  const { operation: name, resource } = operation.request;
  const text = `${name} of ${resource} timed out across a stall of this node: it is run again`;
  return [log('warning', text)];
}

/** To all, at most once a minute; for a while it is seen in the status. */
export function tellStalls(before: NodeState, clocks: NodeClocks): Step {
  const node = { ...before, stalls: say(before.stalls, clocks.nowMs) };
  const { phase, members, self } = node.view;
  if (phase.kind !== 'open' || !members.some((member) => member.node === self)) return stay(node);
  const value = node.stalls.said;
  if (node.cluster.nodes[self]?.attributes[STALL_ATTRIBUTE] === value) return stay(node);
  const command = { kind: 'attribute', node: self, name: STALL_ATTRIBUTE, value } as const;
  return askOnce(node, 'ask stall', command, clocks);
}

function say(stalls: Stalls, nowMs: MonotonicMs): Stalls {
  const { untold, told } = stalls;
  const sinceMs = nowMs - (stalls.toldAtMs ?? -Infinity);
  if (untold !== undefined && sinceMs >= TELL_MS) {
    const said = `${told + 1} ${untold.times} ${untold.longestMs}`;
    return { ...stalls, untold: undefined, toldAtMs: nowMs, told: told + 1, said };
  }
  return sinceMs < SHOWN_MS ? stalls : { ...stalls, said: undefined };
}
