/** A plan that is being carried out: the same on every member, since results are ordered. */
import type { NodeName } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';

/**
 * - `waiting`: something before it is not complete.
 * - `ready`: its node may start it now, or it runs (fence: the DC begins the request).
 * - `done`: complete, as expected.
 * - `failed`: complete, not as expected: nothing ordered after it will run.
 * - `dropped`: will not run: something before it failed, or what it acts on has changed.
 */
export type ActionState = 'waiting' | 'ready' | 'done' | 'failed' | 'dropped';

export interface Transition {
  /** Unique: `<epoch>.<number of the decision>`. */
  readonly id: string;
  readonly actions: readonly PlannedAction[];
  /** What each action waits for, by action id (indexes into `actions`). */
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  readonly states: readonly ActionState[];
  /** Operations of an earlier plan that still run and that no action of this one continues. */
  readonly leftOver: readonly LeftOver[];
  readonly because: string;
}

/** A running operation that outlived its plan; actions on the same resource wait for it. */
export interface LeftOver {
  readonly node: NodeName;
  readonly action: PlannedAction;
  /** The plan counts on it: if it waits for a place on its node still, it is begun all the same. */
  readonly wanted?: boolean;
}
