/** A resource and what it cannot run without: whose states may be the reason that it does not run. */
import { comesFirst } from '../../model/comes-first.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { primitivesOf, topOf } from '../world.ts';
import type { Unit, World } from '../world.ts';

export interface Relatives {
  /** Its own primitives first, then those of what it depends on. */
  readonly units: readonly Unit[];
  /** Ids to which meta attributes may be given: own, outer and inner ones. */
  readonly resources: readonly string[];
  /** The ids above and those of tags' targets, for constraints. */
  readonly all: ReadonlySet<string>;
  /** What `cleanup` is asked of → the primitives whose failures that clears. */
  readonly cleanups: ReadonlyMap<string, ReadonlySet<string>>;
}

const RELATIVES_MAX = 64;

/** @param units the resource's own primitives */
export function relativesOf(world: World, id: string, units: readonly Unit[]): Relatives {
  const tops = [...new Set(units.map((unit) => topOf(unit)))];
  for (let i = 0; i < tops.length && tops.length < RELATIVES_MAX; i += 1) {
    const at = tops[i];
    if (at === undefined) break;
    for (const primary of neededBy(world, at)) if (!tops.includes(primary)) tops.push(primary);
  }
  const resources = tops.flatMap((top) => namesBelow(top)).slice(0, RELATIVES_MAX);
  const others = tops.flatMap((top) => primitivesOf(top)).filter((unit) => !units.includes(unit));
  return {
    units: [...units, ...others].slice(0, RELATIVES_MAX),
    resources,
    all: new Set([id, ...resources]),
    cleanups: cleanupsOf(id, units, tops),
  };
}

/** What must be there (colocation) or have started (order) for it. */
function neededBy(world: World, top: Unit): readonly Unit[] {
  const ids = new Set(namesBelow(top));
  const found = world.colocations
    .filter((link) => Math.abs(link.score) >= INFINITY_SCORE && ids.has(link.dependent.configId))
    .map((link) => topOf(link.primary));
  for (const constraint of world.picture.configuration.constraints) {
    for (const id of comesFirst(constraint, (own) => ids.has(own)).flatMap((e) => e.resources)) {
      const first = world.unitById.get(id);
      if (first !== undefined) found.push(topOf(first));
    }
  }
  return found;
}

/** Outermost first; instances of a clone have one name. */
function namesBelow(top: Unit): readonly string[] {
  const names = new Set<string>();
  const work: Unit[] = [top];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    names.add(at.configId);
    work.push(...at.children.toReversed());
  }
  return [...names];
}

/** The resource as a whole where several of its members may have failed, else each one alone. */
function cleanupsOf(
  id: string,
  own: readonly Unit[],
  tops: readonly Unit[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const mine = new Set(own.map((unit) => unit.configId));
  const cleanups = new Map<string, ReadonlySet<string>>();
  if (mine.size > 1) cleanups.set(id, mine);
  for (const top of tops) {
    for (const unit of primitivesOf(top)) cleanups.set(unit.configId, new Set([unit.configId]));
    if (cleanups.size >= RELATIVES_MAX) break;
  }
  return cleanups;
}
