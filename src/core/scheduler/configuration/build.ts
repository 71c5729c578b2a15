/** All configured resources become units, in their order. */
import type { Resource } from '../../model/configuration.ts';
import type { RuleContext } from '../values/rules.ts';
import { note } from '../world.ts';
import type { World } from '../world.ts';
import { addBundle } from './bundles.ts';
import { addClone, addGroup, addPrimitive } from './units.ts';

/** Adds all configured resources to the world, in their order. */
export function buildUnits(world: World, context: RuleContext): void {
  for (const resource of world.picture.configuration.resources) {
    if (world.unitById.has(resource.id)) {
      note(world, 'duplicate-id', resource.id, `A second resource ${resource.id} is ignored.`);
      continue;
    }
    addResource(world, resource, context);
  }
  world.roots.sort((a, b) => b.priority - a.priority);
  attachContainers(world);
}

function addResource(world: World, resource: Resource, context: RuleContext): void {
  switch (resource.kind) {
    case 'primitive':
      world.roots.push(addPrimitive(world, resource, undefined, context));
      return;
    case 'group':
      world.roots.push(addGroup(world, resource, undefined, context));
      return;
    case 'clone':
      world.roots.push(addClone(world, resource, context));
      return;
    case 'bundle':
      addBundle(world, resource, context);
      return;
  }
}

/** Primitives by `container` meta attribute sit inside another resource: its restart is theirs. */
function attachContainers(world: World): void {
  for (const unit of world.units) {
    const name = unit.kind === 'primitive' ? unit.meta.get('container') : undefined;
    if (name === undefined || unit.containerUnit !== undefined) continue;
    const container = world.unitById.get(name);
    if (container === undefined || container === unit) continue;
    unit.containerUnit = container;
    container.fillers.push(unit);
  }
}
