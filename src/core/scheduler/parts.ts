/** Hosts and units: what a decision is about. See world.ts. */
import type { Clone, OperationConfiguration } from '../model/configuration.ts';
import type { AgentName } from '../model/operation.ts';
import type { DiskRoom, NodeStatus, OperationRecord, ResourceHistory } from '../model/picture.ts';
import type { AttributeBlock } from '../model/rule.ts';
import type { Values } from './values/blocks.ts';
/** Roles as numbers, so that they compare: stopped < started < unpromoted < promoted. */
export const ROLE = { stopped: 1, started: 2, unpromoted: 3, promoted: 4 } as const;
export type RoleLevel = (typeof ROLE)[keyof typeof ROLE];

export interface Host {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly kind: 'member' | 'remote' | 'guest';
  /** Permanent and transient attributes; transient ones win. */
  readonly attributes: Values;
  readonly capacity: Map<string, number>;
  /** The resource that is the connection to a remote or guest node. */
  connection: Unit | undefined;
  /** The resource that is the guest's machine or container. */
  container: Unit | undefined;
  state: NodeStatus | undefined;
  seen: boolean;
  online: boolean;
  pending: boolean;
  unclean: boolean;
  standby: boolean;
  standbyByFailure: boolean;
  maintenance: boolean;
  shutdown: boolean;
  held: boolean;
  expectedUp: boolean;
  isDc: boolean;
  probesDisabled: boolean;
  /** A remote node whose connection failed: nothing on it may be believed until it is reset. */
  resetNeeded: boolean;
  remoteFenced: boolean;
  health: number;
  /** Why it must be fenced; undefined: it needs not. */
  fenceReason: string | undefined;
  /** Loss of membership alone: the one reason that `priority-fencing-delay` applies to. */
  fencePriorityDelay: boolean;
  fencePriority: number;
  readonly active: Unit[];
  /** Resources assigned so far in this decision. */
  load: number;
  /** Why the node must be given access to shared devices again, though it has been since its start. */
  unfenceAgain: string | undefined;
}

export type Requirement = 'nothing' | 'quorum' | 'fencing' | 'unfencing';
export type MultipleActive = 'stop_start' | 'stop_only' | 'block' | 'stop_unexpected';

/** A primitive's definition with its template merged in. */
export interface Definition {
  readonly id: string;
  readonly agent: AgentName;
  readonly parameters: readonly AttributeBlock[];
  readonly fixedParameters?: Values;
  readonly utilization: readonly AttributeBlock[];
  readonly operations: readonly OperationConfiguration[];
  readonly meta: readonly AttributeBlock[];
  readonly template?: string | undefined;
}

export interface CloneSettings {
  readonly instancesMax: number;
  readonly perNodeMax: number;
  readonly instancesMin: number;
  readonly interleave: boolean;
  readonly ordered: boolean;
  readonly promotable: boolean;
  readonly promotedMax: number;
  readonly promotedPerNodeMax: number;
  readonly source: Clone | undefined;
}

export interface Replica {
  readonly offset: number;
  readonly container: Unit;
  readonly address: Unit | undefined;
  readonly connection: Unit | undefined;
  readonly child: Unit | undefined;
  readonly host: Host | undefined;
}

export interface BundleSettings {
  readonly replicasMax: number;
  readonly perHostMax: number;
  readonly promotedMax: number;
  readonly replicas: Replica[];
  /** The clone of the inner primitive. */
  readonly inner: Unit | undefined;
}

export interface Failure {
  readonly host: Host;
  readonly record: OperationRecord;
  readonly task: string;
}

export interface Unit {
  readonly index: number;
  /** Unique: `web`, `web:1`. */
  readonly id: string;
  /** As configured: `web`. */
  readonly configId: string;
  readonly kind: 'primitive' | 'group' | 'clone' | 'bundle';
  readonly parent: Unit | undefined;
  readonly children: Unit[];
  readonly definition: Definition | undefined;
  readonly meta: Values;
  readonly instanceNumber: number;
  readonly clone: CloneSettings | undefined;
  bundle: BundleSettings | undefined;
  readonly unique: boolean;
  readonly notify: boolean;
  readonly critical: boolean;
  readonly migratable: boolean;
  readonly requires: Requirement;
  readonly multipleActive: MultipleActive;
  readonly priority: number;
  readonly stickiness: number;
  readonly failureTimeoutMs: number;
  readonly migrationThreshold: number;
  readonly targetRole: RoleLevel | undefined;
  /** Not in the configuration (any more), or an instance too many. */
  removed: boolean;
  managed: boolean;
  /** As configured: histories are read by it, whatever a failure on another node has made of it. */
  wantedManaged: boolean;
  /** A failure with on-fail=block, or multiple-active=block. */
  blocked: boolean;
  maintenance: boolean;
  failed: boolean;
  failureIgnored: boolean;
  /** It must be stopped because of a failure, even if it stays where it is. */
  stopNeeded: boolean;
  reloadNeeded: boolean;
  role: RoleLevel;
  nextRole: RoleLevel | undefined;
  nextRoleReason: string | undefined;
  readonly activeOn: Host[];
  /** Where history exists at all: no probe is needed there. */
  readonly knownOn: Set<number>;
  /** Where it may be active without being counted (pending start or migration). */
  pendingTask: string | undefined;
  pendingOn: Host | undefined;
  partialTarget: Host | undefined;
  partialSource: Host | undefined;
  /** After a migration that failed: of the two the node that counts first among equals. */
  foremost: Host | undefined;
  readonly dangling: Host[];
  readonly scores: Int32Array;
  /** 1: the host is in the unit's table of allowed nodes at all (asymmetric clusters). */
  readonly present: Uint8Array;
  /** 1: no probe there (resource-discovery=never). */
  discoveryNever: Uint8Array | undefined;
  discoveryExclusive: Uint8Array | undefined;
  provisional: boolean;
  assigning: boolean;
  assigned: Host | undefined;
  /** Why it is not placed, for people. */
  unplacedReason: string | undefined;
  readonly thisWith: ColocationLink[];
  readonly withThis: ColocationLink[];
  readonly failures: Failure[];
  /** Failures that no longer count: what failed is to be run anew. */
  readonly expiredRecords: Set<OperationRecord>;
  readonly histories: Map<number, ResourceHistory[]>;
  /** The name in the history of the node where it is active. */
  historyName: string | undefined;
  promotionScore: number;
  /** It recovers first, wherever it goes; others may be promoted meanwhile. */
  promotionFailed: boolean;
  /** The machine or container whose guest node this is the connection of; its restart is ours. */
  containerUnit: Unit | undefined;
  /** Units inside this machine or container (its connection, primitives by `container`). */
  readonly fillers: Unit[];
  /** The host whose connection this is. */
  connectionOf: Host | undefined;
  lockedTo: Host | undefined;
  /** The node that it waited for as long as `shutdown-lock-limit` says: the mark there is cleared. */
  lockOverOn: Host | undefined;
  lockedAtMs: number;
  readonly tickets: TicketLink[];
  shutdownReason: string | undefined;
}

export interface ColocationLink {
  readonly id: string;
  readonly dependent: Unit;
  readonly primary: Unit;
  readonly score: number;
  readonly dependentRole: RoleLevel | undefined;
  readonly primaryRole: RoleLevel | undefined;
  readonly attribute: string;
  readonly influence: boolean;
  readonly order: number;
}

export interface TicketLink {
  readonly id: string;
  readonly unit: Unit;
  readonly role: RoleLevel | undefined;
  readonly policy: 'stop' | 'demote' | 'fence' | 'freeze';
  readonly granted: boolean;
  readonly standby: boolean;
  readonly ticket: string;
}

/** An order constraint between units, before it is expanded to actions. */
export interface OrderLink {
  readonly id: string;
  readonly first: Unit;
  readonly firstTask: string;
  readonly follower: Unit;
  readonly thenTask: string;
  readonly kinds: number;
}

export interface Contribution {
  readonly unit: number;
  readonly host: number;
  readonly source: string;
  readonly from: string;
  readonly score: number;
}

/** What speaks against hosts, by top-level unit and host; and what has been given out in this decision. */
export interface Room {
  readonly needs: ReadonlyMap<Unit, ReadonlyMap<Host, DiskRoom>>;
  /** By pool of a host, in bytes. */
  readonly taken: Map<string, number>;
}
