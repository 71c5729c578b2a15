/**
 * One replica of the store: `step(replica, input, clocks) → { replica, outputs }`. The protocol is
 * described in docs/decisions/store.md; its parts are in the files beside this one:
 * line.ts (what is replicated), outcome.ts (whose line goes on), verdict.ts (who may act), era.ts
 * (promises), gather.ts and opening.ts (views), joining.ts (snapshots), disk.ts, pending.ts
 * (answers), silence.ts (heartbeats), restore.ts.
 */
import type { EngineEvent } from '../model/engine.ts';
import type { NodeName } from '../model/ids.ts';
import { assertNever, monotonicMs } from '../model/ids.ts';
import { emptyReassembly, receivePart } from '../wire/parts.ts';
import { compareClocks } from './clocks.ts';
import { diskDone, diskFailed, tickDisk } from './disk.ts';
import {
  announceDelivered,
  engineQuorum,
  engineView,
  gatherDelivered,
  nowOnDisk,
  readyDelivered,
} from './gather.ts';
import { heard, heartbeatDelivered, noticeStall, silentNodes } from './hearing.ts';
import { inViewDelivered } from './inview.ts';
import {
  cutDelivered,
  isTransfer,
  requestDelivered,
  tickJoining,
  transferDelivered,
} from './joining.ts';
import type { Message } from './messages.ts';
import { decodeMessage, messageCharsMax } from './messages.ts';
import { openAlone } from './opening.ts';
import { overrideFreeze } from './override.ts';
import { pendingAlone, submit, tickPending } from './pending.ts';
import { encodeEra, incompleteRecord } from './records.ts';
import { restoreLine } from './restore.ts';
import { accuseDelivered, tickHeartbeat, tickSilence } from './silence.ts';
import type { Draft, Replica } from './state.ts';
import { longAgo, refuse } from './state.ts';
import { isReplayed } from './replays.ts';
import type {
  Clocks,
  Machine,
  RestoredStore,
  StoreInput,
  StoreOptions,
  StoreOutput,
  StoreView,
} from './types.ts';
import { viewOf } from './view.ts';

export type { Replica } from './state.ts';

const noEngine: Replica<unknown, unknown>['engine'] = {
  ring: undefined,
  members: [],
  view: '',
  words: [],
  unbroken: false,
  unproven: [],
  left: [],
};

const nobodyHeard: Replica<unknown, unknown>['hearing'] = {
  heardAt: {},
  mute: [],
  accusers: {},
  accused: [],
  stepAt: undefined,
  awaited: undefined,
  heartbeatAt: longAgo,
  clocks: {},
  markAt: longAgo,
  noted: undefined,
  check: undefined,
};

/** A replica as its daemon starts, from what was found on disk. Never throws for damaged texts. */
export function createReplica<State, Command>(
  machine: Machine<State, Command>,
  options: StoreOptions,
  restored: RestoredStore,
): Replica<State, Command> {
  const { line, newest, overtakenBy, era, unreadable, incomplete } = restoreLine(
    machine,
    restored,
    options.featureLevel,
  );
  const ownEra = era === undefined ? 0 : era + 1;
  const findings = restored.findings.map((text) => ({ code: text, text, times: 1 }));
  const replica: Replica<State, Command> = {
    machine,
    decode: decodeMessage,
    options,
    state: line.state,
    view: undefined as unknown as StoreView,
    line,
    standing: unreadable === undefined ? 'synced' : 'unreadable',
    incomplete,
    newest,
    overtakenBy,
    era: { durable: undefined, wanted: ownEra },
    unreadable,
    engine: noEngine,
    gathering: undefined,
    group: undefined,
    alone: undefined,
    hearing: nobodyHeard,
    pending: { queued: [], sent: [], ordered: [] },
    disk: {
      job: undefined,
      queue: [...(restored.damaged === true ? [incompleteRecord] : []), encodeEra(ownEra)].map(
        (record) => ({ record }),
      ),
      log: restoredLog(restored.records),
      index: line.index,
      acked: line.index,
      failed: undefined,
      aside: [],
    },
    joining: undefined,
    donating: undefined,
    overrides: [],
    parts: {},
    numbers: 0,
    stamp: { time: line.time, atMs: monotonicMs(0) },
    findings: unreadable === undefined ? findings : [...findings, unreadableFinding(unreadable)],
    refused: {},
    newestNumbers: {},
  };
  const clocks = { nowMs: monotonicMs(0), wallMs: line.time };
  return { ...replica, view: viewOf(draftOf(replica, clocks)) };
}

/** Same replica, input and clocks → same result; the given replica is not changed. */
export function step<State, Command>(
  replica: Replica<State, Command>,
  input: StoreInput<Command>,
  clocks: Clocks,
): { readonly replica: Replica<State, Command>; readonly outputs: readonly StoreOutput[] } {
  const draft = draftOf(replica, clocks);
  noticeStall(draft);
  take(draft, input);
  const view = isSameView(replica, draft) ? replica.view : viewOf(draft);
  // The step's own fields stay, emptied: to leave them out, each of the others is copied by itself.
  const next = { ...draft, outputs: none, state: draft.line.state, view };
  return { replica: next, outputs: draft.outputs };
}

const none: readonly StoreOutput[] = [];

function draftOf<State, Command>(
  replica: Replica<State, Command>,
  clocks: Clocks,
): Draft<State, Command> {
  return { ...replica, outputs: [], nowMs: clocks.nowMs, wallMs: clocks.wallMs };
}

function take<S, C>(draft: Draft<S, C>, input: StoreInput<C>): void {
  switch (input.kind) {
    case 'engine':
      return takeEngineEvent(draft, input.event);
    case 'submit':
      return submit(draft, input);
    case 'disk-done':
      return nowOnDisk(draft, diskDone(draft, input.ticket));
    case 'disk-failed':
      return diskFailed(draft, input.ticket, input.reason);
    case 'tick':
      return tick(draft);
    case 'override-freeze':
      return overrideFreeze(draft, input.tag);
    default:
      return assertNever(input);
  }
}

function takeEngineEvent<S, C>(draft: Draft<S, C>, event: EngineEvent): void {
  // A daemon that has lost its engine ends; the engine's return finds another incarnation.
  if (draft.alone !== undefined) return;
  switch (event.kind) {
    case 'engine-view':
      return engineView(draft, event);
    case 'engine-quorum':
      return engineQuorum(draft, event);
    case 'engine-message':
      return takeText(draft, event.sender.node, event.text);
    case 'engine-lost':
      return engineLost(draft, event.reason);
    default:
      return assertNever(event);
  }
}

function takeText<S, C>(draft: Draft<S, C>, from: NodeName, text: string): void {
  if (!draft.engine.members.some((member) => member.node === from)) {
    const reason = `a message of ${from}, which is no member, was refused`;
    refuse(draft, 'stranger', { code: `stranger ${from}`, text: reason });
    return;
  }
  if (isTransfer(text)) {
    heard(draft, from);
    transferDelivered(draft, from, text);
    return;
  }
  const limits = { charsMax: messageCharsMax, openMax: 8 };
  const before = draft.parts[from] ?? emptyReassembly;
  const received = receivePart(before, text, limits);
  const { reassembly } = received;
  if (reassembly !== before) draft.parts = { ...draft.parts, [from]: reassembly };
  if (received.kind === 'waiting' || received.kind === 'late') return;
  if (received.kind === 'wrong') {
    const reason = `parts of a message of ${from} were refused: ${received.reason}`;
    refuse(draft, 'parts', { code: `parts ${from}`, text: reason });
  } else takeWhole(draft, from, received.text);
}

function takeWhole<S, C>(draft: Draft<S, C>, from: NodeName, text: string): void {
  const decoded = draft.decode(text);
  if (decoded.kind === 'wrong') {
    const { problem, reason } = decoded;
    const words = `a message of ${from} was refused: ${problem}: ${reason}`;
    refuse(draft, problem, { code: `message ${from} ${problem}`, text: words });
    return;
  }
  if (isReplayed(draft, from, decoded.message)) {
    const words = `a message of ${from} was refused: it was delivered before`;
    refuse(draft, 'replayed', { code: `replayed ${from}`, text: words });
    return;
  }
  heard(draft, from);
  compareClocks(draft, from, decoded.message);
  takeMessage(draft, from, decoded.message, decoded.digest);
}

function takeMessage<S, C>(
  draft: Draft<S, C>,
  from: NodeName,
  message: Message,
  digest: string,
): void {
  switch (message.kind) {
    case 'announce':
      return announceDelivered(draft, from, message);
    case 'ready':
      return readyDelivered(draft, from, message);
    case 'gather':
      return gatherDelivered(draft, message);
    case 'accuse':
      return accuseDelivered(draft, from, message);
    case 'request':
      return requestDelivered(draft, message);
    case 'cut':
      return cutDelivered(draft, from, message);
    case 'heartbeat':
      heartbeatDelivered(draft, from, message.number);
      return inViewDelivered(draft, from, message, digest);
    case 'command':
    case 'ack':
      return inViewDelivered(draft, from, message, digest);
    default:
      return assertNever(message);
  }
}

function engineLost<S, C>(draft: Draft<S, C>, reason: string): void {
  openAlone(draft);
  draft.alone = reason;
  draft.group = undefined;
  draft.gathering = undefined;
  draft.joining = undefined;
  draft.donating = undefined;
  draft.engine = { ...draft.engine, members: [], unbroken: false };
  pendingAlone(draft, reason);
}

function tick<S, C>(draft: Draft<S, C>): void {
  tickDisk(draft);
  tickPending(draft);
  if (draft.alone !== undefined) return;
  tickHeartbeat(draft);
  tickSilence(draft);
  tickJoining(draft);
}

/** Views are compared by identity: most steps leave what they show as it was. */
function isSameView<S, C>(before: Replica<S, C>, after: Draft<S, C>): boolean {
  const { silent } = before.view;
  const now = silentNodes(after);
  return (
    before.engine === after.engine &&
    before.gathering === after.gathering &&
    before.group === after.group &&
    before.alone === after.alone &&
    before.disk.failed === after.disk.failed &&
    before.hearing.mute === after.hearing.mute &&
    before.hearing.awaited === after.hearing.awaited &&
    before.findings === after.findings &&
    before.line.opening === after.line.opening &&
    silent.length === now.length &&
    silent.every((node, at) => node === now[at])
  );
}

function restoredLog(records: readonly string[]): Replica<unknown, unknown>['disk']['log'] {
  let log: Replica<unknown, unknown>['disk']['log'];
  for (const record of records) log = { record, count: (log?.count ?? 0) + 1, before: log };
  return log;
}

function unreadableFinding(reason: string): { code: string; text: string; times: number } {
  return { code: 'unreadable', text: `the data on this disk cannot be used: ${reason}`, times: 1 };
}
