/** What one replica knows. Parts of it are replaced, never changed; one step works on a draft. */
import type { GroupMember, RingId } from '../model/engine.ts';
import type { MonotonicMs, NodeName, WallMs } from '../model/ids.ts';
import { monotonicMs, wallMs } from '../model/ids.ts';
import type { FrameProblem } from '../wire/frame.ts';
import type { Reassembly } from '../wire/parts.ts';
import type { Epoch, Left, Opening } from './epoch.ts';
import type { InView, Line } from './line.ts';
import type { Announcement, DecodedMessage, Standing } from './messages.ts';
import type { Outcome } from './outcome.ts';
import type { Machine, StoreOptions, StoreOutput, StoreView } from './types.ts';

export interface Replica<State, Command> {
  readonly machine: Machine<State, Command>;
  /** How messages are read: where many nodes live in one process, each text once for all. */
  readonly decode: (text: string) => DecodedMessage;
  readonly options: StoreOptions;
  /** The machine's state in this replica's line. */
  readonly state: State;
  readonly view: StoreView;
  readonly line: Line<State, Command>;
  readonly standing: Standing;
  readonly incomplete: boolean;
  /** Newest epoch known, opened or attempted: what is older than it is not taken part in. */
  readonly newest: Epoch;
  /** The newest epoch of others that acted without this replica. */
  readonly overtakenBy: Epoch;
  readonly era: EraSide;
  /** Why the disk's content cannot be used. */
  readonly unreadable: string | undefined;
  readonly engine: EngineSide;
  readonly gathering: Gathering | undefined;
  readonly group: OpenGroup | undefined;
  readonly alone: string | undefined;
  readonly hearing: Hearing;
  readonly pending: PendingCommands;
  readonly disk: Disk;
  readonly joining: Joining | undefined;
  readonly donating: Donating | undefined;
  readonly overrides: readonly Override[];
  /** Unfinished parts by sender. */
  readonly parts: Readonly<Record<string, Reassembly>>;
  /** Numbers given to commands, tickets, texts in parts and transfers. */
  readonly numbers: number;
  /** The DC's last word on the time, and when this node heard it. */
  readonly stamp: { readonly time: WallMs; readonly atMs: MonotonicMs };
  readonly findings: readonly Finding[];
  /** How much that came from the engine was not taken, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** By kind and sender, the highest number since the view opened: what is not above it is a replay. */
  readonly newestNumbers: Readonly<Record<string, number>>;
}

/** The era that this replica takes part in (era.ts). */
export interface EraSide {
  /** On the disk in this life; undefined at its beginning, when nothing may be announced. */
  readonly durable: number | undefined;
  /** On its way to the disk, if it is another. */
  readonly wanted: number;
}

/** What the engine said last. */
export interface EngineSide {
  readonly ring: RingId | undefined;
  readonly members: readonly GroupMember[];
  /** Name of the engine's view. */
  readonly view: string;
  /** The newest words on quorum, the last one last: one may come before the view of its ring. */
  readonly words: readonly { readonly ring: RingId; readonly quorate: boolean }[];
  /** Was in the line's acting view, and quorate in each ring since. */
  readonly unbroken: boolean;
  /** Rings since then that ended before the word on quorum came. */
  readonly unproven: readonly RingId[];
  /** Who left since the line's last open view. */
  readonly left: readonly Left[];
}

/** An engine's view on its way to an open view of the store. */
export interface Gathering {
  readonly round: number;
  readonly override: boolean;
  readonly announced: Readonly<Record<string, Announcement>>;
  readonly outcome: Outcome | undefined;
  /** The opening whose record this replica has given to its disk. */
  readonly attempt: Opening | undefined;
  /** Members that have its record on their disks. */
  readonly persisted: readonly NodeName[];
  /** The word on quorum that this replica's `ready` carried. */
  readonly said: boolean | undefined;
}

/** The view of the store that is open in the group, whether or not this replica holds its line. */
export interface OpenGroup {
  readonly round: number;
  readonly opening: Opening;
  /** The line's name of the view. */
  readonly view: string;
  /** The feature level in force in the line. */
  readonly level: number;
  /** This replica holds the line. */
  readonly holds: boolean;
  readonly verdict: Outcome['verdict'];
  /** What this replica had announced as its own. */
  readonly era: number;
}

export interface Hearing {
  readonly heardAt: Readonly<Record<string, MonotonicMs>>;
  /** Members that are not waited for: most of the others have not heard of them. */
  readonly mute: readonly NodeName[];
  readonly accusers: Readonly<Record<string, readonly NodeName[]>>;
  /** Those this replica has accused. */
  readonly accused: readonly NodeName[];
  readonly stepAt: MonotonicMs | undefined;
  /** This node stalled: until its own heartbeat comes round it does not know what it has missed. */
  readonly awaited: number | undefined;
  readonly heartbeatAt: MonotonicMs;
  /** By node, the last differences of this node's wall clock to its (clocks.ts). */
  readonly clocks: Readonly<Record<string, readonly number[]>>;
  /** The state at the DC's last marked heartbeat, and what is still to be told of it. */
  readonly noted: StateCheck | undefined;
  readonly check: StateCheck | undefined;
  /** The DC marks some of its heartbeats. */
  readonly markAt: MonotonicMs;
}

/** A state at a place of the line. */
export interface StateCheck {
  readonly mark: string;
  readonly state: string;
}

export interface Pending {
  readonly number: number;
  readonly text: string;
  readonly durable: boolean;
  readonly tag: string | undefined;
  readonly sinceMs: MonotonicMs;
  /** Its place in the log, once it has one. */
  readonly index: number;
}

/** Commands of this node that are not done, each list in order. */
export interface PendingCommands {
  readonly queued: readonly Pending[];
  readonly sent: readonly Pending[];
  readonly ordered: readonly Pending[];
}

/** Records that the log holds since the last snapshot, the newest first. */
export interface LogChain {
  readonly record: string;
  readonly count: number;
  readonly before: LogChain | undefined;
}

export interface DiskItem {
  readonly record: string;
  /** Of an entry. */
  readonly index?: number;
  /** Of an epoch's record: what was the newest one before it. */
  readonly attempt?: { readonly epoch: Epoch; readonly before: Epoch };
}

export type DiskJob =
  | { readonly kind: 'append'; readonly items: readonly DiskItem[] }
  | { readonly kind: 'snapshot'; readonly index: number; readonly era: number };

export interface Disk {
  /** One job at a time: what comes meanwhile is written together afterwards. */
  readonly job: (DiskJob & { readonly ticket: number; readonly sinceMs: MonotonicMs }) | undefined;
  readonly queue: readonly DiskItem[];
  readonly log: LogChain | undefined;
  /** Entries of the present line up to this index are on the disk. */
  readonly index: number;
  /** Highest index that this replica has acknowledged in the open view. */
  readonly acked: number;
  readonly failed: { readonly reason: string; readonly retryAt: MonotonicMs } | undefined;
  /** Rolled-back records for the next snapshot. */
  readonly aside: readonly string[];
}

/** A replica without the group's line gets it. */
export interface Joining {
  readonly requestAt: MonotonicMs;
  readonly incoming: Incoming | undefined;
}

export interface Incoming {
  readonly donor: NodeName;
  readonly transfer: string;
  readonly parts: Reassembly;
  /** What was delivered after the cut, to be done after the snapshot. */
  readonly queue: readonly LineInput[];
  readonly chars: number;
  readonly heardAt: MonotonicMs;
}

export type LineInput =
  | {
      readonly kind: 'message';
      readonly from: NodeName;
      readonly message: InView;
      readonly digest: string;
    }
  | { readonly kind: 'opening'; readonly opening: Opening };

/** A replica sends its line to joiners. */
export interface Donating {
  readonly transfer: string;
  /** The parts still to be sent; undefined before the cut. */
  readonly parts: readonly string[] | undefined;
  /** Parts that are sent and not delivered. */
  readonly underWay: number;
}

export interface Override {
  readonly tag: string;
  readonly view: string;
}

export interface Finding {
  readonly code: string;
  readonly text: string;
  readonly times: number;
}

/** A replica being changed by one step, with the step's clocks and what it asks of the world. */
export type Draft<State, Command> = {
  -readonly [K in keyof Replica<State, Command>]: Replica<State, Command>[K];
} & {
  readonly outputs: StoreOutput[];
  readonly nowMs: MonotonicMs;
  readonly wallMs: WallMs;
};

const findingsMax = 64;

/** Findings with one code are counted; the oldest make room. */
export function note<S, C>(draft: Draft<S, C>, code: string, text: string): void {
  const known = draft.findings.find((each) => each.code === code);
  const others = draft.findings.filter((each) => each.code !== code);
  const next = { code, text, times: (known?.times ?? 0) + 1 };
  draft.findings = [...others, next].slice(-findingsMax);
}

/** Something from the engine is not taken: a finding names its sender, a figure counts the reason. */
export function refuse<S, C>(
  draft: Draft<S, C>,
  reason: Refusal,
  { code, text }: Pick<Finding, 'code' | 'text'>,
): void {
  draft.refused = { ...draft.refused, [reason]: (draft.refused[reason] ?? 0) + 1 };
  note(draft, code, text);
}

/** `stranger`: of no member; `command`: it cannot be read; the others are about the message itself. */
export type Refusal =
  | FrameProblem
  | 'shape'
  | 'parts'
  | 'stranger'
  | 'replayed'
  | 'command'
  | 'snapshot';

export function nextNumber<S, C>(draft: Draft<S, C>): number {
  draft.numbers += 1;
  return draft.numbers;
}

export function self<S, C>(draft: Draft<S, C>): NodeName {
  return draft.options.engine.self.node;
}

/** Is there an open view whose line this replica holds, with itself as a member? */
export function isMember<S, C>(draft: Draft<S, C>): boolean {
  const { group } = draft;
  if (group === undefined || !group.holds) return false;
  return group.opening.members.some((each) => each.node === self(draft));
}

export const longAgo: MonotonicMs = monotonicMs(-1e15);

/**
 * The time that goes with a message: the DC's own clock, or this node's reckoning from the DC's last
 * word, so that results of any node are told at the time at which they came. Never from what other
 * nodes reckoned: the fastest clock would drive all.
 */
export function stampOf<S, C>(draft: Draft<S, C>): WallMs {
  const { line, alone, stamp } = draft;
  if (alone !== undefined || line.opening?.dc === self(draft)) return draft.wallMs;
  return wallMs(Math.floor(stamp.time + Math.max(0, draft.nowMs - stamp.atMs)));
}
