/** Where what needs access to shared devices cannot go: they refuse it, or have not given it yet. */
import { ACCESS_REFUSED_ATTRIBUTE } from '../../model/attributes.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { isUnfenced } from '../actions/unfencing.ts';
import { contribute } from '../constraints/location.ts';
import type { Host, Unit, World } from '../world.ts';

/**
 * What runs well elsewhere is not stopped for a node that may not get its access. What runs nowhere
 * has its place there, and its start waits.
 */
export function keepOffWithoutAccess(world: World): void {
  if (!world.unfencesItself || !world.options.fencing) return;
  const units = world.units.filter(isInNeed);
  for (const host of world.hosts) {
    if (host.kind !== 'member' || !host.online || isUnfenced(host)) continue;
    const refused = host.attributes.get(ACCESS_REFUSED_ATTRIBUTE);
    for (const unit of units) {
      if (refused === undefined && !runsElsewhere(unit, host)) continue;
      const why = refused ?? 'it is to be given';
      contribute(world, unit, host, -INFINITY_SCORE, ['access', why]);
    }
  }
}

const isInNeed = (unit: Unit): boolean =>
  unit.kind === 'primitive' && unit.requires === 'unfencing';

const runsElsewhere = (unit: Unit, host: Host): boolean =>
  !unit.activeOn.includes(host) &&
  unit.activeOn.some((other) => other.online && !other.unclean && isUnfenced(other));
