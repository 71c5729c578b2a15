/** A placement that can be taken back: scores, roles and loads as they were before. */
import type { Host, RoleLevel, Unit } from '../world.ts';

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

export function restoreUnits(saved: readonly Saved[]): void {
  for (const { unit, scores, nextRole, nextRoleReason, unplacedReason } of saved) {
    if (unit.kind === 'primitive') unload(unit, unit.assigned);
    unit.provisional = true;
    unit.assigned = undefined;
    unit.scores.set(scores);
    unit.nextRole = nextRole;
    unit.nextRoleReason = nextRoleReason;
    unit.unplacedReason = unplacedReason;
  }
}

function unload(unit: Unit, host: Host | undefined): void {
  if (unit.provisional || host === undefined) return;
  host.load -= 1;
}
