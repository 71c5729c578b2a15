/** Stops that free capacity come before the starts that need it, by a point per host. */
import { demandOf } from '../assignment/utilization.ts';
import type { Host, World } from '../world.ts';
import { FLAG, KIND } from './table.ts';
import type { Action } from './table.ts';

export function orderByCapacity(world: World): void {
  if (world.options.placement === 'default') return;
  const { actions } = world;
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || demandOf(world, unit).size === 0) continue;
    for (const stop of actions.ofTask(unit, 'stop')) {
      if (stop.host !== undefined) actions.relate(stop, freed(world, stop.host), KIND.order);
    }
    for (const start of actions.ofTask(unit, 'start')) {
      if (start.host === undefined) continue;
      actions.relate(freed(world, start.host), start, KIND.capacity);
    }
  }
}

function freed(world: World, host: Host): Action {
  return world.actions.once(`load_stopped ${host.index}`, () =>
    world.actions.add({
      task: 'load_stopped',
      name: `load_stopped_${host.name}`,
      flags: FLAG.pseudo | FLAG.required,
    }),
  );
}
