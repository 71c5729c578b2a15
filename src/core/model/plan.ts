/** What the scheduler answers: a graph of actions with reasons, and how things will be after it. */
import type { Role } from './configuration.ts';
import type { NodeName, ResourceId, WallMs } from './ids.ts';
import type { AgentName, Parameters } from './operation.ts';

export interface Plan {
  readonly actions: readonly PlannedAction[];
  /** Pairs of action ids: the first must be complete before the second starts. */
  readonly order: readonly (readonly [number, number])[];
  readonly placements: readonly Placement[];
  /** Every resource instance that is not to run (or not in the wanted role), with the reason. */
  readonly unplaced: readonly Unplaced[];
  readonly findings: readonly Finding[];
  /** The answer may change by time alone at this moment (expiry, rule, lock); absent: never. */
  readonly nextChangeAt?: WallMs;
}

export type ActionKind =
  | 'start'
  | 'stop'
  | 'promote'
  | 'demote'
  | 'monitor'
  | 'cancel'
  | 'notify'
  | 'migrate_to'
  | 'migrate_from'
  | 'reload'
  | 'delete-history'
  | 'clear-failcount'
  | 'fence'
  | 'shutdown'
  | 'pseudo';

export interface PlannedAction {
  /** Dense: the action's index in `Plan.actions`. */
  readonly id: number;
  readonly kind: ActionKind;
  /** Only a point in the order: nobody carries it out. */
  readonly pseudo: boolean;
  /** For people and logs: `web_start_0 n1`. */
  readonly name: string;
  readonly resource?: ResourceId;
  /** The name agents see: `web`, or `web:1` for a globally unique clone's instance. */
  readonly instance?: ResourceId;
  readonly agent?: AgentName;
  /** Where it runs; for `fence` the target. */
  readonly node?: NodeName;
  /** Node whose daemon carries it out, where that is another one (remote and guest nodes). */
  readonly router?: NodeName;
  readonly intervalMs: number;
  /** What a real operation needs; absent for pseudo actions, fence, shutdown. */
  readonly operation?: PlannedOperation;
  /** fence: what is wanted. */
  readonly fenceMethod?: 'reboot' | 'off' | 'on';
  /** fence: how long to wait before shooting, besides the device's own delay. */
  readonly fenceDelayMs?: number;
  /** cancel: which operation; notify: when and of what. */
  readonly of?: string;
  readonly when?: 'pre' | 'post';
  readonly migrateSource?: NodeName;
  readonly migrateTarget?: NodeName;
  /** Why it is necessary, in a sentence: "web restarts because its monitor failed on n1". */
  readonly reason: string;
  readonly priority: number;
}

export interface PlannedOperation {
  readonly name: string;
  readonly timeoutMs: number;
  readonly startDelayMs: number;
  readonly expectedExitCode: number;
  readonly parameters: Parameters;
  /** Those of them that are the resource's, not this operation's alone; absent: all. */
  readonly ownParameters?: Parameters;
  /** Agent or parameters are those it was started with, which are not the configured ones now. */
  readonly outdated?: boolean;
  readonly meta: Parameters;
  readonly onFail: string;
  readonly digest: string;
  readonly restartDigest?: string;
  readonly forceRestart?: readonly string[];
  readonly secureDigest?: string;
  readonly secureParameters?: readonly string[];
}

export interface Placement {
  readonly resource: ResourceId;
  readonly node: NodeName;
  readonly role: Exclude<Role, 'Stopped'>;
}

export interface Unplaced {
  readonly resource: ResourceId;
  /** A full sentence: what keeps it from running. */
  readonly reason: string;
  /** What an administrator can do about it, a command or an advice; absent: nothing (it is wanted so). */
  readonly advice?: string;
}

/** Something odd in the input that was tolerated, with a stable code. */
export interface Finding {
  readonly code: string;
  readonly about: string;
  readonly text: string;
}
