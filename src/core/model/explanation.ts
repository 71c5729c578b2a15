/** Why resources are where they are: what the scheduler answers beside its plan, for `why`. */
import type { Role } from './configuration.ts';
import type { Score } from './score.ts';

export interface Explanation {
  readonly resource: string;
  /** The primitives of a group, the instances of a clone; itself for a primitive. Bounded. */
  readonly instances: readonly InstanceExplanation[];
  /** Instances that were left out, because there are too many to be read. */
  readonly instancesLeftOut: number;
  /** A sentence: why nothing of it is promoted, although something may be. */
  readonly unpromoted?: string;
  /** Changes that would let it run where it does not: each one was tried by a run of the scheduler. */
  readonly counterfactuals: readonly Counterfactual[];
}

export interface InstanceExplanation {
  /** `web`, `web:1`. */
  readonly instance: string;
  /** Where it is to run; absent: nowhere. */
  readonly node?: string;
  readonly role?: Exclude<Role, 'Stopped'>;
  readonly decidedBy?: DecidingRule;
  /** Why it is not begun there although it is to run there: "the partition has no quorum". */
  readonly blocked?: string;
  /** A sentence: why it is placed nowhere. */
  readonly reason?: string;
  readonly nodes: readonly NodeExplanation[];
}

export interface DecidingRule {
  readonly rule: RuleName;
  /** "n1 has the highest score: 100, n2 has 0". */
  readonly text: string;
}

/**
 * In the order in which they are asked. `unmanaged`: it stays where it is; `only`: no other node may
 * run it; `company`: where the other instances, or what is colocated with it, are.
 */
export type RuleName =
  | 'unmanaged'
  | 'only'
  | 'score'
  | 'company'
  | 'capacity'
  | 'load'
  | 'current'
  | 'name';

export interface NodeExplanation {
  readonly node: string;
  readonly score: Score;
  /** Why the node can take nothing: "it is in standby"; absent: it can. */
  readonly unavailable?: string;
  /** They add up to the score; −INFINITY wins over everything. */
  readonly contributions: readonly ScoreContribution[];
}

export interface ScoreContribution {
  readonly source: ContributionSource;
  /** The constraint's id, "fail count 3 of web", … */
  readonly from: string;
  readonly score: Score;
}

export type ContributionSource =
  | 'location'
  | 'stickiness'
  | 'health'
  | 'failure'
  /** It could not be given access to what nodes share. */
  | 'access'
  | 'colocation'
  | 'promotion'
  | 'ticket'
  | 'capacity'
  /** Other nodes have more room for its disks. */
  | 'space'
  /** It is not to run at all, or the clone has all the instances that it may have. */
  | 'role'
  | 'default';

export interface Counterfactual {
  /** Where it would run. */
  readonly node: string;
  /** `Promoted`: it would be promoted there, not only run. */
  readonly role: 'Started' | 'Promoted';
  /** All of them are needed; mostly one. */
  readonly changes: readonly CounterfactualChange[];
}

export interface CounterfactualChange {
  /** "the fail count of web on n2 (3) were cleared". */
  readonly text: string;
  /** The command that does it; absent: no command can (a machine is to be started, a file edited). */
  readonly command?: string;
}
