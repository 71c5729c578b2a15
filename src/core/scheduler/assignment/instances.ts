/** The order in which a clone's instances are placed. */
import type { Host, Unit, World } from '../world.ts';
import { activeHosts, isAvailable, scoreOn } from './hosts.ts';
import { mergeScores, newWalk } from './influence.ts';
import type { Table } from './influence.ts';
import { thisWithOf, withThisOf } from './links.ts';
import { INFINITY_SCORE } from '../../model/score.ts';

/**
 * Fewer active hosts first (but active before inactive where priorities are equal), not on a
 * forbidden host, higher priority, on a host that can run it, not failed, better scores where it
 * runs, lower number.
 */
export function compareInstances(world: World, clone: Unit, a: Unit, b: Unit): number {
  const hostsA = activeHosts(a);
  const hostsB = activeHosts(b);
  if (hostsA.length > 0 && hostsB.length > 0 && hostsA.length !== hostsB.length) {
    return hostsA.length - hostsB.length;
  }
  const forbidden =
    Number(isForbidden(clone, a, hostsA[0])) - Number(isForbidden(clone, b, hostsB[0]));
  if (forbidden !== 0) return forbidden;
  const byPriority = priorityOf(b) - priorityOf(a);
  if (byPriority !== 0) return byPriority;
  const active = Number(hostsB.length > 0) - Number(hostsA.length > 0);
  if (active !== 0) return active;
  const able = Number(canRun(hostsB[0])) - Number(canRun(hostsA[0]));
  if (able !== 0) return able;
  const failed = Number(isFailed(a)) - Number(isFailed(b));
  if (failed !== 0) return failed;
  const byScore = compareColocated(world, a, b, hostsA[0], hostsB[0]);
  if (byScore !== 0) return byScore;
  return a.instanceNumber - b.instanceNumber;
}

/** What may be promoted somewhere counts as much as it would count there. */
const priorityOf = ({ priority, promotionScore }: Unit): number =>
  promotionScore > 0 ? Math.max(priority, promotionScore) : priority;

const isForbidden = (clone: Unit, instance: Unit, host: Host | undefined): boolean =>
  host !== undefined && (clone.present[host.index] !== 1 || scoreOn(instance, host) < 0);

const canRun = (host: Host | undefined): boolean => host === undefined || isAvailable(host);

/** What runs nowhere, like the container of a replica whose inside failed, begins anew in any case. */
const isFailed = (instance: Unit): boolean =>
  activeHosts(instance).length > 0 &&
  (instance.failed || instance.children.some((child) => child.failed));

/** Scores including what colocated resources wish for, on the hosts where the two run. */
function compareColocated(
  world: World,
  a: Unit,
  b: Unit,
  hostA: Host | undefined,
  hostB: Host | undefined,
): number {
  const clone = a.parent;
  if (clone === undefined) return 0;
  const left = colocatedScores(world, a);
  const right = colocatedScores(world, b);
  if (hostA !== undefined && hostB !== undefined) {
    const inA = left.scores[hostA.index] ?? 0;
    const inB = right.scores[hostB.index] ?? 0;
    if (inA !== inB) return inB - inA;
  }
  return bestOf(world, right) - bestOf(world, left);
}

/** The score on the best host alone: what the others are like does not count. */
function bestOf(world: World, { scores, present }: Table): number {
  let best = -INFINITY_SCORE;
  for (const host of world.hosts) {
    if (present[host.index] !== 1 || !isAvailable(host)) continue;
    best = Math.max(best, scores[host.index] ?? 0);
  }
  return best;
}

function colocatedScores(world: World, instance: Unit): Table {
  const clone = instance.parent ?? instance;
  let table: Table = { scores: instance.scores.slice(), present: instance.present };
  for (const link of thisWithOf(clone)) {
    const walk = newWalk(world, instance, 'primaries', true);
    walk.visiting.add(instance);
    table = mergeScores(walk, link.primary, table, link, Math.fround(link.score / INFINITY_SCORE));
  }
  for (const link of withThisOf(clone)) {
    const walk = newWalk(world, instance, 'dependents', true);
    walk.visiting.add(instance);
    table = mergeScores(
      walk,
      link.dependent,
      table,
      link,
      Math.fround(link.score / INFINITY_SCORE),
    );
  }
  return table;
}
