/** Where a unit is active, and what the failures found there make of it. */
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import { mustFence } from '../nodes/fencing.ts';
import { reconnectDelayMs } from '../configuration/blank.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import type { Replay } from './state.ts';

/** The unit runs (or may run) on this host. */
export function addActive(unit: Unit, host: Host): void {
  if (unit.activeOn.includes(host)) return;
  unit.activeOn.push(host);
  host.active.push(unit);
}

/** What follows from being active, once all of it is known: it must not depend on the order. */
export function settleActivity(unit: Unit): void {
  if (unit.activeOn.some((host) => host.maintenance)) {
    unit.managed = false;
    unit.maintenance = true;
  }
  if (!unit.managed) {
    for (const host of unit.activeOn) prefer(unit, host);
  } else if (unit.activeOn.length > 1 && unit.multipleActive === 'block') {
    blockEverywhere(unit);
  }
}

/** An unmanaged resource stays where it is. */
function prefer(unit: Unit, host: Host): void {
  unit.present[host.index] = 1;
  unit.scores[host.index] = addScores(unit.scores[host.index] ?? 0, INFINITY_SCORE);
}

function blockEverywhere(unit: Unit): void {
  const parent = unit.parent;
  const affected = parent?.kind === 'group' ? primitivesOf(parent) : [unit];
  for (const part of affected) {
    part.managed = false;
    part.blocked = true;
  }
  unit.scores.fill(-INFINITY_SCORE);
}

/** Carries out the reaction that the replay ended with; the fencing of the host is reaction enough. */
export function applyReaction(replay: Replay): void {
  const { world, unit, host } = replay;
  if (host.unclean && replay.reaction !== 'fence') return;
  const why = `${unit.configId} failed on ${host.name} (${replay.failedTask})`;
  switch (replay.reaction) {
    case 'ignore':
      return;
    case 'demote':
      unit.failed = true;
      if (replay.role === ROLE.promoted) limitRole(unit, ROLE.unpromoted, why);
      else unit.stopNeeded = true;
      return;
    case 'restart':
      if (replay.role !== undefined && replay.role > ROLE.stopped) {
        unit.failed = true;
        unit.stopNeeded = true;
      }
      return;
    case 'ban':
      banFrom(unit, host);
      return;
    case 'block':
      unit.failed = true;
      unit.managed = false;
      unit.blocked = true;
      return;
    case 'stop':
      unit.failed = true;
      limitRole(unit, ROLE.stopped, why);
      return;
    case 'standby':
      host.standby = true;
      host.standbyByFailure = true;
      unit.failed = true;
      unit.stopNeeded = true;
      return;
    case 'fence':
      unit.failed = true;
      unit.stopNeeded = true;
      mustFence(world, host, why);
      return;
    case 'restart-container':
      restartContainer(unit);
      return;
    case 'reset-remote':
      resetRemote(world, unit, why);
      return;
  }
}

export function limitRole(unit: Unit, role: 1 | 3, why: string): void {
  if (unit.nextRole === undefined || unit.nextRole > role) {
    unit.nextRole = role;
    unit.nextRoleReason = why;
  }
}

function banFrom(unit: Unit, host: Host): void {
  const clone = cloneOf(unit);
  for (const part of primitivesOf(clone ?? unit)) {
    part.present[host.index] = 1;
    part.scores[host.index] = -INFINITY_SCORE;
  }
}

function restartContainer(unit: Unit): void {
  const container = unit.containerUnit;
  unit.failed = true;
  unit.stopNeeded = true;
  if (container === undefined) return;
  if (container.managed) {
    container.failed = true;
    container.stopNeeded = true;
  }
}

function resetRemote(world: World, unit: Unit, why: string): void {
  unit.failed = true;
  unit.stopNeeded = true;
  const host = unit.connectionOf;
  if (host === undefined || !world.options.fencing) return;
  if (unit.managed && !host.remoteFenced) mustFence(world, host, why);
  if (reconnectDelayMs(unit) !== undefined) limitRole(unit, ROLE.stopped, why);
}
