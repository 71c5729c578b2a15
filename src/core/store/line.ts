/**
 * A line: the replicated state together with its place in the order. Members whose lines have the
 * same chain have equal states; everything here depends on the line and the delivered message alone.
 */
import type { RingId } from '../model/engine.ts';
import type { NodeName, WallMs } from '../model/ids.ts';
import { wallMs } from '../model/ids.ts';
import { canonicalJson } from '../wire/canonical.ts';
import { checksum } from '../wire/digest.ts';
import type { Opening } from './epoch.ts';
import { committedIndex, sameRing } from './epoch.ts';
import type { Message } from './messages.ts';
import type { ApplyContext, Machine, OpenedView } from './types.ts';

/** A durable command at its place in the log. */
export interface Entry {
  readonly epoch: number;
  readonly index: number;
  readonly sender: NodeName;
  readonly time: WallMs;
  readonly text: string;
}

/** An entry that is ordered and not committed. */
export interface Waiting<Command> {
  readonly entry: Entry;
  readonly command: Command;
}

export interface Line<State, Command> {
  readonly state: State;
  /** Of the last ordered durable command; `applied` of the last applied one. */
  readonly index: number;
  readonly applied: number;
  /** Entries `applied + 1` to `index`. */
  readonly waiting: readonly Waiting<Command>[];
  /** Replicated time: the DC's newest stamp. */
  readonly time: WallMs;
  /** The last opened view; undefined after a restart. */
  readonly opening: Opening | undefined;
  /** The last acting one: that of the present epoch. */
  readonly acting: Opening | undefined;
  /** Name of the open view: messages carry it. */
  readonly view: string;
  /** Up to which index each member has said to have the log on its disk. */
  readonly acks: Readonly<Record<string, number>>;
  /** Digest of everything that made this line what it is. */
  readonly chain: string;
  /** Digest of its durable commands and acting views alone. */
  readonly log: string;
  /** The last acting views: from which index on each epoch has its commands. Oldest first. */
  readonly epochs: readonly EpochStart[];
}

export interface EpochStart {
  readonly number: number;
  readonly ring: RingId;
  /** Index of the last command before the epoch. */
  readonly base: number;
}

const epochsKept = 256;

/** What a step of the line brought about, for whoever waits for it. */
export type LineEvent =
  /** The durable command at the end of the line was ordered: it belongs into the log. */
  | { readonly kind: 'ordered'; readonly entry: Entry }
  | { readonly kind: 'applied'; readonly index: number; readonly answer: unknown }
  /** The command that was just delivered: volatile and applied, or refused. */
  | { readonly kind: 'done'; readonly index: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Moved<State, Command> {
  readonly line: Line<State, Command>;
  readonly events: readonly LineEvent[];
}

export type InView = Extract<Message, { kind: 'command' | 'ack' | 'heartbeat' }>;

export function emptyLine<State, Command>(machine: Machine<State, Command>): Line<State, Command> {
  return {
    state: machine.empty,
    index: 0,
    applied: 0,
    waiting: [],
    time: wallMs(0),
    opening: undefined,
    acting: undefined,
    view: '',
    acks: {},
    chain: '',
    log: '',
    epochs: [],
  };
}

/** A message of the line's open view, at its point of the order. `digest` stands for its text. */
export function deliver<State, Command>(
  machine: Machine<State, Command>,
  before: Line<State, Command>,
  from: NodeName,
  message: InView,
  digest: string,
): Moved<State, Command> {
  const time = later(before.time, believable(before, from, message.wall));
  const line = { ...before, time, chain: linked(before.chain, `${from} ${digest}`) };
  if (message.kind === 'heartbeat') return { line, events: [] };
  if (message.kind === 'ack') return acknowledge(machine, line, from, message.index);
  const command = machine.decodeCommand(message.text);
  // The chain stays: a member that can read the command will be found to differ.
  if (command === undefined) return refused(before, 'the command cannot be read');
  // Nor can members with an older program: all of them refuse it alike.
  if (machine.levelOf(command) > machine.level(before.state)) {
    return refused(before, 'the command is of a newer feature level');
  }
  if (!message.durable) return applyVolatile(machine, line, from, command);
  if (before.opening?.acting !== true) return refused(line, 'the view may not act');
  return order(line, from, command, message.text);
}

/** What another member than the DC says of the time moves it by so much at most, per message. */
const foreignStampMsMax = 3000;

/** The DC's clock is the cluster's; the others pass on their reckoning of it. */
function believable<S, C>(before: Line<S, C>, from: NodeName, wall: WallMs): WallMs {
  if (from === before.opening?.dc) return wall;
  return wallMs(Math.min(wall, before.time + foreignStampMsMax));
}

function order<State, Command>(
  line: Line<State, Command>,
  sender: NodeName,
  command: Command,
  text: string,
): Moved<State, Command> {
  const index = line.index + 1;
  const entry: Entry = { epoch: epochOf(line), index, sender, time: line.time, text };
  const waiting = [...line.waiting, { entry, command }];
  const next = { ...line, index, waiting, log: logAfter(line.log, entry) };
  return { line: next, events: [{ kind: 'ordered', entry }] };
}

function applyVolatile<State, Command>(
  machine: Machine<State, Command>,
  line: Line<State, Command>,
  sender: NodeName,
  command: Command,
): Moved<State, Command> {
  const at = contextOf(line.opening, {
    epoch: epochOf(line),
    index: line.applied,
    sender,
    time: line.time,
  });
  const { state, answer } = machine.apply(line.state, command, at);
  return {
    line: { ...line, state },
    events: [{ kind: 'done', index: line.applied, answer: answer ?? null }],
  };
}

function acknowledge<State, Command>(
  machine: Machine<State, Command>,
  line: Line<State, Command>,
  from: NodeName,
  index: number,
): Moved<State, Command> {
  const known = line.acks[from] ?? 0;
  if (index <= known || line.opening?.acting !== true) return { line, events: [] };
  const acks = { ...line.acks, [from]: index };
  const committed = committedIndex(line.opening.rule, acks);
  return applyUpTo(machine, { ...line, acks }, Math.min(committed, line.index));
}

/** Applies waiting entries in their order. */
function applyUpTo<State, Command>(
  machine: Machine<State, Command>,
  line: Line<State, Command>,
  committed: number,
): Moved<State, Command> {
  const due = committed - line.applied;
  if (due <= 0) return { line, events: [] };
  const events: LineEvent[] = [];
  let { state } = line;
  for (const { entry, command } of line.waiting.slice(0, due)) {
    const applied = machine.apply(state, command, contextOf(line.acting, entry));
    ({ state } = applied);
    events.push({ kind: 'applied', index: entry.index, answer: applied.answer ?? null });
  }
  const waiting = line.waiting.slice(due);
  return { line: { ...line, state, waiting, applied: committed }, events };
}

/**
 * A view opens. What waited in an acting view is committed by the next acting one: its record
 * follows the entries on enough disks. A view that may not act commits nothing.
 */
export function openLine<State, Command>(
  machine: Machine<State, Command>,
  before: Line<State, Command>,
  opening: Opening,
): Moved<State, Command> {
  if (before.index !== opening.base) {
    throw new Error(`the view opens after ${opening.base}, the line ends at ${before.index}`);
  }
  const committed = opening.acting ? applyUpTo(machine, before, before.index) : undefined;
  const line = committed?.line ?? before;
  const chain = viewAfter(line.chain, opening);
  const view = { ...openedView(opening), mayHaveMissed: mayHaveMissed(before.acting, opening) };
  const opened = {
    ...line,
    state: machine.openView(line.state, view, openingContext(opening)),
    time: later(line.time, opening.time),
    opening,
    view: chain,
    acks: {},
    chain,
  };
  const events = committed?.events ?? [];
  return { line: opening.acting ? withEpoch(opened, opening) : opened, events };
}

/**
 * Where less than a majority can act, others may have acted while no daemon of this line ran: they
 * need not have been in touch with it, only with a machine of it, and that makes another ring.
 */
function mayHaveMissed(before: Opening | undefined, opening: Opening): boolean {
  if (before === undefined || !opening.acting || opening.rule.commit !== 'all') return false;
  const lives = new Set(before.members.map((each) => `${each.node} ${each.incarnation}`));
  const isFresh = opening.members.every((each) => !lives.has(`${each.node} ${each.incarnation}`));
  return isFresh && !sameRing(before.ring, opening.ring);
}

/** The line's chain after an opening: the name of the view that opens. */
export function viewAfter(chain: string, opening: Opening): string {
  return linked(chain, canonicalJson(opening));
}

function withEpoch<State, Command>(
  line: Line<State, Command>,
  opening: Opening,
): Line<State, Command> {
  const { number, ring } = opening.epoch;
  const start = { number, ring, base: opening.base };
  return {
    ...line,
    acting: opening,
    log: linked(line.log, canonicalJson(opening)),
    epochs: [...line.epochs, start].slice(-epochsKept),
  };
}

/** Again what `order` and commit did once, from the log on disk. */
export function replayEntry<State, Command>(
  machine: Machine<State, Command>,
  line: Line<State, Command>,
  entry: Entry,
): Line<State, Command> | undefined {
  const command = machine.decodeCommand(entry.text);
  if (command === undefined || entry.index !== line.index + 1) return undefined;
  const { state } = machine.apply(line.state, command, contextOf(line.acting, entry));
  const log = logAfter(line.log, entry);
  const { index } = entry;
  return { ...line, state, index, applied: index, time: later(line.time, entry.time), log };
}

/** After a restart: what belonged to the daemon's life is gone, equal logs give equal lines. */
export function restartLine<State, Command>(
  machine: Machine<State, Command>,
  line: Line<State, Command>,
): Line<State, Command> {
  const state = machine.restart(line.state);
  const chain = checksum(`restarted ${line.log} ${line.index}`);
  return { ...line, state, opening: undefined, view: '', acks: {}, chain };
}

export function epochOf<State, Command>(line: Line<State, Command>): number {
  return line.acting?.epoch.number ?? 0;
}

/**
 * Is this entry of another line's log in this line? Epochs have one number in two lines only where a
 * two-node cluster was divided; their rings differ. Commands of epochs that are long over are there.
 */
export function holdsEntry<State, Command>(
  line: Line<State, Command>,
  other: Line<State, Command>,
  entry: Pick<Entry, 'epoch' | 'index'>,
): boolean {
  const ring = other.epochs.find((each) => each.number === entry.epoch)?.ring;
  const at = line.epochs.findIndex(
    (each) => each.number === entry.epoch && (ring === undefined || sameRing(each.ring, ring)),
  );
  const first = line.epochs[0];
  if (at === -1) return first !== undefined && entry.epoch < first.number;
  const end = line.epochs[at + 1]?.base ?? line.index;
  return entry.index <= end;
}

export function openedView(opening: Opening): Omit<OpenedView, 'mayHaveMissed'> {
  const { ring, acting, quorate, members, joined, left, dc, apart } = opening;
  const view = { ring, epoch: opening.epoch.number, acting, quorate, members, joined, left, dc };
  return apart === undefined ? view : { ...view, apart };
}

function openingContext(opening: Opening): ApplyContext {
  const at = { epoch: opening.epoch.number, index: opening.base, sender: opening.dc };
  return contextOf(opening, { ...at, time: opening.time });
}

function contextOf(
  opening: Opening | undefined,
  at: Pick<ApplyContext, 'epoch' | 'index' | 'time' | 'sender'>,
): ApplyContext {
  return {
    epoch: at.epoch,
    index: at.index,
    time: at.time,
    sender: at.sender,
    dc: opening?.dc,
    quorate: opening?.quorate ?? false,
    members: opening?.members.map((member) => member.node) ?? [],
  };
}

function refused<State, Command>(
  line: Line<State, Command>,
  reason: string,
): Moved<State, Command> {
  return { line, events: [{ kind: 'refused', reason }] };
}

function logAfter(log: string, entry: Entry): string {
  return linked(log, `${entry.epoch} ${entry.index} ${entry.sender} ${entry.time} ${entry.text}`);
}

function linked(chain: string, next: string): string {
  return checksum(`${chain} ${next}`);
}

function later(left: WallMs, right: WallMs): WallMs {
  return left >= right ? left : right;
}
