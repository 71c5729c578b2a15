/**
 * `migration-limit`: so many live migrations at the same time on one node. The plan gets an order
 * for it, the most important machines first: what is before what is seen by everybody, as all order is.
 */
import type { NodeName } from '../model/ids.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { actionKey } from './keys.ts';

interface Move {
  readonly first: PlannedAction;
  readonly last: PlannedAction;
  readonly nodes: readonly NodeName[];
  readonly isUnderWay: boolean;
}

/** `running`: keys of what is under way already, and is not to be counted as waiting. */
export function limitMigrations(
  plan: Plan,
  limit: number,
  running: ReadonlySet<string> = new Set(),
): Plan {
  const moves = limit < 1 ? [] : movesOf(plan, running);
  if (moves.length <= limit) return plan;
  const after = adjacency(plan);
  const order = [...plan.order];
  const ends = new Map<NodeName, number[]>();
  for (const { first, last, nodes, isUnderWay } of moves) {
    for (const node of nodes) {
      const before = ends.get(node) ?? [];
      const turn = before.at(-limit);
      if (!isUnderWay && turn !== undefined && !leadsTo(after, first.id, turn)) {
        order.push([turn, first.id]);
        after[turn]?.push(first.id);
      }
      ends.set(node, [...before, last.id]);
    }
  }
  return { ...plan, order };
}

/** What is under way comes first, then what is more important, then as the plan has it. */
function movesOf({ actions }: Plan, running: ReadonlySet<string>): readonly Move[] {
  const arrivals = new Map(
    actions
      .filter(({ kind, pseudo }) => kind === 'migrate_from' && !pseudo)
      .map((action) => [subjectOf(action), action]),
  );
  const moves: Move[] = [];
  for (const first of actions) {
    if (first.kind !== 'migrate_to' || first.pseudo) continue;
    const { migrateSource: source, migrateTarget: target } = first;
    const last = arrivals.get(subjectOf(first));
    if (last === undefined || source === undefined || target === undefined) continue;
    moves.push({
      first,
      last,
      nodes: [source, target],
      isUnderWay: running.has(actionKey(first)),
    });
  }
  return moves.toSorted(
    (left, right) =>
      Number(right.isUnderWay) - Number(left.isUnderWay) ||
      right.first.priority - left.first.priority ||
      left.first.id - right.first.id,
  );
}

const subjectOf = ({ instance, resource }: PlannedAction): string => instance ?? resource ?? '';

export function adjacency({ actions, order }: Plan): number[][] {
  const after: number[][] = actions.map(() => []);
  for (const [first, then] of order) after[first]?.push(then);
  return after;
}

/** The order between resources counts more than the limit: a circle would never be carried out. */
export function leadsTo(after: readonly (readonly number[])[], from: number, to: number): boolean {
  const seen = new Set([from]);
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    for (const next of after[id] ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}
