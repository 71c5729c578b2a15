/** Live migration: which moves may keep the resource running. */
import type { Host, Unit, World } from '../world.ts';

export function markMigration(_world: World, _unit: Unit, _target: Host): void {
  // Filled in with the migration phase.
}
