/** All candidate actions: probes, operations of primitives, points of groups and clones. */
import type { ChangeMap } from '../digests/changes.ts';
import type { World } from '../world.ts';
import { relateBundle } from './bundles.ts';
import { relateClone, relateGroup } from './collective.ts';
import { applyChanges, orderReloads } from './changes.ts';
import { addCleanups } from './cleanups.ts';
import { addStoppedMonitors, decideRoleCancels } from './monitors.ts';
import { addPrimitiveActions } from './primitive.ts';
import { addProbes } from './probes.ts';

export function addAllActions(world: World, changes: ChangeMap): void {
  for (const unit of world.units) if (unit.kind === 'primitive') addPrimitiveActions(world, unit);
  applyChanges(world, changes);
  decideRoleCancels(world);
  addCleanups(world, changes);
  addProbes(world);
  orderReloads(world);
  for (const unit of world.units) if (unit.kind === 'primitive') addStoppedMonitors(world, unit);
  for (const unit of world.units) {
    if (unit.kind === 'group') relateGroup(world, unit);
    else if (unit.kind === 'clone') relateClone(world, unit);
    else if (unit.kind === 'bundle') relateBundle(world, unit);
  }
}
