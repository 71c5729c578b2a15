/** What has its place and will not be there yet: something that must come first cannot be done. */
import { resourceId } from '../../model/ids.ts';
import type { Unplaced } from '../../model/plan.ts';
import { promotionScore } from '../assignment/promotion.ts';
import { instanceName } from '../output/names.ts';
import { cloneOf, ROLE } from '../world.ts';
import type { Unit, World } from '../world.ts';
import { whyBlocked, willRun } from './runs.ts';

/** In the order of the configuration; the same sentence of several instances stands once. */
export function heldUp(world: World): readonly Unplaced[] {
  const told = new Map<string, Unplaced>();
  for (const unit of world.units) {
    const entry = unit.kind === 'clone' ? unpromoted(world, unit) : heldUpUnit(world, unit);
    if (entry !== undefined) told.set(entry.reason, entry);
  }
  return [...told.values()];
}

function heldUpUnit(world: World, unit: Unit): Unplaced | undefined {
  const host = unit.assigned;
  if (unit.kind !== 'primitive' || host === undefined || unit.removed) return undefined;
  const why = whyBlocked(world, unit) ?? whyNotBegun(world, unit);
  if (why === undefined) return undefined;
  const name = instanceName(unit);
  const what = willRun(world, unit, host) ? whatStays(unit) : 'does not start';
  return { resource: resourceId(name), reason: `${name} ${what} on ${host.name}: ${why}.` };
}

/** Of what runs and goes on: it does not get its role, or does not restart or stop. */
const whatStays = ({ nextRole }: Unit): string =>
  nextRole === ROLE.promoted ? 'is not promoted' : 'is left as it is';

/** It is not even wanted to start, although it has its place. */
function whyNotBegun(world: World, unit: Unit): string | undefined {
  const { assigned: host } = unit;
  const isAlive = unit.activeOn.some(({ online, unclean }) => online && !unclean);
  if (!unit.managed) return isAlive ? undefined : 'it is not managed';
  if (host === undefined || willRun(world, unit, host)) return undefined;
  const starts = world.actions.ofTask(unit, 'start');
  return starts.find(({ blockReason }) => blockReason !== undefined)?.blockReason;
}

/** Of the clone that the unit is in, as a sentence. */
export function whyUnpromoted(world: World, unit: Unit | undefined): string | undefined {
  const clone = unit === undefined ? undefined : cloneOf(unit);
  return clone === undefined ? undefined : unpromoted(world, clone)?.reason;
}

/** A promotable clone of which nothing will be promoted, though it may. */
function unpromoted(world: World, clone: Unit): Unplaced | undefined {
  if (clone.clone?.promotable !== true || clone.clone.promotedMax < 1) return undefined;
  if (clone.targetRole !== undefined && clone.targetRole < ROLE.promoted) return undefined;
  const placed = clone.children.filter(({ assigned }) => assigned !== undefined);
  if (placed.length === 0) return undefined;
  if (placed.some(({ nextRole }) => nextRole === ROLE.promoted)) return undefined;
  const scores = placed.map((instance) => bestScore(world, instance));
  const why = scores.every((score) => score === undefined)
    ? 'its agent has not set a promotion score on any node, which it does once it runs'
    : 'no promotion score is high enough, or constraints rule the role out';
  const reason = `${clone.id} is promoted nowhere: ${why}.`;
  return { resource: resourceId(clone.id), reason, advice: `holdfast why ${clone.id}` };
}

const bestScore = (world: World, instance: Unit): number | undefined =>
  instance.assigned === undefined ? undefined : promotionScore(world, instance, instance.assigned);
