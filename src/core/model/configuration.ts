/**
 * The checked configuration: what the administrator wants. It can say all that a Pacemaker CIB's
 * `configuration` section says, in the same words; cluster.yaml and the CIB are both read into it.
 * References are by id; they are checked by core/config, and the scheduler tolerates dangling ones.
 */
import type { NodeName, ResourceId } from './ids.ts';
import type { AgentName } from './operation.ts';
import type { AttributeBlock, Rule } from './rule.ts';
import type { Score } from './score.ts';

export type Role = 'Stopped' | 'Started' | 'Unpromoted' | 'Promoted';

export interface Configuration {
  /** Cluster options (`no-quorum-policy`, `fencing-enabled` …) by their Pacemaker names. */
  readonly options: readonly AttributeBlock[];
  readonly nodes: readonly NodeConfiguration[];
  /** Top-level resources, in the order in which they were written: it breaks ties. */
  readonly resources: readonly Resource[];
  readonly templates: readonly Template[];
  readonly constraints: readonly Constraint[];
  readonly resourceDefaults: readonly AttributeBlock[];
  readonly operationDefaults: readonly AttributeBlock[];
  readonly tags: readonly Tag[];
  readonly fenceDevices: readonly FenceDevice[];
  readonly fencingLevels: readonly FencingLevel[];
}

export interface NodeConfiguration {
  /** The id used by constraints and history in a CIB (corosync's number as text); else the name. */
  readonly id: string;
  readonly name: NodeName;
  readonly type: 'member' | 'remote' | 'ping';
  readonly attributes: readonly AttributeBlock[];
  readonly utilization: readonly AttributeBlock[];
}

export type Resource = Primitive | Group | Clone | Bundle;

interface ResourceCommon {
  readonly id: ResourceId;
  readonly meta: readonly AttributeBlock[];
  readonly description?: string;
}

export interface Primitive extends ResourceCommon {
  readonly kind: 'primitive';
  /** Absent only where `template` gives it. */
  readonly agent?: AgentName;
  readonly template?: string;
  readonly parameters: readonly AttributeBlock[];
  readonly utilization: readonly AttributeBlock[];
  readonly operations: readonly OperationConfiguration[];
}

export interface Template extends Omit<Primitive, 'kind' | 'id' | 'template'> {
  readonly id: string;
}

/** A monitor or other operation as configured; names and units as in Pacemaker's `op`. */
export interface OperationConfiguration {
  readonly id: string;
  readonly name: string;
  readonly intervalMs: number;
  /** All further attributes of the `op` element by their names: timeout, on-fail, role, enabled … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly meta: readonly AttributeBlock[];
  readonly parameters: readonly AttributeBlock[];
}

export interface Group extends ResourceCommon {
  readonly kind: 'group';
  readonly members: readonly Primitive[];
  /** A group's own parameters are defaults of its members'. */
  readonly parameters: readonly AttributeBlock[];
}

export interface Clone extends ResourceCommon {
  readonly kind: 'clone';
  readonly child: Primitive | Group;
  readonly parameters: readonly AttributeBlock[];
  /** Written in the old form `<master>`: promotable whatever its meta attributes say. */
  readonly promotable: boolean;
}

export interface Bundle extends ResourceCommon {
  readonly kind: 'bundle';
  readonly engine: 'docker' | 'podman' | 'rkt';
  /** image, replicas, replicas-per-host, promoted-max, network, options, run-command … as written. */
  readonly container: Readonly<Record<string, string>>;
  readonly network: Readonly<Record<string, string>>;
  readonly ports: readonly Readonly<Record<string, string>>[];
  readonly storage: readonly Readonly<Record<string, string>>[];
  readonly child?: Primitive;
}

export type Constraint =
  | Location
  | Colocation
  | ColocationSets
  | Order
  | OrderSets
  | TicketConstraint;

interface ConstraintCommon {
  readonly id: string;
  /** Rules as lifetime of the constraint: outside it the constraint does not count. */
  readonly lifetime?: Rule;
  /**
   * Made by a command (`resource move`), not written by hand; it ends by itself at this time.
   * Such constraints are shown in `status`, and left out of `export`.
   */
  readonly expiresAtWallMs?: number;
}

export interface Location extends ConstraintCommon {
  readonly kind: 'location';
  readonly target:
    | { readonly kind: 'resource'; readonly resource: ResourceId }
    | { readonly kind: 'pattern'; readonly pattern: string; readonly negated: boolean }
    | { readonly kind: 'sets'; readonly sets: readonly ResourceSet[] };
  /** Either a node with a score, or rules. */
  readonly node?: NodeName;
  readonly score?: Score;
  readonly rules: readonly Rule[];
  readonly role?: Role;
  readonly discovery: 'always' | 'never' | 'exclusive';
}

export interface Colocation extends ConstraintCommon {
  readonly kind: 'colocation';
  readonly dependent: ResourceId;
  readonly primary: ResourceId;
  readonly score: Score;
  readonly dependentRole?: Role;
  readonly primaryRole?: Role;
  readonly dependentInstance?: number;
  readonly primaryInstance?: number;
  readonly nodeAttribute?: string;
  readonly influence?: boolean;
}

export interface ColocationSets extends ConstraintCommon {
  readonly kind: 'colocation-sets';
  readonly sets: readonly ResourceSet[];
  readonly score: Score;
  readonly influence?: boolean;
}

export type OrderKind = 'Mandatory' | 'Optional' | 'Serialize';
export type OrderedAction = 'start' | 'stop' | 'promote' | 'demote';

export interface Order extends ConstraintCommon {
  readonly kind: 'order';
  readonly first: ResourceId;
  readonly then: ResourceId;
  readonly firstAction: OrderedAction;
  readonly thenAction?: OrderedAction;
  readonly firstInstance?: number;
  readonly thenInstance?: number;
  readonly orderKind: OrderKind;
  readonly symmetrical?: boolean;
  readonly requireAll: boolean;
}

export interface OrderSets extends ConstraintCommon {
  readonly kind: 'order-sets';
  readonly sets: readonly ResourceSet[];
  readonly orderKind: OrderKind;
  readonly symmetrical?: boolean;
}

export interface ResourceSet {
  readonly id: string;
  readonly resources: readonly ResourceId[];
  readonly sequential: boolean;
  readonly requireAll: boolean;
  readonly ordering?: 'group' | 'listed';
  readonly action?: OrderedAction;
  readonly role?: Role;
  readonly score?: Score;
  readonly orderKind?: OrderKind;
}

export interface TicketConstraint extends ConstraintCommon {
  readonly kind: 'ticket';
  readonly ticket: string;
  readonly lossPolicy?: 'stop' | 'demote' | 'fence' | 'freeze';
  readonly resource?: ResourceId;
  readonly role?: Role;
  readonly sets: readonly ResourceSet[];
}

export interface Tag {
  readonly id: string;
  readonly references: readonly string[];
}

/** What fence agents are asked for. */
export type FenceAction = 'off' | 'reboot' | 'on' | 'status' | 'monitor' | 'list';

/** A fence device as Holdfast configures it. (A CIB's are primitives of class `stonith`.) */
export interface FenceDevice {
  readonly id: string;
  /** Program of fence-agents, `fence_ipmilan`. */
  readonly agent: string;
  /** Values `secret:NAME` are references into the nodes' secret stores. */
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * Nodes it can fence → what the device calls them; empty: every node by its own name. A name may
   * have one `*`: the same text stands for that in the value.
   */
  readonly hosts: Readonly<Record<string, string>>;
  /** How it is known whom it can fence; absent: by `hosts` where there are any, else by its list. */
  readonly hostCheck?: HostCheck;
  readonly action: 'off' | 'reboot';
  /**
   * It takes access away, which a node needs before anything runs there: `on` gives it, run by that
   * node itself or by any. Absent: by what its agent says (config/unfencing.ts).
   */
  readonly unfencing?: Unfencing;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly monitorIntervalMs: number;
  readonly delayMs: number;
  /** Up to so long in all it waits by chance, besides `delayMs`. */
  readonly delayMaxMs?: number;
  /** Instead of `delayMs`, for these nodes. */
  readonly delaysMs?: Readonly<Record<string, number>>;
  /** Instead of `timeoutMs`, for these actions. */
  readonly timeoutsMs?: Readonly<Partial<Record<FenceAction, number>>>;
  /** Instead of `retries`, for these. */
  readonly retriesFor?: Readonly<Partial<Record<'off' | 'reboot' | 'on', number>>>;
}

export type Unfencing = 'own-node' | 'any-node' | 'none';

/**
 * Pacemaker's `pcmk_host_check` (man pacemaker-fenced): by `hosts`, by the agent's `list`, by its
 * `status` of each node, or by nothing: every node.
 */
export type HostCheck = 'static-list' | 'dynamic-list' | 'status' | 'none';

export interface FencingLevel {
  readonly id: string;
  readonly target:
    | { readonly kind: 'node'; readonly node: NodeName }
    | { readonly kind: 'pattern'; readonly pattern: string }
    | { readonly kind: 'attribute'; readonly name: string; readonly value: string };
  readonly index: number;
  readonly devices: readonly string[];
}
