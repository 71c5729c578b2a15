/**
 * The addon as TypeScript sees it. It is built by native/build.sh and opened at first use, so that
 * whatever needs neither Corosync nor these system calls runs without it.
 */
import { createRequire } from 'node:module';

/** A process of a CPG group; `reason` is CPG's number (cpg_model_initialize(3)), 0 for members. */
export interface RawAddress {
  readonly number: number;
  readonly process: number;
  readonly reason: number;
}

/** What Corosync's callbacks said, in their order, one connection each. */
export type RawRecord =
  | {
      readonly kind: 'message';
      readonly number: number;
      readonly process: number;
      readonly text: string;
    }
  | {
      readonly kind: 'group';
      readonly members: readonly RawAddress[];
      readonly left: readonly RawAddress[];
      readonly joined: readonly RawAddress[];
    }
  | {
      readonly kind: 'ring';
      readonly sequence: number;
      readonly representative: number;
      readonly nodes: readonly number[];
    }
  | {
      readonly kind: 'quorum';
      readonly quorate: boolean;
      readonly sequence: number;
      readonly representative: number;
      readonly nodes: readonly number[];
    }
  /** The connection ended; `code` is a cs_error_t. Nothing follows. */
  | { readonly kind: 'lost'; readonly code: number };

export type RawListener = (records: readonly RawRecord[]) => void;

declare const connection: unique symbol;
/** An open connection to Corosync; opaque. */
export interface Connection {
  readonly [connection]: true;
}

/** The addon's functions. Those that fail throw an Error with a `code`: CS_<cs_error_t>, … */
export interface Native {
  /** Corosync's keys with this prefix (cmap_keys(7)). */
  cmapRead(prefix: string): Readonly<Record<string, string | number | undefined>>;
  /** What votequorum has in force for a node; `flags` as in votequorum_getinfo(3). */
  votequorumRead(node: number): {
    readonly flags: number;
    readonly quorum: number;
    readonly nodeVotes: number;
    readonly expectedVotes: number;
    readonly totalVotes: number;
    /** The quorum device: its votes, configured or not; its name, empty without one. */
    readonly deviceVotes: number;
    readonly deviceName: string;
  };
  /**
   * Joins a group. Main thread only. Code CS_6 means "try again", CS_14 that a process of this
   * node is in the group already; with `besideEnded` none that has ended counts.
   */
  cpgOpen(group: string, listener: RawListener, besideEnded: boolean): Connection;
  /** Multicasts without waiting; false when Corosync says "try again". */
  cpgSend(group: Connection, message: Uint8Array): boolean;
  /** The listener's first record is the present state. Main thread only. */
  quorumOpen(listener: RawListener): Connection;
  /**
   * Ends a connection, once; leaves the group. With `answers` false without a word to a Corosync
   * that may not answer: then Corosync tells the others of a death when this process ends.
   */
  close(either: Connection, answers: boolean): void;

  /** CLOCK_BOOTTIME in milliseconds: goes on in suspend, never steps. */
  bootTimeMs(): number;
  /** sd_notify(3); false when NOTIFY_SOCKET is not set. At most 1023 bytes. */
  notify(text: string): boolean;
  /**
   * Starts argv[0]; `environment` has texts `NAME=value`. `fd` is this end of a socket whose other
   * end is the program's descriptor 3; the outputs are /dev/null. The caller reaps the pid.
   */
  startProcess(
    argv: readonly string[],
    environment: readonly string[],
    input: Uint8Array,
  ): { readonly pid: number; readonly fd: number };
  /** True when the child has ended, and is forgotten by it (waitpid(2)). */
  reap(pid: number): boolean;
  /** Orphaned descendants become children of this process (prctl(2)). */
  becomeSubreaper(): void;
  /** Who is at the other end of a connected unix socket (SO_PEERCRED, unix(7)). */
  peerCredentials(fd: number): {
    readonly pid: number;
    readonly uid: number;
    readonly gid: number;
  };
  /** Takes the file until this process ends (flock(2)); false when another process has it. */
  lockFile(path: string): boolean;
  /**
   * Scheduling of the calling thread: 'round-robin' with priority 1 … 99, 'other' with a nice
   * value. What is started afterwards inherits neither the policy nor a nice value below zero
   * (SCHED_RESET_ON_FORK, sched(7)).
   */
  schedule(policy: 'other' | 'round-robin', priority: number): void;
  /**
   * Gives the threads that write to the disk the calling thread's real-time policy, if it has one,
   * which they do not inherit; answers how many there are.
   */
  schedulePool(): number;
  /**
   * The longest turn of the event loop since the call before, in milliseconds: for so long no event
   * was taken. The first call begins. One thread may ask.
   */
  longestTurnMs(): number;
  /** What malloc(3) keeps of freed memory goes back to the machine; some milliseconds. */
  returnFreeMemory(): undefined;
  /**
   * Tells the neighbours of an interface that this IPv4 address is here now (RFC 5227, "ARP
   * Announcement"); false where the interface is no Ethernet. Needs CAP_NET_RAW.
   */
  announceAddress(networkInterface: string, address: string): boolean;
}

/** Beside the source, beside the bundle in a package, and from dist/ in a checkout. */
const places = ['./build/holdfast.node', './holdfast.node', '../native/build/holdfast.node'];

let loaded: Native | undefined;

/** The addon, loaded once; throws with a sentence that says how to build it. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const require = createRequire(import.meta.url);
  for (const place of places) {
    try {
      return require(place) as Native;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new Error('The addon holdfast.node is not built: run native/build.sh (or ./dev setup)');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}
