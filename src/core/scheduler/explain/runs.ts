/** Where a resource will run when what was decided is done. */
import { isBlocked, isRequired } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { isInGraph } from '../output/plan.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

export interface Runs {
  /** Names of nodes where all of it (of an instance, for a clone) will run. */
  readonly started: ReadonlySet<string>;
  readonly promoted: ReadonlySet<string>;
  readonly isPromotable: boolean;
}

/** The primitives that a configured id stands for, removed instances left out. */
export function instancesOf(world: World, id: string): readonly Unit[] {
  const named = world.units.filter((unit) => unit.configId === id || unit.id === id);
  const parts = named.flatMap((unit) => primitivesOf(unit));
  return [...new Set(parts)].filter((unit) => !unit.removed);
}

export function runsOn(world: World, id: string): Runs {
  const wholes = wholesOf(world, id);
  const started = new Set<string>();
  const promoted = new Set<string>();
  for (const host of world.hosts) {
    const here = wholes.filter((parts) => parts.every((part) => willRun(world, part, host)));
    if (here.length > 0) started.add(host.name);
    if (here.some((parts) => parts.every((part) => willBePromoted(world, part)))) {
      promoted.add(host.name);
    }
  }
  const isPromotable = wholes.some((parts) =>
    parts.some((part) => cloneOf(part)?.clone?.promotable === true),
  );
  return { started, promoted, isPromotable };
}

/** What runs as one: a primitive, a group, an instance of a clone. */
function wholesOf(world: World, id: string): readonly (readonly Unit[])[] {
  const named = world.units.filter(
    (unit) => !unit.removed && (unit.configId === id || unit.id === id),
  );
  const single = named.flatMap((unit) =>
    unit.kind === 'clone' || unit.kind === 'bundle' ? unit.children : [unit],
  );
  return single
    .map((unit) => primitivesOf(unit).filter((part) => !part.removed))
    .filter((parts) => parts.length > 0);
}

/** It starts there, or it is there and nothing stops it. */
export function willRun(world: World, unit: Unit, host: Host): boolean {
  if (unit.assigned !== host || unit.nextRole === ROLE.stopped) return false;
  if (isDone(world, unit, 'start', host) || isDone(world, unit, 'migrate_from', host)) return true;
  return unit.activeOn.includes(host) && !isDone(world, unit, 'stop', host);
}

function willBePromoted(world: World, unit: Unit): boolean {
  const host = unit.assigned;
  if (host === undefined || unit.nextRole !== ROLE.promoted) return false;
  if (isDone(world, unit, 'promote', host)) return true;
  return unit.role === ROLE.promoted && !isDone(world, unit, 'demote', host);
}

/** Why what is wanted of it cannot be begun; undefined: it can, or nothing is wanted. */
export function whyBlocked(world: World, unit: Unit): string | undefined {
  const wanted = ['start', 'promote'].flatMap((task) => world.actions.ofTask(unit, task));
  const blocked = wanted.filter((action) => isRequired(action) && isBlocked(action));
  if (blocked.length === 0) return undefined;
  const reason = blocked.find((action) => action.blockReason !== undefined)?.blockReason;
  return reason ?? 'something that must come first cannot be done';
}

function isDone(world: World, unit: Unit, task: string, host: Host): boolean {
  return world.actions
    .ofTask(unit, task)
    .some((action: Action) => action.host === host && isInGraph(action));
}
