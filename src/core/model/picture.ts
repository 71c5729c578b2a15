/**
 * What the scheduler decides from: configuration and status at one point of the order. The live
 * cluster makes it from its replicated state, interop reads it from a Pacemaker CIB.
 */
import type { Configuration } from './configuration.ts';
import type { NodeName, ResourceId, WallMs } from './ids.ts';
import type { AgentName, Parameters } from './operation.ts';
import type { Finding } from './plan.ts';
import type { AttributeBlock } from './rule.ts';

export interface Picture {
  readonly configuration: Configuration;
  readonly status: ClusterStatus;
  /** Findings of whoever made the picture (a reader's translations), shown with the plan. */
  readonly findings: readonly Finding[];
  /** Live only: where machines' disks have no room; absent: nowhere. */
  readonly diskRoom?: readonly DiskRoom[];
}

/** What speaks against a node for the disks of a top-level resource (docs/decisions/space.md). */
export interface DiskRoom {
  readonly resource: ResourceId;
  readonly node: NodeName;
  /** What its disks are on there will soon be full. */
  readonly short: boolean;
  /** Images that would be made there, if it came. */
  readonly images: readonly NewImage[];
}

export interface NewImage {
  /** A name of the file system on that node. */
  readonly pool: string;
  /** What the image may grow to. */
  readonly bytes: number;
  /** What the pool has beside what others may grow to; the same for all images on it. Below 0: less than that. */
  readonly left: number;
}

export interface ClusterStatus {
  readonly quorate: boolean;
  /** Node that decides; shut down and fenced last. */
  readonly dc?: NodeName;
  /** The time recorded with the picture (`execution-date`), used when no other is given. */
  readonly recordedAt?: WallMs;
  readonly nodes: readonly NodeStatus[];
  readonly tickets: readonly TicketStatus[];
}

/** One `node_state` (Pacemaker Explained, "Node Status"); absent values were absent in the input. */
export interface NodeStatus {
  /** The node's id in the CIB; the live cluster uses the name for both. */
  readonly id: string;
  readonly name: NodeName;
  /** Membership in the group: since when (seconds; 1 = yes, unknown when), 0 = not; absent = unknown. */
  readonly memberSince?: number;
  /** The manager's process group there: 0 offline, else since when; absent = unknown. */
  readonly processSince?: number;
  readonly join?: 'down' | 'pending' | 'member' | 'banned';
  readonly expected?: 'down' | 'pending' | 'member' | 'banned';
  /** Remote and guest nodes: whether they are known to have been fenced / are in maintenance. */
  readonly remoteFenced?: boolean;
  readonly remoteMaintenance?: boolean;
  /**
   * Live only: the daemon there is away for a moment (restart, stall within the grace). Nothing is
   * planned for what runs there, and it counts as running, as on a node in maintenance.
   */
  readonly held?: boolean;
  /** Transient node attributes: fail counts, promotion scores, standby, shutdown, #health … */
  readonly transient: readonly AttributeBlock[];
  /** Capacities that are gone with the node's membership; absent: none. */
  readonly transientUtilization?: readonly AttributeBlock[];
  readonly history: readonly ResourceHistory[];
  /** Live only: by the name in the history, what each resource was started with there. */
  readonly startedWith?: Readonly<Record<string, StartedWith>>;
}

/** The agent and parameters of a start; what stops it again needs the same. */
export interface StartedWith {
  readonly agent: AgentName;
  readonly parameters: Parameters;
}

/** What is known of one resource on one node (`lrm_resource`). */
export interface ResourceHistory {
  /** The name in the history: `web`, `web:0`. */
  readonly resource: ResourceId;
  readonly agent: AgentName;
  readonly container?: string;
  /** Shutdown lock: the node was cleanly shut down with the resource active at this time. */
  readonly shutdownLockAt?: WallMs;
  readonly operations: readonly OperationRecord[];
}

/** `lrm_rsc_op/@op-status`. */
export type OperationStatus =
  | 'pending'
  | 'done'
  | 'cancelled'
  | 'timeout'
  | 'not-supported'
  | 'error'
  | 'error-hard'
  | 'error-fatal'
  | 'not-installed'
  | 'not-connected'
  | 'invalid'
  | 'no-fence-device'
  | 'no-secrets'
  | 'unknown';

/** The last run of one operation (`lrm_rsc_op`). */
export interface OperationRecord {
  readonly id: string;
  readonly operation: string;
  readonly intervalMs: number;
  readonly callId: number;
  readonly status: OperationStatus;
  readonly exitCode: number;
  /** What the transition that ordered it expected; absent: not ordered by a transition. */
  readonly expectedExitCode?: number;
  /** The whole `transition-key`, `action:transition:expected:uuid`. */
  readonly transitionKey?: string;
  readonly lastChangeAt?: WallMs;
  readonly lastRunAt?: WallMs;
  readonly durationMs?: number;
  readonly exitReason?: string;
  readonly digest?: string;
  readonly restartDigest?: string;
  readonly forceRestart?: readonly string[];
  readonly secureDigest?: string;
  readonly secureParameters?: readonly string[];
  readonly migrateSource?: NodeName;
  readonly migrateTarget?: NodeName;
  readonly onNode?: NodeName;
  readonly featureSet?: string;
  readonly debugOrigin?: string;
  /**
   * Live only, with status `pending`: it runs at this moment, its end will be told, and a plan that
   * wants the same goes on with it. (A CIB's pending entry may be of a run that nobody hears of.)
   */
  readonly underWay?: boolean;
}

export interface TicketStatus {
  readonly id: string;
  readonly granted: boolean;
  readonly standby: boolean;
  readonly lastGrantedAt?: WallMs;
  readonly attributes: Readonly<Record<string, string>>;
}
