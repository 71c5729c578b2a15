/** What an id in a constraint means: a resource, a tag's resources or a template's users. */
import { cloneOf, note } from '../world.ts';
import type { Unit, World } from '../world.ts';

/** Units that the id names; empty (with a finding) where it names nothing. */
export function findTargets(world: World, id: string, about: string): readonly Unit[] {
  const unit = findUnit(world, id);
  if (unit !== undefined) return [unit];
  const names = world.tags.get(id) ?? templateUsers(world, id);
  const units = [...new Set(names)].flatMap((name) => findUnit(world, name) ?? []);
  if (units.length === 0)
    note(world, 'dangling', about, `${about} names ${id}, which does not exist.`);
  return units;
}

/** A part of a clone or bundle stands for the whole: instances cannot be told apart. */
export function findUnit(world: World, id: string): Unit | undefined {
  const unit = world.unitById.get(id) ?? world.unitById.get(`${id}:0`);
  if (unit === undefined || unit.removed) return undefined;
  const bundle = bundleOf(unit);
  if (bundle !== undefined) return bundle;
  return cloneOf(unit) ?? unit;
}

function bundleOf(unit: Unit): Unit | undefined {
  let at: Unit | undefined = unit;
  while (at !== undefined && at.kind !== 'bundle') at = at.parent;
  return at === unit ? undefined : at;
}

function templateUsers(world: World, id: string): readonly string[] {
  return world.units
    .filter((unit) => unit.kind === 'primitive' && !unit.removed)
    .filter((unit) => unit.definition?.template === id)
    .map((unit) => unit.id);
}
