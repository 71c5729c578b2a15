/**
 * A new plan takes over from the one that is being carried out. What runs goes on: an action that
 * the new plan wants as well is continued, any other is left over and waited for by its resource
 * alone, so that a slow start never delays recovery that it does not concern.
 */
import type { NodeName } from '../model/ids.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { dropActions, runningOperations } from './advance.ts';
import { actionKey } from './keys.ts';
import type { ActionState, LeftOver, Transition } from './types.ts';

export function acceptPlan(
  previous: Transition | undefined,
  plan: Plan,
  what: {
    readonly id: string;
    readonly because: string;
    /** Actions on what has changed since the plan was made: they are not begun. */
    readonly stale?: ReadonlySet<number>;
  },
): Transition {
  const running = new Map(
    runningOperations(previous).map((entry) => [actionKey(entry.action), entry]),
  );
  const { before, after } = adjacency(plan);
  const dropped: number[] = [];
  const states = plan.actions.map((action): ActionState => {
    const underWay = action.pseudo ? undefined : running.get(actionKey(action));
    if (
      underWay !== undefined &&
      isContinued({ actions: plan.actions, before }, action, underWay.action)
    ) {
      running.delete(actionKey(action));
      return 'ready';
    }
    const isOther = underWay !== undefined && !isSameWork(underWay.action, action);
    if (isOther || what.stale?.has(action.id) === true) dropped.push(action.id);
    return 'waiting';
  });
  const begun: Transition = {
    id: what.id,
    because: what.because,
    actions: plan.actions,
    before,
    after,
    states,
    leftOver: [...running.values()].map((entry) => leave(entry, plan)),
  };
  return dropActions(begun, dropped);
}

/**
 * A recurring monitor that is under way is not planned again (scheduler/history): it counts as
 * begun, unless the plan changes its resource there.
 */
function leave({ node, action }: LeftOver, plan: Plan): LeftOver {
  const { kind, intervalMs } = action;
  const wanted =
    kind === 'monitor' &&
    intervalMs > 0 &&
    !plan.actions.some(
      (each) => !each.pseudo && each.kind !== 'monitor' && isSameInstance(each, action),
    );
  return { node, action, ...(wanted ? { wanted } : {}) };
}

/**
 * What runs is what the plan wants, unless the plan wants it after something else with the same
 * resource: then it is to be done once more, after that.
 */
function isContinued(
  plan: Pick<Transition, 'actions' | 'before'>,
  action: PlannedAction,
  running: PlannedAction,
): boolean {
  if (!isSameWork(running, action)) return false;
  const seen = new Set([action.id]);
  const open = [action.id];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const first of plan.before[id] ?? []) {
      const earlier = plan.actions[first];
      if (earlier?.pseudo === false && isSameInstance(earlier, action)) return false;
      if (seen.has(first)) continue;
      seen.add(first);
      open.push(first);
    }
  }
  return true;
}

function isSameInstance(earlier: PlannedAction, action: PlannedAction): boolean {
  const subject = earlier.instance ?? earlier.resource;
  if (subject === undefined || earlier.kind === 'notify') return false;
  return earlier.node === action.node && subject === (action.instance ?? action.resource);
}

/**
 * An operation that runs with other parameters than the plan wants is not what the plan wants: it
 * is left over, and what comes of it is decided when it has ended.
 */
function isSameWork(running: PlannedAction, wanted: PlannedAction): boolean {
  const [left, right] = [running.operation, wanted.operation];
  if (left === undefined || right === undefined) return left === right;
  const names = Object.keys(left.parameters);
  return (
    left.digest === right.digest &&
    names.length === Object.keys(right.parameters).length &&
    names.every((name) => left.parameters[name] === right.parameters[name])
  );
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
