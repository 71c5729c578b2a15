/**
 * A new plan takes over from the one that is being carried out. What runs goes on: an action that
 * the new plan wants as well is continued, any other is left over and waited for by its resource
 * alone, so that a slow start never delays recovery that it does not concern.
 */
import type { NodeName } from '../model/ids.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { runningOperations, settle } from './advance.ts';
import { actionKey } from './keys.ts';
import type { ActionState, LeftOver, Transition } from './types.ts';

export function acceptPlan(
  previous: Transition | undefined,
  plan: Plan,
  what: { readonly id: string; readonly because: string },
): Transition {
  const running = runningOperations(previous);
  const byKey = new Map(running.map((entry) => [actionKey(entry.action), entry]));
  const states: ActionState[] = plan.actions.map((action) =>
    !action.pseudo && byKey.delete(actionKey(action)) ? 'ready' : 'waiting',
  );
  return settle({
    id: what.id,
    because: what.because,
    actions: plan.actions,
    ...adjacency(plan),
    states,
    leftOver: [...byKey.values()],
  });
}

function adjacency(plan: Plan): Pick<Transition, 'before' | 'after'> {
  const before: number[][] = plan.actions.map(() => []);
  const after: number[][] = plan.actions.map(() => []);
  for (const [first, then] of plan.order) {
    before[then]?.push(first);
    after[first]?.push(then);
  }
  return { before, after };
}

/** After a change of view: only what still runs on the given nodes is kept, to be waited for. */
export function keepRunning(
  previous: Transition | undefined,
  nodes: ReadonlySet<NodeName>,
): Transition | undefined {
  const leftOver: readonly LeftOver[] = runningOperations(previous).filter((entry) =>
    nodes.has(entry.node),
  );
  if (previous === undefined || leftOver.length === 0) return undefined;
  return { ...previous, actions: [], before: [], after: [], states: [], leftOver };
}

/** Real actions of a plan, for people. */
export const realActions = (plan: Plan): readonly PlannedAction[] =>
  plan.actions.filter((action) => !action.pseudo);
