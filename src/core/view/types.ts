/**
 * The read model: what people and programs see of the cluster. Plain JSON, apart from the model, so
 * that the state can change without the API. Sentences are complete; times are replicated unless
 * a field says otherwise.
 */
import type { Transfer } from '../model/transfer.ts';
import type { Explanation } from '../model/explanation.ts';
import type { Votes } from '../model/engine.ts';
import type { NodeName, WallMs } from '../model/ids.ts';

/** What only this daemon knows. */
export interface LocalFacts {
  readonly clusterName: string;
  readonly engine: 'corosync' | 'local' | 'simulated';
  readonly self: NodeName;
  readonly version: string;
  /** This node's wall clock now. */
  readonly wallMs: WallMs;
  readonly startedAt: WallMs;
  /** Longest time for which the event loop was blocked since the start. */
  readonly loopBlockMaxMs: number;
  /** So long may a daemon be away before its node counts as lost. */
  readonly daemonGraceMs: number;
  /** Trouble of this daemon alone: a full disk, a damaged log that was kept aside. */
  readonly notes: readonly Note[];
  readonly votes?: Votes | undefined;
  /** Whom the engine's configuration names now; absent: not known. */
  readonly engineNodes?: readonly string[] | undefined;
}

export interface Note {
  readonly severity: Severity;
  readonly text: string;
  readonly advice?: string;
}

export type Severity = 'info' | 'warning' | 'error';

export interface StatusView {
  readonly cluster: {
    readonly name: string;
    readonly engine: LocalFacts['engine'];
    /** Not for production: the local engine. */
    readonly development: boolean;
    /** In force: what the programs of all nodes know. */
    readonly featureLevel: number;
  };
  readonly daemon: {
    readonly node: string;
    readonly version: string;
    readonly startedAt: number;
    readonly loopBlockMaxMs: number;
  };
  /** The answering node's wall clock. */
  readonly now: number;
  readonly quorum: QuorumView;
  readonly configuration: {
    readonly version: number;
    readonly appliedAt: number;
    readonly appliedBy: string;
  };
  readonly alarms: readonly Note[];
  readonly nodes: readonly NodeView[];
  readonly resources: readonly ResourceView[];
  readonly failures: readonly FailureView[];
  readonly underWay: readonly StepView[];
  readonly next: readonly StepView[];
  readonly marks: readonly MarkView[];
  /** The last fencing of each node, newest first. */
  readonly fencing: readonly FencingView[];
  /** Nothing is under way or waiting, and the last decision is about the present state. */
  readonly settled: boolean;
}

export interface QuorumView {
  readonly quorate: boolean;
  /** May this cluster start anything now? */
  readonly acting: boolean;
  readonly dc?: string;
  readonly members: readonly string[];
  /** Nodes without which it does not go on. */
  readonly waitsFor: readonly string[];
  readonly sentence: string;
  readonly advice?: string;
  /** As the answering node's quorum service counts them; only Corosync has one. */
  readonly votes?: VotesView;
}

export interface VotesView {
  readonly expected: number;
  readonly present: number;
  readonly needed: number;
  /** Names of corosync.conf: `two_node`, `wait_for_all` … */
  readonly rules: readonly string[];
  readonly device?: {
    readonly name: string;
    readonly votes: number;
    readonly state: 'votes' | 'abstains' | 'silent' | 'absent';
    readonly text: string;
  };
  /** What the next loss would do: "one more loss and all stops". */
  readonly outlook: string;
}

export type NodeState =
  | 'online'
  | 'standby'
  | 'maintenance'
  | 'leaving'
  | 'joining'
  | 'held'
  | 'lost'
  | 'down'
  | 'unseen';

export interface NodeView {
  readonly name: string;
  readonly state: NodeState;
  readonly because: string;
  readonly since: number;
  readonly dc: boolean;
  /** The node whose daemon answers. */
  readonly self: boolean;
  readonly running: number;
  /** What its program was last seen to know; absent: it was never there. */
  readonly featureLevel?: number;
  /** End of a standby or maintenance that has one. */
  readonly until?: number;
}

/**
 * - `running`: as wanted. `partly`: some members or instances run.
 * - `starting`, `stopping`, `changing`: an operation on it is under way.
 * - `stopped`: does not run. `failed`: its last operation failed. `unclean`: may be running on a
 *   node that is lost. `unknown`: no probe has answered yet.
 */
export type ResourceState =
  | 'running'
  | 'partly'
  | 'starting'
  | 'stopping'
  | 'changing'
  | 'stopped'
  | 'failed'
  | 'unclean'
  | 'unknown';

export type RoleView = 'Started' | 'Unpromoted' | 'Promoted';

export interface ResourceView {
  readonly id: string;
  readonly kind: 'primitive' | 'group' | 'clone' | 'promotable' | 'bundle';
  readonly agent?: string;
  readonly description?: string;
  readonly state: ResourceState;
  readonly on: readonly InstanceView[];
  /** In maintenance or unmanaged: the cluster leaves it alone. */
  readonly managed: boolean;
  /** Given for every resource that does not run, or not in the wanted role or number. */
  readonly whyNot?: WhyNot;
  readonly children: readonly ResourceView[];
}

export interface WhyNot {
  /** One sentence. */
  readonly reason: string;
  /** What to do next; absent where nothing needs to be done. */
  readonly advice?: string;
  /** Somebody wants it so, by a command or in the configuration (target-role), and nothing else keeps it down. */
  readonly onPurpose?: true;
}

/** Something that runs and that another configuration does not have. */
export interface RemovedView {
  readonly resource: string;
  readonly node: string;
  /** `left`: it goes on running, and nobody watches it. */
  readonly fate: 'stopped' | 'left' | 'unknown';
  /** Why it is left running. */
  readonly because?: string;
  readonly advice?: string;
}

export interface InstanceView {
  readonly node: string;
  readonly state: ResourceState;
  readonly role?: RoleView;
  readonly since?: number;
  readonly failCount?: number;
  /** What its agent has set for it there, of a promotable clone: "10", "-INFINITY". */
  readonly promotionScore?: string;
}

export interface FailureView {
  readonly resource: string;
  readonly node: string;
  readonly operation: string;
  readonly intervalMs: number;
  readonly at?: number;
  /** "exited 1 (error)", "timed out". */
  readonly text: string;
  /** What the agent gave as its reason (OCF_EXIT_REASON). */
  readonly exitReason?: string;
  /** The last line of its output. */
  readonly lastLine?: string;
}

export interface StepView {
  readonly kind: 'action' | 'fencing' | 'decision' | 'time';
  /** "start web on n1". */
  readonly text: string;
  readonly reason?: string;
  readonly node?: string;
  readonly resource?: string;
  readonly startedAt?: number;
  /** When it will happen, for steps that wait for a time. */
  readonly at?: number;
  readonly waitsFor?: string;
  /** Of a live migration that takes longer than a second. */
  readonly transfer?: Transfer;
}

export interface MarkView {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly by: string;
  readonly setAt: number;
  readonly expiresAt?: number;
  readonly resource?: string;
  readonly node?: string;
  /** The command that takes it back. */
  readonly undo: string;
}

export interface FencingView {
  readonly id: string;
  readonly target: string;
  readonly method: string;
  readonly device: string;
  readonly executor: string;
  readonly reason: string;
  readonly attempt: number;
  readonly begunAt: number;
  readonly endedAt?: number;
  readonly ok?: boolean;
  readonly text?: string;
  readonly durationMs?: number;
  /** Nobody shot: this person has said that the node is off. */
  readonly by?: string;
  /** What the agent printed. */
  readonly output?: string;
}

export interface FenceDeviceView {
  readonly id: string;
  readonly agent: string;
  readonly hostCheck: 'static-list' | 'dynamic-list' | 'status' | 'none';
  /** False: the device has not said whom it reaches, so it is tried for every node. */
  readonly known: boolean;
  /** Why it has not said so. */
  readonly reason?: string;
  /** And what it calls them. */
  readonly reaches: readonly { readonly node: string; readonly port: string }[];
  /** What its monitor said last, to each node that asks. */
  readonly answers: readonly {
    readonly from: string;
    readonly ok: boolean;
    readonly text?: string;
  }[];
}

/** Fencing of one node is, or was, rehearsed. */
export interface FencingTestView {
  readonly id: string;
  readonly target: string;
  readonly by: string;
  /** It is rebooted; else its devices are asked. */
  readonly forReal: boolean;
  readonly begunAt: number;
  readonly paths: readonly FencingPathView[];
  readonly endedAt?: number;
  readonly ok?: boolean;
  readonly text?: string;
  /** How it was fenced for real. */
  readonly method?: 'reboot' | 'off' | 'on';
}

export interface FencingPathView {
  readonly device: string;
  /** Which way to fence the node it belongs to, from 1. */
  readonly level: number;
  readonly from: string;
  readonly ok?: boolean;
  /** `on`, `off`, or why there is no answer. */
  readonly text?: string;
  readonly durationMs?: number;
}

/** By which device, or by its watchdog alone, a node can be fenced, and when that was last proved. */
export interface FencingProofView {
  readonly device: string;
  readonly target: string;
  readonly level: number;
  readonly answeredAt?: number;
  readonly answeredBy?: string;
  readonly fencedAt?: number;
  readonly fencedBy?: string;
  readonly state: 'never' | 'old' | 'proved';
}

export interface EventView {
  readonly number: number;
  readonly time: number;
  readonly kind: string;
  readonly severity: 'info' | 'good' | 'warning' | 'error';
  readonly text: string;
  readonly node?: string;
  readonly resource?: string;
  readonly operation?: string;
  readonly outcome?: string;
  readonly durationMs?: number;
  readonly output?: string;
  readonly actions?: readonly string[];
  /** For `holdfast simulate --history`. */
  readonly decision?: string;
}

export interface WhyView {
  readonly resource: string;
  readonly state: ResourceState;
  readonly on: readonly InstanceView[];
  /** Where it is, or why it is nowhere, in a sentence. */
  readonly answer: string;
  readonly advice?: string;
  /** What led to it, newest last. */
  readonly story: readonly EventView[];
  readonly nodes: readonly WhyNodeView[];
  /** Its actions of the running transition: under way first. */
  readonly actions: readonly WhyActionView[];
  /** What the scheduler says about it now; absent where it could not be asked. */
  readonly explanation?: Explanation;
}

export interface WhyActionView {
  /** "start web on n1". */
  readonly text: string;
  readonly state: 'under way' | 'waiting';
  /** What made it necessary. */
  readonly reason: string;
  readonly waitsFor: readonly string[];
}

export interface WhyNodeView {
  readonly node: string;
  readonly chosen: boolean;
  /** May it run there at all? */
  readonly possible: boolean;
  readonly facts: readonly string[];
}
