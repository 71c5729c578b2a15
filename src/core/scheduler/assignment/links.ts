/** The colocations that count for a unit: its own and those it takes part in through its parents. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { compareDependents, comparePrimaries } from '../constraints/precedence.ts';
import type { ColocationLink, Unit } from '../world.ts';

/** Colocations in which the unit (or its group, clone, bundle) is the dependent. */
export function thisWithOf(unit: Unit): readonly ColocationLink[] {
  const links = [...unit.thisWith];
  let child = unit;
  for (let parent = unit.parent; parent !== undefined; parent = parent.parent) {
    if (parent.kind === 'bundle' && !isContainer(unit, parent)) break;
    const first = parent.kind !== 'group' || parent.children[0] === child;
    if (parent.kind === 'group' && first) links.push(...ofLaterMembers(parent));
    for (const link of parent.thisWith) {
      if (first || Math.abs(link.score) >= INFINITY_SCORE) links.push(link);
    }
    if (!first) break;
    child = parent;
  }
  return links.length > unit.thisWith.length ? links.sort(comparePrimaries) : links;
}

/** Where a group goes is decided with its first member: what binds a later one binds all. */
function ofLaterMembers(group: Unit): readonly ColocationLink[] {
  return group.children
    .slice(1)
    .flatMap((member) => member.thisWith.filter((link) => link.primary.parent !== group));
}

/** Colocations in which the unit (or what it is the last member or an instance of) is the primary. */
export function withThisOf(unit: Unit): readonly ColocationLink[] {
  const links = [...unit.withThis];
  let child = unit;
  for (let parent = unit.parent; parent !== undefined; parent = parent.parent) {
    if (parent.kind === 'bundle' && !isContainer(unit, parent)) break;
    if (parent.kind === 'group' && parent.children.at(-1) !== child) break;
    links.push(...parent.withThis);
    child = parent;
  }
  return links.length > unit.withThis.length ? links.sort(compareDependents) : links;
}

/** A bundle's own colocations are those of its containers. */
const isContainer = (unit: Unit, bundle: Unit): boolean =>
  bundle.bundle?.replicas.some((replica) => replica.container === unit) ?? false;

/** Whether the dependent's wishes move the primary: always if influential, else while it is down or lost. */
export function hasInfluence(link: ColocationLink, primary: Unit = link.primary): boolean {
  if (link.influence) return true;
  return primary.activeOn.every(({ unclean }) => unclean);
}
