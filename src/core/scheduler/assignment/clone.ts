/** Placement of a clone's instances: running ones stay if they may, the others by score. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { primitivesOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { restoreUnits, saveUnits } from './attempt.ts';
import { activeHosts, isAvailable, scoreOn } from './hosts.ts';
import { compareInstances } from './instances.ts';
import { addDependentScores, isForPromoted } from './influence.ts';
import { thisWithOf, withThisOf } from './links.ts';
import type { Assigner } from './primitive.ts';
import { addPromotionScores, promoteInstances } from './promotion.ts';

/** Places one instance (a primitive or a group) and says where. */
export type AssignInstance = (unit: Unit, prefer: Host | undefined) => Host | undefined;

export function assignClone(assigner: Assigner, clone: Unit, assign: AssignInstance): void {
  if (!clone.provisional || clone.assigning || clone.clone === undefined) return;
  clone.assigning = true;
  const { world } = assigner;
  if (clone.clone.promotable) addPromotionScores(world, clone);
  const unwanted = unwantedHosts(world, clone);
  for (const link of thisWithOf(clone)) assigner.assign(link.primary);
  for (const link of withThisOf(clone)) {
    // Where a dependent cannot go, instances may be all the same: one elsewhere is enough for it.
    if (!isForPromoted(link)) addDependentScores(world, link, clone, true);
  }
  const ordered = [...clone.children].sort((a, b) => compareInstances(world, clone, a, b));
  const { instancesMax: total, perNodeMax } = clone.clone;
  assignInstances(world, clone, ordered, { total, perNodeMax, unwanted }, assign);
  if (clone.clone.promotable) promoteInstances(assigner, clone);
  clone.provisional = false;
  clone.assigning = false;
}

interface Counting {
  readonly world: World;
  readonly collective: Unit;
  /** Instances per host so far. */
  readonly counts: Int32Array;
  readonly perNodeMax: number;
  readonly unwanted: ReadonlySet<Host>;
  readonly assign: AssignInstance;
}

/** How many instances there may be, in all and on each host. */
export interface Limits {
  readonly total: number;
  readonly perNodeMax: number;
  /** Hosts that the collective itself is to stay away from, whatever speaks for an instance. */
  readonly unwanted: ReadonlySet<Host>;
}

export function assignInstances(
  world: World,
  collective: Unit,
  instances: readonly Unit[],
  { total, perNodeMax, unwanted }: Limits,
  assign: AssignInstance,
): void {
  const counts = new Int32Array(world.hosts.length);
  const counting: Counting = { world, collective, counts, perNodeMax, unwanted, assign };
  const optimal = optimalPerNode(world, collective, total);
  let assigned = 0;
  for (const instance of instances) {
    if (assigned >= total) break;
    const host = stayingHost(counting, instance, optimal);
    if (host !== undefined && assignTo(counting, instance, host, total - assigned)) assigned += 1;
  }
  for (const instance of instances) {
    if (!instance.provisional) continue;
    if (assigned >= total) refuse(instance);
    if (assignAnywhere(counting, instance)) assigned += 1;
  }
}

export const unwantedHosts = (world: World, collective: Unit): ReadonlySet<Host> =>
  new Set(world.hosts.filter((host) => scoreOn(collective, host) < 0));

function optimalPerNode(world: World, collective: Unit, total: number): number {
  const available = world.hosts.filter(
    (host) =>
      collective.present[host.index] === 1 && isAvailable(host) && scoreOn(collective, host) >= 0,
  ).length;
  return available === 0 ? 1 : Math.max(1, Math.floor(total / available));
}

/** Where a running instance would stay: allowed, available and not yet full. */
function stayingHost(counting: Counting, instance: Unit, optimal: number): Host | undefined {
  const host = activeHosts(instance)[0];
  if (host === undefined || !instance.provisional || instance.failed) return undefined;
  if (!isAvailable(host, true)) return undefined;
  if (counting.collective.present[host.index] !== 1) return undefined;
  return (counting.counts[host.index] ?? 0) >= optimal ? undefined : host;
}

/**
 * Tries to keep an instance on one host. Where another host is better, that one is left to another
 * instance as long as there are instances to come and it makes no difference which; else all is
 * taken back.
 */
function assignTo(counting: Counting, instance: Unit, host: Host, available: number): boolean {
  const parts = [instance, ...(instance.kind === 'primitive' ? [] : primitivesOf(instance))];
  const saved = saveUnits(parts);
  banFull(counting, instance);
  const banned: Host[] = [];
  while (banned.length < available) {
    const chosen = counting.assign(instance, host);
    if (chosen === host) {
      counting.counts[host.index] = (counting.counts[host.index] ?? 0) + 1;
      return true;
    }
    restoreUnits(counting.world, saved);
    if (chosen === undefined || isUnique(instance)) return false;
    banned.push(chosen);
    banFull(counting, instance);
    for (const part of parts) {
      for (const { index } of banned) part.scores[index] = -INFINITY_SCORE;
    }
  }
  restoreUnits(counting.world, saved);
  return false;
}

/** Instances of which each is another thing: the better place is this one's, as with a primitive. */
const isUnique = (instance: Unit): boolean => primitivesOf(instance).some(({ unique }) => unique);

function assignAnywhere(counting: Counting, instance: Unit): boolean {
  banFull(counting, instance);
  const chosen = counting.assign(instance, undefined);
  if (chosen === undefined) return false;
  counting.counts[chosen.index] = (counting.counts[chosen.index] ?? 0) + 1;
  return true;
}

/** Bans the instance from hosts that are unavailable, not the clone's, unwanted by it, or full. */
function banFull(counting: Counting, instance: Unit): void {
  const { world, collective, counts, perNodeMax, unwanted } = counting;
  for (const host of world.hosts) {
    const full = (counts[host.index] ?? 0) >= perNodeMax;
    if (isAvailable(host) && collective.present[host.index] === 1 && !full && !unwanted.has(host)) {
      continue;
    }
    for (const part of [instance, ...instance.children]) part.scores[host.index] = -INFINITY_SCORE;
  }
}

function refuse(instance: Unit): void {
  for (const part of [instance, ...instance.children]) {
    part.scores.fill(-INFINITY_SCORE);
    part.unplacedReason ??= 'the clone already has all the instances it may have (clone-max)';
  }
}
