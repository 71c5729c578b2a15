/** A placement that can be taken back: scores, roles and loads as they were before. */
import type { Host, RoleLevel, Unit, World } from '../world.ts';
import { takeRoom } from '../preferences/room.ts';
import { consume } from './utilization.ts';

interface Saved {
  readonly unit: Unit;
  readonly scores: Int32Array;
  readonly nextRole: RoleLevel | undefined;
  readonly nextRoleReason: string | undefined;
  readonly unplacedReason: string | undefined;
}

export function saveUnits(units: readonly Unit[]): readonly Saved[] {
  return units.map((unit) => ({
    unit,
    scores: unit.scores.slice(),
    nextRole: unit.nextRole,
    nextRoleReason: unit.nextRoleReason,
    unplacedReason: unit.unplacedReason,
  }));
}

export function restoreUnits(world: World, saved: readonly Saved[]): void {
  for (const { unit, scores, nextRole, nextRoleReason, unplacedReason } of saved) {
    if (unit.kind === 'primitive') unload(world, unit, unit.assigned);
    unit.provisional = true;
    unit.assigned = undefined;
    unit.scores.set(scores);
    unit.nextRole = nextRole;
    unit.nextRoleReason = nextRoleReason;
    unit.unplacedReason = unplacedReason;
  }
}

function unload(world: World, unit: Unit, host: Host | undefined): void {
  if (unit.provisional || host === undefined) return;
  host.load -= 1;
  consume(world, unit, host, -1);
  takeRoom(world, unit, host, -1);
}
