/** `holdfast balance`: the fewest live moves that level the load, and that the scheduler leaves as they are. */
import type { WallMs } from '../model/ids.ts';
import type { Picture } from '../model/picture.ts';
import { schedule } from '../scheduler/schedule.ts';
import { changedIn, refusalOf } from './check.ts';
import type { Refusal } from './check.ts';
import { after, banKey, fewestMoves, namesOf, shareMilli } from './level.ts';
import type { Amounts, BalanceMove } from './level.ts';
import type { Load } from './read.ts';

export interface Balance {
  readonly moves: readonly BalanceMove[];
  /** What arithmetic alone would have moved, bounded. */
  readonly refused: readonly Refusal[];
  /** The cluster is about to change these by itself: no moves are looked for. */
  readonly unsettled: readonly string[];
}

const ROUNDS_MAX = 60;
const REFUSED_MAX = 5;

/** It yields before each run of the scheduler: a caller may do something else between them. */
export function* balanceSteps(
  picture: Picture,
  now: WallMs,
  load: Load,
): Generator<undefined, Balance> {
  yield;
  const unsettled = changedIn(schedule(picture, now));
  const refused: Refusal[] = [];
  if (unsettled.length > 0) return { moves: [], refused, unsettled };
  const banned = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const moves = fewestMoves({ ...load, banned });
    if (moves.length === 0) break;
    const refusal = yield* refusalOf(picture, now, moves);
    if (refusal === undefined) return { moves, refused: refused.slice(0, REFUSED_MAX), unsettled };
    refused.push(refusal);
    banned.add(banKey(refusal.move.resource, refusal.move.to));
  }
  return { moves: [], refused: refused.slice(0, REFUSED_MAX), unsettled };
}

export function balance(picture: Picture, now: WallMs, load: Load): Balance {
  const steps = balanceSteps(picture, now, load);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export interface NodeShares {
  readonly node: string;
  /** Per cent of what it has, by name: of what is used at all. */
  readonly now: Amounts;
  readonly later: Amounts;
}

export function sharesOf(load: Load, moves: readonly BalanceMove[]): readonly NodeShares[] {
  const names = namesOf(load.nodes).filter((name) =>
    load.nodes.some(({ used }) => (used[name] ?? 0) > 0),
  );
  const moved = after(load, moves);
  const shares = (node: Load['nodes'][number] | undefined): Amounts =>
    Object.fromEntries(
      names.map((name) => [name, node === undefined ? 0 : Math.round(shareMilli(node, name) / 10)]),
    );
  return load.nodes.map((node, index) => ({
    node: node.node,
    now: shares(node),
    later: shares(moved[index]),
  }));
}
