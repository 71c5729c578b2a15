/** Migrations that were interrupted half way. */
import { isAvailable } from '../assignment/hosts.ts';
import { agentChanged } from '../digests/compare.ts';
import { cloneOf, ROLE } from '../world.ts';
import type { Host, Unit } from '../world.ts';

/** A half done migration whose target is still the wanted one is continued. */
export const isPartialMigration = (unit: Unit, target: Host | undefined): boolean =>
  unit.partialTarget !== undefined &&
  unit.partialTarget === target &&
  unit.activeOn.length === 2 &&
  unit.partialSource !== undefined &&
  unit.activeOn.includes(unit.partialSource) &&
  mayMigrate(unit, unit.partialSource, target);

/** Whether the unit as it is may move live between these two. */
export function mayMigrate(unit: Unit, source: Host, target: Host): boolean {
  const connection = unit.connectionOf !== undefined && unit.containerUnit === undefined;
  const migratable = unit.migratable || (connection && unit.meta.get('allow-migrate') !== 'false');
  if (!migratable || !unit.managed || unit.failed || unit.stopNeeded || unit.removed) return false;
  if (cloneOf(unit) !== undefined || unit.pendingTask === 'start') return false;
  if (unit.role < ROLE.started || agentChanged(unit, source)) return false;
  return source.online && !source.unclean && isAvailable(target, true);
}
