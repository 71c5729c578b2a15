/** Migrations that were interrupted half way. */
import type { Host, Unit } from '../world.ts';

/** A half done migration whose target is still the wanted one is continued. */
export const isPartialMigration = (unit: Unit, target: Host | undefined): boolean =>
  unit.partialTarget !== undefined &&
  unit.partialTarget === target &&
  unit.activeOn.length === 2 &&
  unit.partialSource !== undefined &&
  unit.activeOn.includes(unit.partialSource);
