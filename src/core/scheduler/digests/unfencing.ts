/** A changed device that gives access to shared storage: nodes must be given access anew. */
import type { Host, Unit, World } from '../world.ts';
import { changesOf } from './changes.ts';
import type { ChangeMap } from './changes.ts';

/** What needs access is stopped first, so all of it on the node is restarted. */
export function reunfenceChanged(world: World, changes: ChangeMap): void {
  if (!world.haveUnfencing || !world.options.fencing) return;
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || unit.meta.get('provides') !== 'unfencing') continue;
    const found = changes.get(unit);
    if (found?.restart === undefined && found?.reload === undefined) continue;
    for (const host of unit.activeOn) {
      if (host.kind === 'member') reunfence(world, changes, unit, host);
    }
  }
}

function reunfence(world: World, changes: ChangeMap, device: Unit, host: Host): void {
  host.unfenceAgain ??= `the fence device ${device.configId} changed since ${host.name} got its access`;
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || unit.requires !== 'unfencing') continue;
    if (!unit.activeOn.includes(host)) continue;
    changesOf(changes, unit).restart ??= `${host.name} is given access to the shared devices anew`;
  }
}
