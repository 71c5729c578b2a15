/** What the dependents of a resource wish for is added to the resource's own scores. */
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import { ROLE } from '../world.ts';
import type { ColocationLink, Host, Unit, World } from '../world.ts';
import { anyAvailable, attributeOf, isAvailable, scoreOn } from './hosts.ts';
import { hasInfluence, thisWithOf, withThisOf } from './links.ts';

export interface Walk {
  readonly world: World;
  /** The unit whose table is being filled. */
  readonly target: Unit;
  readonly direction: 'dependents' | 'primaries';
  /** Never let a score fall below zero through others' wishes (used to compare instances). */
  readonly positiveOnly: boolean;
  readonly visiting: Set<Unit>;
  budget: number;
}

/** Bounds the walk through chains and diamonds of colocations. */
const VISITS_MAX = 20_000;
const DEPTH_MAX = 400;

export const newWalk = (
  world: World,
  target: Unit,
  direction: Walk['direction'] = 'dependents',
  positiveOnly = false,
): Walk => ({ world, target, direction, positiveOnly, visiting: new Set(), budget: VISITS_MAX });

/** Adds the wishes of a link's dependent to the primary's own scores. */
export function addDependentScores(
  world: World,
  link: ColocationLink,
  primary: Unit,
  positiveOnly = false,
): void {
  if (!hasInfluence(link, primary)) return;
  const factor = Math.fround(link.score / INFINITY_SCORE);
  const walk = newWalk(world, primary, 'dependents', positiveOnly);
  walk.visiting.add(primary);
  const table = { scores: primary.scores, present: primary.present };
  const result = mergeScores(walk, link.dependent, table, link, factor);
  primary.scores.set(result.scores);
}

export interface Table {
  readonly scores: Int32Array;
  readonly present: Uint8Array;
}

/**
 * The table with the source's scores (times the factor) added, then those of the source's own
 * partners, and so on. A step that would leave no host is taken back.
 */
export function mergeScores(
  walk: Walk,
  source: Unit,
  table: Table,
  link: ColocationLink | undefined,
  factor: number,
): Table {
  if (walk.visiting.has(source) || walk.budget <= 0 || walk.visiting.size > DEPTH_MAX) return table;
  walk.budget -= 1;
  walk.visiting.add(source);
  let work: Table = { scores: table.scores.slice(), present: table.present };
  const representative = representativeOf(walk, source);
  const fallen = addMatching(walk, representative, work.scores, link, factor);
  if (!anyAvailable(walk.world, work.scores, work.present, fallen)) {
    walk.visiting.delete(source);
    return table;
  }
  for (const next of linksOf(walk, representative)) {
    if (walk.direction === 'dependents' && !hasInfluence(next, representative)) continue;
    const other = walk.direction === 'dependents' ? next.dependent : next.primary;
    work = mergeScores(walk, other, work, next, factorBeyond(factor, next));
  }
  walk.visiting.delete(source);
  return work;
}

/**
 * What a partner's partner counts: its own colocation's score decides, the one before it only the
 * sign. The members of a group count as the group does.
 */
function factorBeyond(factor: number, { score, dependent, primary }: ColocationLink): number {
  const isInGroup = dependent.parent?.kind === 'group' && dependent.parent === primary.parent;
  const before = isInGroup ? factor : Math.sign(factor);
  return Math.fround(before * Math.fround(score / INFINITY_SCORE));
}

/** A group speaks through its first member, whose dependents the others are. */
function representativeOf(walk: Walk, source: Unit): Unit {
  if (source.kind !== 'group') return source;
  const { children } = source;
  return (walk.direction === 'dependents' ? children[0] : children.at(-1)) ?? source;
}

const linksOf = (walk: Walk, unit: Unit): readonly ColocationLink[] =>
  walk.direction === 'dependents' ? withThisOf(unit) : thisWithOf(unit);

/** Hosts that are banned by this, though their scores may be kept from falling, are the answer. */
function addMatching(
  walk: Walk,
  source: Unit,
  scores: Int32Array,
  link: ColocationLink | undefined,
  factor: number,
): ReadonlySet<Host> | undefined {
  const { world, target } = walk;
  let fallen: Set<Host> | undefined;
  const attribute = link?.attribute ?? '#uname';
  const onlyHost = allowedHosts(world, source) === 1;
  for (const host of world.hosts) {
    if (target.present[host.index] !== 1) continue;
    const score =
      attribute === '#uname'
        ? ownScore(source, host)
        : bestMatching(world, source, attribute, attributeOf(host, attribute));
    if (factor < 0 && score < 0 && !(onlyHost && factor * score > target.stickiness)) continue;
    const delta = scaled(factor, score);
    const before = scores[host.index] ?? 0;
    const after = addScores(before, delta);
    if (walk.positiveOnly && after < 0) {
      if (before > 0) scores[host.index] = 1;
      fallen = (fallen ?? new Set()).add(host);
      continue;
    }
    scores[host.index] = after;
  }
  return fallen;
}

function scaled(factor: number, score: number): number {
  const product = Math.fround(factor * score);
  if (!Number.isFinite(product)) return 0;
  const rounded = product < 0 ? -Math.round(-product) : Math.round(product);
  if (rounded !== 0 || score === 0) return rounded;
  return product > 0 ? 1 : -1;
}

function allowedHosts(world: World, unit: Unit): number {
  let count = 0;
  for (const host of world.hosts)
    if (scoreOn(unit, host) >= 0 && unit.present[host.index] === 1) count += 1;
  return count;
}

const ownScore = (source: Unit, host: Host): number => scoreOn(source, host);

/** Best score of the source on available hosts with this value of the attribute. */
function bestMatching(
  world: World,
  source: Unit,
  attribute: string,
  value: string | undefined,
): number {
  let best = -INFINITY_SCORE;
  for (const host of world.hosts) {
    if (!isAvailable(host) || attributeOf(host, attribute) !== value) continue;
    best = Math.max(best, scoreOn(source, host));
  }
  return best;
}

export const isForPromoted = (link: ColocationLink): boolean =>
  link.dependentRole === ROLE.promoted;
