/** Placement of everything, in order of priority; primaries of colocations before dependents. */
import type { Host, Unit, World } from '../world.ts';
import { assignBundle } from './bundle.ts';
import { assignClone } from './clone.ts';
import { assignGroup } from './group.ts';
import { assignPrimitive } from './primitive.ts';
import type { Assigner } from './primitive.ts';
import { sortForPlacement } from './sequence.ts';

/** Chains deeper than this are placed from their far end first, so that the stack stays small. */
const DEPTH_MAX = 200;

export function assignAll(world: World): void {
  let depth = 0;
  const assigner: Assigner = {
    world,
    assign: (unit) => {
      if (!unit.provisional) return;
      if (depth > DEPTH_MAX) return;
      depth += 1;
      assignUnit(assigner, unit);
      depth -= 1;
    },
  };
  const roots = sortForPlacement(world);
  // Connections first: what may run there depends on them. A guest's brings its machine along.
  for (const unit of connectionsOf(world, roots)) assigner.assign(unit);
  for (const unit of roots) {
    if (!unit.provisional) continue;
    for (const deep of deepPrimaries(unit)) assigner.assign(deep);
    assigner.assign(unit);
  }
}

/** Those of remote nodes before those of guests; where capacity counts, as all else is placed. */
function connectionsOf({ options }: World, roots: readonly Unit[]): readonly Unit[] {
  const connections = roots.filter(({ connectionOf }) => connectionOf !== undefined);
  if (options.placement !== 'default') return connections;
  const isGuest = ({ connectionOf }: Unit): boolean => connectionOf?.kind === 'guest';
  return connections.toSorted((a, b) => Number(isGuest(a)) - Number(isGuest(b)));
}

function assignUnit(assigner: Assigner, unit: Unit): void {
  const { parent } = unit;
  if (parent !== undefined && !parent.assigning && parent.provisional) {
    assigner.assign(parent);
    return;
  }
  switch (unit.kind) {
    case 'primitive':
      assignPrimitive(assigner, unit, undefined);
      return;
    case 'group':
      assignGroup(assigner, unit, undefined);
      return;
    case 'clone':
      assignClone(assigner, unit, (instance, prefer) => assignInstance(assigner, instance, prefer));
      return;
    case 'bundle':
      assignBundle(assigner, unit, (part, prefer) => assignInstance(assigner, part, prefer));
      return;
  }
}

function assignInstance(
  assigner: Assigner,
  instance: Unit,
  prefer: Host | undefined,
): Host | undefined {
  return instance.kind === 'group'
    ? assignGroup(assigner, instance, prefer)
    : assignPrimitive(assigner, instance, prefer);
}

/** Units beyond `DEPTH_MAX` steps along "is colocated with", the farthest first. */
function deepPrimaries(unit: Unit): readonly Unit[] {
  const seen = new Set<Unit>([unit]);
  let layer: readonly Unit[] = [unit];
  const layers: (readonly Unit[])[] = [];
  while (layer.length > 0) {
    const next: Unit[] = [];
    const parts = layer.flatMap((at) => [at, ...at.children]);
    for (const { primary } of parts.flatMap((part) => part.thisWith)) {
      if (seen.has(primary) || !primary.provisional) continue;
      seen.add(primary);
      next.push(primary);
    }
    layers.push(next);
    layer = next;
  }
  return layers.length <= DEPTH_MAX
    ? []
    : layers
        .slice(DEPTH_MAX / 2)
        .reverse()
        .flat();
}
