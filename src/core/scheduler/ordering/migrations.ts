/**
 * Moves that stayed migratable become live migrations: migrate_to on the source, migrate_from on the
 * target, then the stop on the source, and the start is only a point in the order.
 */
import { probesOf } from '../actions/collective.ts';
import { isPartialMigration } from '../actions/partial.ts';
import type { Host, World } from '../world.ts';
import { FLAG, isMigratable, KIND, stands } from './table.ts';
import type { Action } from './table.ts';

interface Migration {
  readonly start: Action;
  readonly stop: Action;
  /** Absent where it was done before: the migration is continued. */
  readonly to: Action | undefined;
  readonly from: Action;
}

export function convertMigrations(world: World): void {
  const migrations = new Map<number, Migration>();
  for (const start of world.actions.actions.slice()) {
    if (start.task !== 'start' || !isMigratable(start) || !stands(start)) continue;
    const migration = convert(world, start);
    if (migration !== undefined) migrations.set(start.unit?.index ?? -1, migration);
  }
  for (const migration of migrations.values()) orderMigration(world, migration, migrations);
}

/** A point of the resource's own group: its order is that of the members. */
function isAbove(first: Action, start: Action): boolean {
  const above = first.unit;
  for (let at = start.unit?.parent; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}

function convert(world: World, start: Action): Migration | undefined {
  const unit = start.unit;
  const target = start.host;
  if (unit === undefined || target === undefined) return undefined;
  const stop = world.actions
    .ofTask(unit, 'stop')
    .find((action) => isMigratable(action) && stands(action) && action.host !== target);
  const source = stop?.host;
  if (stop === undefined || source === undefined) return undefined;
  const reason = `${unit.id} moves live from ${source.name} to ${target.name}`;
  const add = (task: string, host: Host): Action => {
    const action = world.actions.add({ unit, host, task, flags: FLAG.required, reason });
    action.migrateSource = source;
    action.migrateTarget = target;
    return action;
  };
  const partial = isPartialMigration(unit, target);
  const to = partial ? undefined : add('migrate_to', source);
  const from = add('migrate_from', target);
  start.flags |= FLAG.pseudo;
  start.reason = reason;
  stop.reason = reason;
  return { start, stop, to, from };
}

function orderMigration(
  world: World,
  migration: Migration,
  all: ReadonlyMap<number, Migration>,
): void {
  const { actions } = world;
  const { start, stop, to, from } = migration;
  const entry = to ?? from;
  if (to !== undefined) actions.relate(to, from, KIND.order);
  actions.relate(from, stop, KIND.order);
  actions.relate(from, start, KIND.order);
  afterProbesInside(world, start, entry);
  for (const relation of [...actions.incoming(start), ...actions.incoming(stop)]) {
    const first = actions.at(actions.firsts[relation] ?? 0);
    const kinds = actions.kinds[relation] ?? 0;
    if (first.unit === start.unit && first.task !== 'monitor') continue;
    if ((kinds & KIND.silent) !== 0 || isAbove(first, start)) continue;
    const other = first.unit === undefined ? undefined : all.get(first.unit.index);
    if (other === undefined || (first !== other.start && first !== other.stop)) {
      actions.relate(first, entry, kinds & KIND.capacity);
    } else if (first === other.start) {
      actions.relate(other.from, entry, KIND.order);
    }
  }
}

/** A machine moves when it is known where else its guest's connection might be. */
function afterProbesInside(world: World, start: Action, entry: Action): void {
  for (const inner of start.unit?.fillers ?? []) {
    for (const probe of probesOf(world, inner)) world.actions.relate(probe, entry, KIND.order);
  }
}
