/**
 * Snapshots for replicas that do not hold the group's line. The donor cuts at a marker in the order
 * and sends the line in parts; the joiner keeps what is delivered after the marker and does it after
 * the snapshot. It counts for nothing until the snapshot is on its disk and a round has taken it in.
 */
import type { MonotonicMs, NodeName } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import { cutIntoParts, emptyReassembly, receivePart } from '../wire/parts.ts';
import { clockRefusal } from './clocks.ts';
import { replaceDisk } from './disk.ts';
import type { Opening } from './epoch.ts';
import { adoptEra } from './era.ts';
import type { Line } from './line.ts';
import { deliver, openLine } from './line.ts';
import type { Message } from './messages.ts';
import type { Outcome } from './outcome.ts';
import { abandonPending } from './pending.ts';
import type { LineText } from './records.ts';
import { decodeLine, encodeLine, lineCharsMax } from './records.ts';
import { newer } from './restore.ts';
import { send } from './send.ts';
import type { Draft, Incoming, LineInput } from './state.ts';
import { nextNumber, note, refuse, self } from './state.ts';
import { levelRefusal, mayRead, noteLevel } from './unable.ts';

/** Parts of a snapshot under way at one time: other messages come in between. */
const partsUnderWay = 4;
const requestMs = 1000;
const silentMsMax = 5000;
/** Messages kept for after the snapshot, and the UTF-16 code units of commands in them. */
const queuedMax = 100_000;
const queuedCharsMax = 1 << 26;

/** A view has opened whose line this replica does not hold. */
export function startJoining<S, C>(draft: Draft<S, C>, opening: Opening): void {
  abandonPending(draft);
  if (draft.unreadable !== undefined) return;
  note(
    draft,
    'joining',
    `this node gets the state of epoch ${opening.epoch.number} from the others`,
  );
  const incoming = draft.joining?.incoming;
  draft.joining = { requestAt: draft.nowMs, incoming };
  tickJoining(draft);
}

/** Openings are part of what comes after the cut, as long as the donor's line goes on. */
export function enqueueOpening<S, C>(draft: Draft<S, C>, opening: Opening, outcome: Outcome): void {
  const { joining } = draft;
  const incoming = joining?.incoming;
  if (joining === undefined || incoming === undefined) return;
  const goesOn = outcome.group.some((each) => each.node === incoming.donor);
  const queue: readonly LineInput[] = [...incoming.queue, { kind: 'opening', opening }];
  draft.joining = { ...joining, incoming: goesOn ? { ...incoming, queue } : undefined };
}

/** Asks for a snapshot, again and again until one comes. */
export function tickJoining<S, C>(draft: Draft<S, C>): void {
  const { joining, group } = draft;
  if (joining === undefined || group === undefined || draft.nowMs < joining.requestAt) return;
  const requestAt = monotonicMs(draft.nowMs + requestMs);
  const incoming = stillComing(joining.incoming, draft.nowMs);
  draft.joining = { requestAt, incoming };
  const refusal = levelRefusal(draft) ?? clockRefusal(draft);
  if (refusal !== undefined) return sayOnce(draft, refusal);
  if (incoming === undefined) send(draft, { kind: 'request', view: group.view });
}

/** In the place of the sentence on joining; seconds that change are no news. */
function sayOnce<S, C>(draft: Draft<S, C>, refusal: string): void {
  const known = draft.findings.find((each) => each.code === 'joining');
  if (known?.text.startsWith('this node does not join') === true) return;
  note(draft, 'joining', refusal);
}

function stillComing(incoming: Incoming | undefined, nowMs: MonotonicMs): Incoming | undefined {
  if (incoming === undefined || nowMs - incoming.heardAt > silentMsMax) return undefined;
  const isTooMuch = incoming.chars > queuedCharsMax || incoming.queue.length > queuedMax;
  return isTooMuch ? undefined : incoming;
}

/** The youngest member whose disk counts gives: the DC has enough to do. */
export function requestDelivered<S, C>(
  draft: Draft<S, C>,
  message: Extract<Message, { kind: 'request' }>,
): void {
  const { group } = draft;
  if (group === undefined || message.view !== group.view || !group.holds) return;
  const { members, rule, dc } = group.opening;
  const counted = members.filter((each) => rule.counted.includes(each.node));
  if ((counted.at(-1)?.node ?? dc) !== self(draft) || draft.donating !== undefined) return;
  const transfer = `t${draft.options.engine.self.number}-${nextNumber(draft)}`;
  draft.donating = { transfer, parts: undefined, underWay: 0 };
  send(draft, { kind: 'cut', view: group.view, transfer });
}

/** The marker: up to here it is in the snapshot, from here on joiners keep it. */
export function cutDelivered<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: Extract<Message, { kind: 'cut' }>,
): void {
  const { group, donating, joining } = draft;
  if (group === undefined || message.view !== group.view) return;
  const { transfer } = message;
  if (from === self(draft) && donating?.transfer === transfer) beginTransfer(draft, transfer);
  if (group.holds || joining === undefined) return;
  const incoming: Incoming = {
    donor: from,
    transfer,
    parts: emptyReassembly,
    queue: [],
    chars: 0,
    heardAt: draft.nowMs,
  };
  draft.joining = { ...joining, incoming };
}

function beginTransfer<S, C>(draft: Draft<S, C>, transfer: string): void {
  const { machine, line, newest, options } = draft;
  const text = encodeLine(machine, { line, newest, era: draft.era.wanted, transfer });
  const parts = cutIntoParts(text, options.engine.messageBytesMax, transfer);
  const first = parts.slice(0, partsUnderWay);
  for (const part of first) draft.outputs.push({ kind: 'send', text: part });
  draft.donating = { transfer, parts: parts.slice(partsUnderWay), underWay: first.length };
}

/** Is this text a snapshot or a part of one? They are nobody's business but the joiners'. */
export function isTransfer(text: string): boolean {
  return text.startsWith('part/1 t') || text.startsWith('holdfast/1 store.line ');
}

export function transferDelivered<S, C>(draft: Draft<S, C>, from: NodeName, text: string): void {
  if (from === self(draft)) sendNextPart(draft);
  const { joining } = draft;
  const incoming = joining?.incoming;
  if (joining === undefined || incoming === undefined || incoming.donor !== from) return;
  const isPart = text.startsWith('part/1 ');
  if (isPart && !text.startsWith(`part/1 ${incoming.transfer} `)) return;
  const limits = { charsMax: lineCharsMax, openMax: 1 };
  const received = receivePart(incoming.parts, text, limits);
  if (received.kind === 'waiting') {
    const heardAt = draft.nowMs;
    const next = { ...incoming, parts: received.reassembly, heardAt };
    draft.joining = { ...joining, incoming: next };
  } else if (received.kind === 'whole') {
    receiveLine(draft, incoming, received.text);
  } else {
    giveUp(draft, received.reason);
  }
}

/** The order itself paces the transfer: the next part goes when one has come back. */
function sendNextPart<S, C>(draft: Draft<S, C>): void {
  const { donating } = draft;
  if (donating?.parts === undefined) return;
  const [next, ...parts] = donating.parts;
  if (next !== undefined) draft.outputs.push({ kind: 'send', text: next });
  const underWay = donating.underWay - (next === undefined ? 1 : 0);
  draft.donating = underWay === 0 ? undefined : { ...donating, parts, underWay };
}

function receiveLine<S, C>(draft: Draft<S, C>, incoming: Incoming, text: string): void {
  const decoded = decodeLine(draft.machine, text, draft.options.featureLevel);
  if (decoded.kind === 'wrong') {
    noteLevel(draft, decoded.level ?? 0);
    giveUp(draft, decoded.reason);
  } else if (decoded.value.transfer === incoming.transfer) {
    install(draft, decoded.value, incoming.queue);
  }
}

function giveUp<S, C>(draft: Draft<S, C>, reason: string): void {
  refuse(draft, 'snapshot', { code: 'snapshot', text: `a snapshot could not be used: ${reason}` });
  if (draft.joining !== undefined) draft.joining = { ...draft.joining, incoming: undefined };
}

function install<S, C>(
  draft: Draft<S, C>,
  received: LineText<S, C>,
  queue: readonly LineInput[],
): void {
  let { line } = received;
  for (const input of queue) {
    line = redo(draft, line, input);
    if (mayRead(draft, line)) continue;
    giveUp(draft, 'this program does not know its feature level');
    return;
  }
  const { group } = draft;
  if (group !== undefined && line.view !== group.view) {
    giveUp(draft, 'it does not lead to the open view');
    return;
  }
  const old = draft.line;
  draft.line = line;
  draft.newest = newer(draft.newest, received.newest);
  adoptEra(draft, received.era);
  draft.standing = 'following';
  draft.joining = undefined;
  draft.engine = { ...draft.engine, left: [] };
  if (group !== undefined) draft.group = { ...group, holds: true };
  // A view that acts knows all that was ever committed: so does the disk, once it has this.
  if (group?.opening.acting === true) draft.incomplete = false;
  replaceDisk(draft, old);
}

function redo<S, C>(draft: Draft<S, C>, line: Line<S, C>, input: LineInput): Line<S, C> {
  if (input.kind === 'opening') return openLine(draft.machine, line, input.opening).line;
  const { from, message, digest } = input;
  return message.view === line.view
    ? deliver(draft.machine, line, from, message, digest).line
    : line;
}
