/** What an action waits for, as people want to know it: points in the order are looked through. */
import type { PlannedAction } from './plan.ts';

export interface ActionsInOrder {
  /** By id. */
  readonly actions: readonly PlannedAction[];
  /** What each action waits for, by action id. */
  readonly before: readonly (readonly number[])[];
  /** It is waited for no longer; nor is what was before it. */
  readonly isOver: (id: number) => boolean;
}

/** More would not be read by anybody. */
const BLOCKERS_MAX = 8;

/** The nearest real actions before this one that are not over. */
export function nearestBlockers(order: ActionsInOrder, id: number): readonly PlannedAction[] {
  const blockers = blockersOf(order, id);
  const behind = allBefore(order, blockers);
  return blockers.filter((blocker) => !behind.has(blocker.id));
}

function blockersOf(order: ActionsInOrder, id: number): readonly PlannedAction[] {
  const found: PlannedAction[] = [];
  const seen = new Set<number>();
  const queue = [...(order.before[id] ?? [])];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (seen.has(next) || order.isOver(next)) continue;
    seen.add(next);
    const action = order.actions[next];
    if (action === undefined || action.pseudo) queue.push(...(order.before[next] ?? []));
    else found.push(action);
    if (found.length >= BLOCKERS_MAX) break;
  }
  return found;
}

/** What another one of them waits for itself need not be said. */
function allBefore(
  { before }: ActionsInOrder,
  blockers: readonly PlannedAction[],
): ReadonlySet<number> {
  const behind = new Set<number>();
  const work = blockers.map(({ id }) => id);
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const first of before[at] ?? []) {
      if (behind.has(first)) continue;
      behind.add(first);
      work.push(first);
    }
  }
  return behind;
}
