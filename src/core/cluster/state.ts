/**
 * The replicated state of the cluster: what every synced member knows alike at the same point of
 * the order. Commands change it (commands.ts → apply.ts); the scheduler's picture is made from it.
 */
import type { Configuration } from '../model/configuration.ts';
import type { Incarnation, NodeName, WallMs } from '../model/ids.ts';
import type { ResourceHistory, StartedWith } from '../model/picture.ts';
import type { Placement, Plan, Unplaced } from '../model/plan.ts';
import type { Marks } from './marks.ts';
import type { StoryEvent } from './story.ts';
import type { Transition } from '../transition/types.ts';

export interface ClusterState {
  /** Replicated time: the stamp of the last command, never going back. */
  readonly time: WallMs;
  readonly epoch: number;
  /** The view that is open: its ring, its epoch and a count; no two views have the same. */
  readonly view: string;
  readonly acting: boolean;
  readonly quorate: boolean;
  /** In force: all nodes know it (level.ts). */
  readonly featureLevel: number;
  readonly configuration: AppliedConfiguration;
  readonly nodes: Readonly<Record<NodeName, NodeRecord>>;
  /** Gone for good (forget.ts), bounded; absent: none. */
  readonly forgotten?: readonly NodeName[];
  /** All nodes were asked to leave together (stop-all.ts); absent: no. */
  readonly stopping?: { readonly by: string; readonly since: WallMs };
  readonly marks: Marks;
  readonly tickets: Readonly<Record<string, TicketRecord>>;
  readonly fencing: FencingState;
  /** What is being carried out (volatile: a new view ends it). */
  readonly transition: Transition | undefined;
  readonly decision: DecisionState;
  /** The one ordered story, bounded; the newest last. */
  readonly story: readonly StoryEvent[];
  readonly storyCount: number;
  /** Rises with every change of a history; `recentChanges` says of what, bounded, newest last. */
  readonly changeCount: number;
  readonly recentChanges: readonly { readonly change: number; readonly resource: string }[];
}

export interface AppliedConfiguration {
  /** Rises by one with each change; 0: nothing was ever applied. */
  readonly version: number;
  readonly model: Configuration;
  /** The text that was applied, opaque; comments survive in `export`. */
  readonly source: string;
  readonly appliedAt: WallMs;
  readonly appliedBy: string;
}

/**
 * - `online`: a synced member whose daemon answers.
 * - `held`: its daemon is away while its machine lives; nothing is planned there for a grace.
 * - `lost`: gone without a word, or held too long; its resources may be running: unclean.
 * - `down`: left in good order, or confirmed fenced: nothing runs there.
 * - `unseen`: configured, never seen since the cluster started cold.
 */
export type NodeCondition = 'online' | 'held' | 'lost' | 'down' | 'unseen';

export interface NodeRecord {
  readonly name: NodeName;
  readonly condition: NodeCondition;
  /** Why it is in this condition, for people: "no word from it since the view of 4:12". */
  readonly because: string;
  readonly since: WallMs;
  /** Empty: never seen. */
  readonly incarnation: Incarnation;
  readonly boot: string;
  /** History of this incarnation, by the name in the history. Unknown resources are probed. */
  readonly history: Readonly<Record<string, ResourceHistory>>;
  /** By the same name, for as long as the machine is up (started-with.ts); absent: nothing. */
  readonly startedWith?: Readonly<Record<string, StartedWith>>;
  /** Transient attributes: fail counts, promotion scores … gone with the node's boot. */
  readonly attributes: Readonly<Record<string, string>>;
  /** It asked to leave: its resources move away, then it may go. */
  readonly shutdownRequested: boolean;
  /** What its program was last seen to know; absent: the first level, or never seen. */
  readonly featureLevel?: number;
}

export interface TicketRecord {
  readonly granted: boolean;
  readonly standby: boolean;
  readonly lastGrantedAt: WallMs | undefined;
}

export type FencingMethod = 'reboot' | 'off' | 'on';

/** One shooting: asked for by a plan, done by one node, ended by its report. Durable. */
export interface FencingRequest {
  readonly id: string;
  readonly target: NodeName;
  /** What was seen of the target; a confirmation counts for this life only. */
  readonly incarnation: Incarnation;
  readonly method: FencingMethod;
  readonly device: string;
  readonly executor: NodeName;
  readonly reason: string;
  readonly begunAt: WallMs;
  readonly attempt: number;
  /**
   * Besides the device's static delay: the head start of the side with the more important resources,
   * and what was drawn by chance.
   */
  readonly delayMs?: number;
  /**
   * One of several steps of one fencing (a machine with two power supplies): these follow when this
   * one has succeeded. The target is off when all that switch off have.
   */
  readonly next?: readonly FencingStep[];
  /** What all steps together do; absent: what the step itself does, or what follows it says. */
  readonly whole?: FencingMethod;
  /** It is done for this test. */
  readonly test?: string;
}

export interface FencingStep {
  readonly device: string;
  readonly method: 'off' | 'on';
}

export interface FencingRecord extends FencingRequest {
  readonly endedAt: WallMs;
  readonly ok: boolean;
  readonly text: string;
  readonly durationMs: number;
  /** Nobody shot: this person has said that the node is off. */
  readonly by?: string;
  /** The node's boot that it has ended (ran-on.ts); absent where it ends none: access that was taken away. */
  readonly boot?: string;
  /** What the agent printed, bounded, secrets removed; kept of the last fencings only. */
  readonly output?: string;
}

export interface FencingState {
  readonly active: readonly FencingRequest[];
  /** The last ones, newest last, bounded. */
  readonly ended: readonly FencingRecord[];
  /** Consecutive failures by target; a limit slows retries down. */
  readonly failures: Readonly<Record<NodeName, number>>;
  /** Not before this time is the next attempt made. */
  readonly retryAt: Readonly<Record<NodeName, WallMs>>;
  /** The last test of each target, bounded; absent: none yet. */
  readonly tests?: readonly FencingTest[];
  /** One for each device and target, the newest last, bounded; absent: none yet. */
  readonly proofs?: readonly FencingProof[];
  /** One for each node at most; absent: none yet. */
  readonly heldBack?: readonly HeldBack[];
  /** Of nodes that could not be given access (unfencing.ts); absent: of none. */
  readonly accessRefused?: Readonly<Record<NodeName, AccessRefused>>;
  /** Of which half, acting apart, it was last doubted what access it has taken; absent: of none. */
  readonly doubtedFor?: Readonly<Record<NodeName, string>>;
}

export interface AccessRefused {
  /** In a row; 0: only the end of an earlier attempt is waited for. */
  readonly failures: number;
  readonly retryAt: WallMs;
  /** What the device said last. */
  readonly text: string;
  /** This node did it and has left: it may be going on there until then. */
  readonly endUnknownOf?: NodeName;
  /** This node was taking it and has left: it may do so until then. */
  readonly shotBy?: NodeName;
}

/** A node that was fenced too often (fence-loop.ts). */
export interface HeldBack {
  readonly node: NodeName;
  readonly at: WallMs;
  /** How often it had been fenced. */
  readonly fencings: number;
  /** It is not any more; fencings from before do not count. */
  readonly releasedAt?: WallMs;
}

/** Fencing is rehearsed: its devices are asked, or the node is rebooted for real. */
export interface FencingTest {
  readonly id: string;
  readonly target: NodeName;
  readonly by: string;
  readonly forReal: boolean;
  readonly begunAt: WallMs;
  /** Who asks which device; empty where the node is rebooted. */
  readonly paths: readonly TestedPath[];
  /** These three together: it is over. */
  readonly endedAt?: WallMs;
  readonly ok?: boolean;
  readonly text?: string;
  /** How it was fenced for real. */
  readonly method?: FencingMethod;
}

export interface TestedPath {
  readonly device: string;
  /** Which way to fence it belongs to, from 1. */
  readonly level: number;
  readonly from: NodeName;
  readonly answer?: TestAnswer;
}

export interface TestAnswer {
  readonly ok: boolean;
  /** `on`, `off`, or why there is no answer. */
  readonly text: string;
  readonly durationMs: number;
}

export interface FencingProof {
  readonly device: string;
  readonly target: NodeName;
  /** All nodes that may have to shoot got an answer. */
  readonly answeredAt?: WallMs;
  /** Who had them ask. */
  readonly answeredBy?: string;
  /** The device has switched the node, or the watchdog has reset it in a test. */
  readonly fencedAt?: WallMs;
  /** Who had it done for a test; absent: it was no test. */
  readonly fencedBy?: string;
}

/** Says when a decision is wanted and what the last one said. */
export interface DecisionState {
  /** Rises with every change that a decision depends on. */
  readonly wanted: number;
  readonly because: string;
  /** The value of `wanted` that the last accepted plan answered. */
  readonly answered: number;
  readonly placements: readonly Placement[];
  readonly unplaced: readonly Unplaced[];
  readonly findings: Plan['findings'];
  readonly nextChangeAt: WallMs | undefined;
  /** The scheduler failed on an input: nothing is done until the configuration changes. */
  readonly frozen: string | undefined;
}
