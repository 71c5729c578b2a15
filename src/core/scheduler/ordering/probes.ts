/**
 * A probe comes before the restarts that it may bring about: if the probe lets a resource start,
 * then what that start makes stop first (other resources that mandatorily follow it) waits for the
 * probe as well.
 */
import { cloneOf } from '../world.ts';
import type { Host, World } from '../world.ts';
import { FLAG, isMigratable, KIND, stands } from './table.ts';
import type { Action } from './table.ts';

const MANDATORY = KIND.causes | KIND.blocks;

export function relateProbesToRestarts(world: World): void {
  const { actions } = world;
  const probes = actions.actions.filter(
    (action) => action.task === 'monitor' && action.intervalMs === 0 && stands(action),
  );
  for (const probe of probes) {
    for (const target of restartsAfter(world, probe)) actions.relate(probe, target, KIND.order);
  }
}

const UP = new Set(['start', 'running', 'promote', 'promoted']);

/** The start that others wait for in vain: the resource has no node to start on. */
const startsNowhere = (world: World, { unit }: Action): readonly Action[] =>
  unit === undefined
    ? []
    : world.actions.ofTask(unit, 'start').filter(({ host }) => host === undefined);

/**
 * The starts of a bundle's other replicas, where a node has room for one: what the probe finds may
 * be in the way of any of them.
 */
function startsBeside({ actions }: World, { unit }: Action): readonly Action[] {
  const settings = unit?.parent?.bundle;
  if (settings?.perHostMax !== 1) return [];
  const containers = settings.replicas.map(({ container }) => container);
  if (!containers.some((container) => container === unit)) return [];
  const others = containers.filter((container) => container !== unit);
  return others.flatMap((container) => actions.ofTask(container, 'start'));
}

/** The other replicas' stops for good, too: this one may have been found in the place of theirs. */
function stopsBeside(world: World, { unit }: Action): readonly Action[] {
  const settings = unit?.parent?.bundle;
  if (settings?.perHostMax !== 1) return [];
  const containers = settings.replicas.map(({ container }) => container);
  if (!containers.some((container) => container === unit)) return [];
  return containers
    .filter((other) => other !== unit && other.assigned === undefined)
    .flatMap((other) => world.actions.ofTask(other, 'stop').filter(stands));
}

function restartsAfter(world: World, probe: Action): readonly Action[] {
  const { actions } = world;
  const seen = new Set<Action>([probe]);
  /** Reached by a mandatory order: for a collective this means all that is in it. */
  const entered = new Set<Action>();
  /** Of a clone that interleaves, only what is on this host. */
  const origins = new Map<Action, Host>();
  const found: Action[] = [];
  const beside = startsBeside(world, probe);
  for (const start of beside) if (isRequired(start)) found.push(...downActions(world, start));
  found.push(...stopsBeside(world, probe));
  const work: Action[] = [probe, ...startsNowhere(world, probe), ...beside];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const relation of actions.outgoing(at)) {
      const then = actions.at(actions.thens[relation] ?? 0);
      const kinds = actions.kinds[relation] ?? 0;
      if (seen.has(then) || !UP.has(then.task)) continue;
      if (!entered.has(at) && isIdle(then)) continue;
      if ((kinds & KIND.silent) !== 0 && !isSame(probe, then)) continue;
      if (at.host === undefined && isInterleaved(at, then)) continue;
      const isInside = entered.has(at) && isPartOf(then, at);
      const origin = isInside ? origins.get(at) : interleavedFrom(at, then);
      if (origin !== undefined && then.host !== undefined && then.host !== origin) continue;
      if (at === probe ? !isOwn(probe, then) : !(isInside || leadsOn(at, then, kinds))) continue;
      const isMandatory = at !== probe && (kinds & MANDATORY) !== 0 && !isBeside(at, then, entered);
      if (isInside || isMandatory || isOtherGroup(probe, then)) entered.add(then);
      if (origin !== undefined) origins.set(then, origin);
      seen.add(then);
      work.push(then);
      if (isOtherGroup(probe, then)) found.push(...stopsInside(world, then));
      if (then.unit?.kind !== 'primitive' || then.unit === probe.unit) continue;
      if (!isRequired(then) || endsForGood(then)) continue;
      found.push(...downActions(world, then));
    }
  }
  return found;
}

/** A clone follows a single resource instance by instance. */
const isInterleaved = (at: Action, then: Action): boolean =>
  at.unit?.kind === 'primitive' && then.unit?.clone?.interleave === true && then.task === 'start';

/** Where a single resource starts that a clone follows instance by instance. */
const interleavedFrom = (at: Action, then: Action): Host | undefined =>
  isInterleaved(at, then) ? at.host : undefined;

/** A promotion after its start, or the next member of the group of what was probed: nothing new. */
const isBeside = (at: Action, then: Action, entered: ReadonlySet<Action>): boolean =>
  !entered.has(at) &&
  (at.unit === then.unit ||
    (at.unit?.parent?.kind === 'group' && at.unit.parent === then.unit?.parent));

/** A point in the order of a group, clone or bundle; the start of a live migration is none. */
const isPoint = (action: Action): boolean =>
  (action.flags & FLAG.pseudo) !== 0 && !isMigratable(action);

/** Another instance of a clone of groups: the clone starts as a whole, unless it interleaves. */
function isOtherGroup({ unit }: Action, then: Action): boolean {
  const group = then.unit;
  if (group?.kind !== 'group' || then.task !== 'start' || group === unit?.parent) return false;
  const clone = group.parent;
  return clone?.clone?.interleave === false && clone === unit?.parent?.parent;
}

/** Members that have nowhere to run, of a group that runs as far as it can, stop before it starts. */
function stopsInside({ actions }: World, { unit }: Action): readonly Action[] {
  const [first, ...members] = unit?.children ?? [];
  if (first?.assigned === undefined) return [];
  return members
    .filter((member) => actions.ofTask(member, 'start').length === 0)
    .flatMap((member) => actions.ofTask(member, 'stop').filter(stands));
}

/** By itself a promotion makes nothing start anew, and a group only what is in it. */
function isIdle({ unit, task }: Action): boolean {
  if (unit === undefined) return false;
  if (task === 'running') return unit.kind === 'group' && unit.parent === undefined;
  return task === 'promoted';
}

/** Blocked or not: what stops because its start is held up waits for the same probes. */
const isRequired = (action: Action): boolean => (action.flags & FLAG.required) !== 0;

/** A replica or instance that is to run nowhere does not stop to start anew. */
const endsForGood = ({ unit, host }: Action): boolean =>
  host === undefined &&
  unit !== undefined &&
  (unit.parent?.kind === 'bundle' || cloneOf(unit) !== undefined);

/** The start of the very instance that is probed, where it is probed; a group's start is a point. */
const isSame = (probe: Action, then: Action): boolean =>
  then.unit === probe.unit && then.host === probe.host && then.unit?.parent?.kind !== 'group';

/**
 * Points lead on, and mandatory orders; what runs on a remote node does not follow its connection,
 * nor what is in a bundle its container. What runs on a guest follows its machine.
 */
function leadsOn(at: Action, then: Action, kinds: number): boolean {
  if (isPoint(then)) return true;
  if ((kinds & MANDATORY) === 0 || isAddressOf(at, then)) return false;
  const host = then.host;
  return at.unit === undefined || host?.connection !== at.unit;
}

/** A replica's address does not tell whether its container is there. */
const isAddressOf = ({ unit }: Action, then: Action): boolean =>
  unit?.parent?.bundle?.replicas.some(
    ({ address, container }) => address === unit && container === then.unit,
  ) ?? false;

const isPartOf = (action: Action, whole: Action): boolean => {
  const replicas = whole.unit?.bundle?.replicas;
  if (replicas !== undefined) return replicas.some(({ container }) => container === action.unit);
  for (let at = action.unit?.parent; at !== undefined; at = at.parent)
    if (at === whole.unit) return true;
  return false;
};

/** The first step is the start of the probed resource, or of the clone that it is part of. */
function isOwn(probe: Action, then: Action): boolean {
  for (let at = probe.unit; at !== undefined; at = at.parent) if (at === then.unit) return true;
  return false;
}

/** The stops (for a promotion: demotions) that come before an action of the same resource. */
function downActions(world: World, up: Action): readonly Action[] {
  if (up.unit === undefined) return [];
  const task = up.task === 'promote' ? 'demote' : 'stop';
  return world.actions
    .ofTask(up.unit, task)
    .filter((action) => stands(action) && (action.flags & FLAG.byFencing) === 0);
}
