/** One unit comes into the world. */
import type { RuleContext } from '../values/rules.ts';
import type { Unit, World } from '../world.ts';
import { blankUnit, readMeta } from './blank.ts';
import type { UnitSeed } from './seed.ts';

/** Makes a unit and registers it under its id and, where free, its configured id. */
export function addUnit(world: World, seed: UnitSeed): Unit {
  const parent = seed.place?.parent;
  const agent = seed.definition?.agent;
  const withAgent: RuleContext = { ...seed.context, agent };
  const meta = readMeta(world, seed.metaBlocks, parent, withAgent, seed.extraMeta);
  const unit = blankUnit(world, seed, meta);
  world.units.push(unit);
  if (!world.unitById.has(unit.id)) world.unitById.set(unit.id, unit);
  if (!world.unitById.has(unit.configId)) world.unitById.set(unit.configId, unit);
  return unit;
}
