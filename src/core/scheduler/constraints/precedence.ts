/** Which of a unit's colocations is looked at first. */
import { compareText } from '../values/text.ts';
import type { ColocationLink, Unit } from '../world.ts';

/** For a dependent: by its primaries. */
export const comparePrimaries = (a: ColocationLink, b: ColocationLink): number =>
  compareLinks(a, b, a.primary, b.primary);

/** For a primary: by its dependents. */
export const compareDependents = (a: ColocationLink, b: ColocationLink): number =>
  compareLinks(a, b, a.dependent, b.dependent);

/** The other side's priority decides, then clones come first, then its name. */
function compareLinks(a: ColocationLink, b: ColocationLink, left: Unit, right: Unit): number {
  return (
    right.priority - left.priority ||
    cloneRank(right) - cloneRank(left) ||
    compareText(left.id, right.id) ||
    a.order - b.order
  );
}

const cloneRank = (unit: Unit): number =>
  unit.clone === undefined && unit.bundle === undefined
    ? 0
    : unit.clone?.promotable === true
      ? 2
      : 1;
