/** Live migration: which moves may keep the resource running. */
import { currentHost } from '../assignment/hosts.ts';
import { FLAG } from '../ordering/table.ts';
import type { Host, Unit, World } from '../world.ts';
import { findOperation } from './operations.ts';
import { isPartialMigration, mayMigrate } from './partial.ts';

/** Marks start and stop of a move as migratable; the fixpoint may still take that back. */
export function markMigration(world: World, unit: Unit, target: Host): void {
  const source = currentHost(unit);
  if (source === undefined || source === target || !mayMigrate(unit, source, target)) return;
  // What an earlier migration left behind has to stop before anything comes or goes.
  if (unit.dangling.length > 0) return;
  if (unit.partialTarget !== undefined && !isPartialMigration(unit, target)) return;
  if (unit.activeOn.length > 1 && !isPartialMigration(unit, target)) return;
  const start = findOperation(world, unit, 'start', target);
  const stop = findOperation(world, unit, 'stop', source);
  if (start === undefined || stop === undefined) return;
  start.flags |= FLAG.migratable;
  stop.flags |= FLAG.migratable;
}
