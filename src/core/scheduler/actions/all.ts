/** All candidate actions: probes, operations of primitives, points of groups and clones. */
import type { World } from '../world.ts';
import { relateClone, relateGroup } from './collective.ts';
import { addStoppedMonitors } from './monitors.ts';
import { addPrimitiveActions } from './primitive.ts';
import { addProbes } from './probes.ts';

export function addAllActions(world: World): void {
  for (const unit of world.units) if (unit.kind === 'primitive') addPrimitiveActions(world, unit);
  addProbes(world);
  for (const unit of world.units) if (unit.kind === 'primitive') addStoppedMonitors(world, unit);
  for (const unit of world.units) {
    if (unit.kind === 'group') relateGroup(world, unit);
    else if (unit.kind === 'clone') relateClone(world, unit);
  }
}
