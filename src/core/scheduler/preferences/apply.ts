/** Everything that speaks for or against a host before colocations: locations, stickiness, bans. */
import { INFINITY_SCORE, scoreText } from '../../model/score.ts';
import { rememberPromotedLocations } from '../assignment/promotion.ts';
import { applyLocations, contribute, readLocations } from '../constraints/location.ts';
import { agentChanged } from '../digests/compare.ts';
import { isFailureForgotten } from '../digests/failures.ts';
import type { LocationLink } from '../constraints/location.ts';
import { effectiveFailCount, isBanningCount } from '../history/failcounts.ts';
import { keepOffWithoutAccess } from './access.ts';
import { applyShutdownLocks } from './locks.ts';
import { applyRoom, readRoom } from './room.ts';
import { readBoolean } from '../values/text.ts';
import { cloneOf } from '../world.ts';
import type { Unit, World } from '../world.ts';

export function applyPreferences(world: World): void {
  const locations = readLocations(world);
  rememberPromotedLocations(world, locations);
  applyLocations(world, locations);
  applyExclusiveDiscovery(world);
  applyHealth(world);
  readRoom(world);
  applyRoom(world);
  keepOffWithoutAccess(world);
  keepOffRemoteNodes(world);
  keepOffReplicas(world);
  applyShutdownLocks(world);
  for (const unit of world.units) {
    if (unit.kind !== 'primitive') continue;
    applyStickiness(world, unit);
    applyFailCounts(world, unit);
  }
}

function applyExclusiveDiscovery(world: World): void {
  for (const unit of world.units) {
    const exclusive = unit.discoveryExclusive;
    if (exclusive === undefined) continue;
    for (const host of world.hosts) {
      if (exclusive[host.index] !== 1) {
        contribute(world, unit, host, -INFINITY_SCORE, [
          'location',
          'resource-discovery=exclusive',
        ]);
      }
    }
  }
}

/** Fence devices, connections and whatever holds a guest need a full cluster node. */
function keepOffRemoteNodes(world: World): void {
  const remotes = world.hosts.filter((host) => host.kind !== 'member');
  if (remotes.length === 0) return;
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || !needsMember(unit)) continue;
    for (const host of remotes) {
      if (unit.present[host.index] !== 1) continue;
      contribute(world, unit, host, -INFINITY_SCORE, [
        'location',
        'it cannot run on a remote node',
      ]);
    }
  }
}

/** A replica's node is for the instance inside it alone. */
function keepOffReplicas(world: World): void {
  const replicas = world.hosts.filter((host) => host.container?.parent?.kind === 'bundle');
  if (replicas.length === 0) return;
  for (const unit of world.units) {
    if (isInsideBundle(unit)) continue;
    for (const { index } of replicas) {
      unit.present[index] = 0;
      unit.scores[index] = -INFINITY_SCORE;
      unit.discoveryNever ??= new Uint8Array(world.hosts.length);
      unit.discoveryNever[index] = 1;
    }
  }
}

function isInsideBundle(unit: Unit): boolean {
  for (let at = unit.kind === 'clone' ? unit : unit.parent; at !== undefined; at = at.parent) {
    if (at.kind === 'clone') return at.parent?.kind === 'bundle';
  }
  return false;
}

export const needsMember = (unit: Unit): boolean =>
  unit.definition?.agent.class === 'stonith' || unit.connectionOf !== undefined || holdsGuest(unit);

/** A machine whose inside is a node; a bundle's container may be on a remote node all the same. */
export const holdsGuest = (unit: Unit): boolean =>
  unit.parent?.kind !== 'bundle' &&
  unit.fillers.some((filler) => filler.connectionOf !== undefined);

function applyHealth(world: World): void {
  const scores = world.hosts.filter((host) => host.health !== 0);
  if (scores.length === 0) return;
  const links: LocationLink[] = world.roots.map((unit) => ({
    id: 'node health',
    unit,
    role: undefined,
    discovery: 'always',
    scores: scores
      .filter(
        (host) => host.health > 0 || readBoolean(unit.meta.get('allow-unhealthy-nodes')) !== true,
      )
      .map((host) => [host, host.health] as const),
  }));
  applyLocations(world, links);
}

/** A managed resource that is active on exactly one node prefers to stay there. */
function applyStickiness(world: World, unit: Unit): void {
  const host = unit.activeOn[0];
  if (host === undefined || unit.activeOn.length !== 1) return;
  if (!unit.managed || unit.stickiness === 0) return;
  if (!world.options.symmetric && unit.present[host.index] !== 1) return;
  contribute(world, unit, host, unit.stickiness, ['stickiness', 'resource-stickiness']);
}

/** A fail count at the threshold bans the resource (an anonymous clone as a whole) from the node. */
function applyFailCounts(world: World, unit: Unit): void {
  if (unit.removed || unit.failureIgnored) return;
  const clone = cloneOf(unit);
  if (clone !== undefined && !unit.unique && !isFirstInstance(unit, clone)) return;
  for (const host of world.hosts) {
    const count = effectiveFailCount(world, unit, host);
    if (!isBanningCount(unit, count) || agentChanged(unit, host)) continue;
    if (isFailureForgotten(world, unit, host)) continue;
    const banned = clone !== undefined && !unit.unique ? clone : unit;
    const from = `fail count ${scoreText(count)} of ${unit.configId}`;
    const stack: Unit[] = [banned];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      contribute(world, at, host, -INFINITY_SCORE, ['failure', from]);
      stack.push(...at.children);
    }
  }
}

function isFirstInstance(unit: Unit, clone: Unit): boolean {
  const first = clone.children[0];
  return unit === first || (unit.parent === first && first !== undefined);
}
