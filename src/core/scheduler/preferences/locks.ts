/**
 * Shutdown locks (`shutdown-lock`): what ran on a node that was cleanly shut down waits for it to
 * come back, at most `shutdown-lock-limit`.
 */
import { INFINITY_SCORE } from '../../model/score.ts';
import { contribute } from '../constraints/location.ts';
import { changesAt, cloneOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

export function applyShutdownLocks(world: World): void {
  if (!world.options.shutdownLock) return;
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || !mayBeLocked(unit)) continue;
    const host = lockingHost(unit);
    if (host === undefined) continue;
    if (isOver(world, unit)) {
      if (!host.online) unit.lockOverOn = host;
      continue;
    }
    for (const other of world.hosts) {
      if (other === host) continue;
      contribute(world, unit, other, -INFINITY_SCORE, ['lock', `shutdown lock of ${host.name}`]);
    }
    unit.lockedTo = host;
  }
}

/** Clones, bundles, fence devices and what is not managed are needed elsewhere or stay anyway. */
const mayBeLocked = (unit: Unit): boolean =>
  cloneOf(unit) === undefined &&
  unit.parent?.kind !== 'bundle' &&
  unit.definition?.agent.class !== 'stonith' &&
  unit.managed &&
  !unit.removed;

/** The node that is shutting down with the resource on it, or was shut down with it. */
function lockingHost(unit: Unit): Host | undefined {
  if (unit.activeOn.length > 1) return undefined;
  const active = unit.activeOn[0];
  if (active !== undefined) return active.shutdown && active.online ? active : undefined;
  const locked = unit.lockedTo;
  return locked === undefined || locked.online || locked.unclean ? undefined : locked;
}

function isOver(world: World, unit: Unit): boolean {
  const limit = world.options.shutdownLockLimitMs;
  if (limit <= 0 || unit.lockedAtMs <= 0) return false;
  changesAt(world, unit.lockedAtMs + limit);
  return world.nowMs >= unit.lockedAtMs + limit;
}
