/** The order between the actions of the plan: pairs without cycles. */
import { isMigratable, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { note } from '../world.ts';
import type { World } from '../world.ts';

type Pair = readonly [number, number];

/** Pairs of ids of actions in the plan, sorted by the second; `ids` maps table indexes, −1: not in. */
export function orderedPairs(world: World, ids: Int32Array): readonly Pair[] {
  const firm: Pair[] = [];
  const soft: Pair[] = [];
  for (const action of world.actions.actions) {
    const then = ids[action.index] ?? -1;
    if (then < 0) continue;
    collect(world, action, then, ids, firm, soft);
  }
  const count = ids.reduce((most, id) => Math.max(most, id), -1) + 1;
  return breakCycles(world, withoutLoops(firm, soft, count), count);
}

function collect(
  world: World,
  action: Action,
  then: number,
  ids: Int32Array,
  ...[firm, soft]: readonly [Pair[], Pair[]]
): void {
  const { actions } = world;
  const found = new Map<number, boolean>();
  for (const relation of actions.incoming(action)) {
    const kinds = actions.kinds[relation] ?? 0;
    if ((kinds & KIND.silent) !== 0) continue;
    const firstIndex = actions.firsts[relation] ?? 0;
    const first = ids[firstIndex] ?? -1;
    if (first < 0 || isEndOfMigration(actions.at(firstIndex), action, kinds)) continue;
    const capacity = (kinds & KIND.capacity) !== 0;
    found.set(first, (found.get(first) ?? true) && capacity);
  }
  for (const first of [...found.keys()].sort((a, b) => a - b)) {
    (found.get(first) === true ? soft : firm).push([first, then]);
  }
}

/** The stop that ends a live migration is no stop to those who only want an order if both happen. */
function isEndOfMigration(first: Action, then: Action, kinds: number): boolean {
  if (first.task !== 'stop' || !isMigratable(first)) return false;
  if (first.unit === then.unit && then.task !== 'cancel') return false;
  return (kinds & KIND.loose) !== 0;
}

/**
 * Orders of capacity give way where they close a loop, those of the last resources first: what is
 * configured first may wait for room, the others make it.
 */
function withoutLoops(
  firm: readonly Pair[],
  soft: readonly Pair[],
  count: number,
): readonly Pair[] {
  if (soft.length === 0) return firm;
  const all = [...firm, ...soft].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const cyclic = inCycles(count, all);
  if (cyclic.size === 0) return all;
  const after = new Map<number, number[]>();
  for (const [first, then] of all) {
    const list = after.get(first);
    if (list === undefined) after.set(first, [then]);
    else list.push(then);
  }
  const dropped = new Set<Pair>();
  for (const pair of soft.toReversed()) {
    const [first, then] = pair;
    if (!cyclic.has(first) || !cyclic.has(then) || !reaches(after, then, first)) continue;
    dropped.add(pair);
    after.set(
      first,
      (after.get(first) ?? []).filter((next) => next !== then),
    );
  }
  return all.filter((pair) => !dropped.has(pair));
}

function reaches(after: ReadonlyMap<number, readonly number[]>, from: number, to: number): boolean {
  const seen = new Set<number>([from]);
  const work = [from];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (at === to) return true;
    for (const next of after.get(at) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      work.push(next);
    }
  }
  return false;
}

/** Constraints that contradict one another make cycles: pairs that close one are left out. */
function breakCycles(world: World, pairs: readonly Pair[], count: number): readonly Pair[] {
  const cyclic = inCycles(count, pairs);
  if (cyclic.size === 0) return pairs;
  note(
    world,
    'order-cycle',
    '',
    'The order constraints contradict one another; some were left out.',
  );
  const after = new Map<number, number[]>();
  return pairs.filter(([first, then]) => {
    if (!cyclic.has(first) || !cyclic.has(then)) return true;
    if (reaches(after, then, first)) return false;
    const list = after.get(first);
    if (list === undefined) after.set(first, [then]);
    else list.push(then);
    return true;
  });
}

/** Ids that remain when everything without a predecessor, again and again, is taken away. */
function inCycles(count: number, pairs: readonly Pair[]): ReadonlySet<number> {
  const waiting = new Int32Array(count);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const [first, then] of pairs) {
    waiting[then] = (waiting[then] ?? 0) + 1;
    after[first]?.push(then);
  }
  const work: number[] = [];
  for (let id = 0; id < count; id += 1) if (waiting[id] === 0) work.push(id);
  let done = 0;
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    done += 1;
    for (const next of after[at] ?? []) {
      waiting[next] = (waiting[next] ?? 0) - 1;
      if (waiting[next] === 0) work.push(next);
    }
  }
  const left = new Set<number>();
  if (done < count) for (let id = 0; id < count; id += 1) if ((waiting[id] ?? 0) > 0) left.add(id);
  return left;
}
