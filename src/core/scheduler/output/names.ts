/** What a unit is called in histories and by agents. */
import type { Unit } from '../world.ts';

/** Anonymous clones: agents see the bare name. */
export function instanceName(unit: Unit): string {
  if (unit.unique) return unit.id;
  if (!unit.removed || unit.parent === undefined) return unit.configId;
  for (const histories of unit.histories.values()) {
    const name = histories[0]?.resource;
    if (name !== undefined) return name;
  }
  return unit.configId;
}
