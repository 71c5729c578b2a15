/** What else waits for probes: whatever waits for a stop of the probed resource. */
import { KIND } from './table.ts';
import type { World } from '../world.ts';

export function relateProbes(world: World): void {
  const { actions } = world;
  const last = actions.relations;
  for (let relation = 0; relation < last; relation += 1) {
    const first = actions.at(actions.first[relation] ?? 0);
    if (first.task !== 'stop' || first.unit?.kind !== 'primitive') continue;
    if (((actions.kinds[relation] ?? 0) & KIND.silent) !== 0) continue;
    const then = actions.at(actions.then[relation] ?? 0);
    for (const probe of actions.ofTask(first.unit, 'monitor')) {
      if (probe !== then) actions.relate(probe, then, KIND.order);
    }
  }
}
