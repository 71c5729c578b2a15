/** The actions that a decision takes on a resource: what made each necessary, and what it waits for. */
import { nearestBlockers } from '../core/model/blockers.ts';
import type { Plan, PlannedAction } from '../core/model/plan.ts';
import { actionText, stepNumbers } from './steps.ts';

export interface ExplainedAction {
  /** "start web on n1". */
  readonly text: string;
  /** What made it necessary, in a sentence. */
  readonly reason: string;
  /** The nearest actions that must be over before. */
  readonly waitsFor: readonly string[];
}

/** More would not be read by anybody. */
const ACTIONS_MAX = 64;

/**
 * In the order in which they are begun; recurring monitors, which follow each start, are left out.
 * @param names of the resource and all that is in it
 */
export function actionsOf(plan: Plan, names: ReadonlySet<string>): readonly ExplainedAction[] {
  const { actions } = plan;
  const before = whatIsBefore(plan);
  const steps = stepNumbers(plan);
  const step = ({ id }: PlannedAction): number => steps[id] ?? 0;
  return actions
    .filter((action) => isChangeOf(action, names))
    .toSorted((left, right) => step(left) - step(right))
    .slice(0, ACTIONS_MAX)
    .map((action) => ({
      text: actionText(action),
      reason: action.reason,
      waitsFor: nearestBlockers({ actions, before, isOver: () => false }, action.id).map(
        actionText,
      ),
    }));
}

function whatIsBefore({ actions, order }: Plan): readonly (readonly number[])[] {
  const before: number[][] = actions.map(() => []);
  for (const [first, then] of order) before[then]?.push(first);
  return before;
}

const isChangeOf = (action: PlannedAction, names: ReadonlySet<string>): boolean =>
  !action.pseudo &&
  (action.kind !== 'monitor' || action.intervalMs === 0) &&
  (names.has(action.resource ?? '') || names.has(action.instance ?? ''));
