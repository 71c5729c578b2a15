/**
 * The order in which primitives were placed: that of the roots, primaries of colocations before their
 * dependents. What was placed before a unit is the load that it met.
 */
import { INFINITY_SCORE } from '../../model/score.ts';
import { thisWithOf } from '../assignment/links.ts';
import { topOf } from '../world.ts';
import type { Unit, World } from '../world.ts';

/** Position of each primitive. */
export type Turns = ReadonlyMap<Unit, number>;

interface Visit {
  readonly unit: Unit;
  readonly placed: boolean;
}

export function turnsOf(world: World): Turns {
  const turns = new Map<Unit, number>();
  const seen = new Set<Unit>();
  const connections = world.roots.filter((unit) => unit.connectionOf !== undefined);
  const work: Visit[] = [...connections, ...world.roots]
    .toReversed()
    .map((unit) => ({ unit, placed: false }));
  for (let visit = work.pop(); visit !== undefined; visit = work.pop()) {
    const { unit, placed } = visit;
    if (placed) {
      turns.set(unit, turns.size);
      continue;
    }
    if (seen.has(unit)) continue;
    seen.add(unit);
    if (unit.kind === 'primitive') work.push({ unit, placed: true });
    for (const first of before(unit).toReversed()) {
      if (!seen.has(first)) work.push({ unit: first, placed: false });
    }
  }
  return turns;
}

/** What is placed before the unit, or as its parts; a part of another thing means the whole. */
function before(unit: Unit): readonly Unit[] {
  if (unit.kind === 'group' || unit.kind === 'bundle') return unit.children;
  const links = thisWithOf(unit);
  const mandatory = links.filter((link) => Math.abs(link.score) >= INFINITY_SCORE);
  const others = links.filter((link) => !mandatory.includes(link));
  const own = topOf(unit);
  const primaries = [...mandatory, ...others]
    .map((link) => topOf(link.primary))
    .filter((primary) => primary !== own);
  return [...primaries, ...unit.children];
}
