/**
 * The replicated store: what it takes, what it asks of the world, what it promises.
 *
 * A command is *ordered* when the engine delivers it, and *committed* when enough nodes have it on
 * disk. Durable commands are applied when committed, volatile ones when ordered; both at the same
 * point of the order on every member, so that equal positions mean equal states.
 */
import type { EngineConfiguration, EngineEvent, LeaveReason, RingId } from '../model/engine.ts';
import type { Incarnation, MonotonicMs, NodeName, WallMs } from '../model/ids.ts';

/** What is replicated. All functions are pure; `apply` must give the same result everywhere. */
export interface Machine<State, Command> {
  readonly empty: State;
  /**
   * Carries out one command. A command that makes no sense any more changes nothing but its answer.
   * Durable parts must not depend on what `restart` drops, or each cold start needs a snapshot.
   */
  apply(state: State, command: Command, at: ApplyContext): Applied<State>;
  /** A view opens: who is in it, who is gone and how, who is new. */
  openView(state: State, view: OpenedView, at: ApplyContext): State;
  /** After a restart from disk: keep what is durable, drop what belonged to a daemon's life. */
  restart(state: State): State;
  /** Texts are canonical: equal states give equal texts. `decode` answers undefined for garbage. */
  encode(state: State): string;
  decode(text: string): State | undefined;
  encodeCommand(command: Command): string;
  decodeCommand(text: string): Command | undefined;
  /** The feature level in force: what the state's text and the commands to it may hold. */
  level(state: State): number;
  /** The lowest feature level at which all members can read this command. */
  levelOf(command: Command): number;
  /** Cheap digest of the state: equal for equal states. */
  digest(state: State): string;
}

export interface Applied<State> {
  readonly state: State;
  /** What the submitter is told, JSON-able; same on each node. */
  readonly answer?: unknown;
}

export interface ApplyContext {
  readonly epoch: number;
  readonly index: number;
  /**
   * Replicated time. It never goes back from one volatile command or view to the next; a durable
   * command carries the time of its ordering, which may be a commit's delay older.
   */
  readonly time: WallMs;
  readonly sender: NodeName;
  readonly dc: NodeName | undefined;
  readonly quorate: boolean;
  readonly members: readonly NodeName[];
}

export interface ViewMember {
  readonly node: NodeName;
  readonly incarnation: Incarnation;
  /** Kernel boot: two incarnations of one boot share what runs on the machine. */
  readonly boot: string;
  readonly featureLevel: number;
}

/** A node that began an epoch without anybody of the line: nothing of what it did then is in the line. */
export interface Apart {
  readonly node: NodeName;
  readonly ballot: number;
  readonly number: number;
}

export interface OpenedView {
  readonly ring: RingId;
  readonly epoch: number;
  /** May it decide and commit? See "who may act" in docs/decisions/store.md. */
  readonly acting: boolean;
  readonly quorate: boolean;
  /** Members whose state is this state. */
  readonly members: readonly ViewMember[];
  /** Members that have just got their snapshot (fresh incarnations: nothing is known of them). */
  readonly joined: readonly ViewMember[];
  readonly left: readonly { readonly node: NodeName; readonly reason: LeaveReason }[];
  readonly dc: NodeName;
  /** Others may have acted since this state was: what it says of who is off need not be true. */
  readonly mayHaveMissed: boolean;
  /** Who may have acted beside this line, where two halves both may; absent: nobody. */
  readonly apart?: readonly Apart[];
}

/** What the store says of the cluster at this moment; not replicated itself. */
export interface StoreView {
  readonly phase:
    | { readonly kind: 'starting' }
    /** Views exchanged, waiting for announcements, quorum with the same ring, or a snapshot. */
    | {
        readonly kind: 'gathering';
        readonly waitsFor: readonly NodeName[];
        /** Why this node does not ask for the snapshot. */
        readonly reason?: string;
      }
    /** Open: commands are ordered. `acting` says whether decisions may start anything. */
    | { readonly kind: 'open'; readonly acting: boolean }
    /** Quorate, but the newest state may be elsewhere: says whom it waits for. */
    | { readonly kind: 'frozen'; readonly reason: string; readonly waitsFor: readonly NodeName[] }
    /** What is on the disk is of no use to this program: the node takes no part. */
    | { readonly kind: 'unreadable'; readonly reason: string }
    /** The view is open and the disk refuses: the node neither acknowledges nor leads. */
    | { readonly kind: 'disk-failed'; readonly reason: string }
    /** The engine is gone: this node is alone, without quorum. */
    | { readonly kind: 'alone'; readonly reason: string };
  readonly ring: RingId | undefined;
  readonly epoch: number;
  readonly quorate: boolean;
  readonly members: readonly ViewMember[];
  readonly dc: NodeName | undefined;
  readonly self: NodeName;
  /** Members not heard of for three heartbeats by this node's monotonic clock. */
  readonly silent: readonly NodeName[];
  /** Members that are joining: they have no snapshot yet. */
  readonly joining: readonly NodeName[];
  readonly findings: readonly string[];
  /** Messages that were refused, by reason, since the daemon's start. */
  readonly refused: Readonly<Record<string, number>>;
}

export type StoreInput<Command> =
  | { readonly kind: 'engine'; readonly event: EngineEvent }
  | {
      readonly kind: 'submit';
      readonly command: Command;
      readonly durable: boolean;
      /** If given, an `answer` output with this tag follows, always exactly one. */
      readonly tag?: string;
    }
  | { readonly kind: 'disk-done'; readonly ticket: number }
  | { readonly kind: 'disk-failed'; readonly ticket: number; readonly reason: string }
  /** Comes at least every 500 ms. */
  | { readonly kind: 'tick' }
  /** An operator's word that a frozen view may act although newer changes may be lost. */
  | { readonly kind: 'override-freeze'; readonly tag: string };

/** Each input comes with the node's clocks. */
export interface Clocks {
  readonly nowMs: MonotonicMs;
  readonly wallMs: WallMs;
}

export type StoreOutput =
  | { readonly kind: 'send'; readonly text: string }
  /** Append records to the log and make them durable; then `disk-done` with the ticket. */
  | { readonly kind: 'append'; readonly records: readonly string[]; readonly ticket: number }
  /** Replace log and snapshot by this snapshot (crash-safe); `keepAside` are rolled-back records. */
  | {
      readonly kind: 'write-snapshot';
      readonly text: string;
      readonly keepAside: readonly string[];
      readonly ticket: number;
    }
  | {
      readonly kind: 'answer';
      readonly tag: string;
      readonly result:
        | { readonly kind: 'applied'; readonly answer: unknown; readonly index: number }
        /** Certainly not done: no quorum, frozen, queue full, rolled back. */
        | { readonly kind: 'refused'; readonly reason: string }
        /** The view changed before the end: it may or may not have been done. */
        | { readonly kind: 'unknown'; readonly reason: string };
    };

export interface StoreOptions {
  readonly engine: EngineConfiguration;
  readonly incarnation: Incarnation;
  readonly boot: string;
  readonly featureLevel: number;
  readonly heartbeatMs: number;
  readonly pendingCommandsMax: number;
  /** Records in the log after which a snapshot is cut. */
  readonly logRecordsMax: number;
}

/** What was found on disk at start. */
export interface RestoredStore {
  readonly snapshot: string | undefined;
  readonly records: readonly string[];
  readonly findings: readonly string[];
  /** Records whose append was acknowledged may be missing. */
  readonly damaged?: boolean;
}
