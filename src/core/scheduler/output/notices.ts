/**
 * What instances of a clone with notify=true are told about one another, in notifications and when
 * they are started, stopped, promoted or demoted (Pacemaker Administration, "Resource agents":
 * environment variables of notify). All of it is as it was before the transition and as it is meant
 * to become, the same for every action of the transition; agents reckon from the two what holds in
 * between. A list of nothing is one blank.
 */
import { stands } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

/** The member below a guest: where its container will be, or is. */
export function machineOf({ kind, container }: Host): Host | undefined {
  return kind === 'guest' ? (container?.assigned ?? container?.activeOn[0]) : undefined;
}

type Entries = readonly (readonly [name: string, value: string])[];

const cache = new WeakMap<World, Map<Unit, Entries>>();

const TOLD: ReadonlySet<string> = new Set(['start', 'stop', 'promote', 'demote', 'notify']);

/** Nothing for actions that need not know of the others. */
export function noticesOf(world: World, action: Action): Entries {
  const { unit, task } = action;
  const clone = unit && cloneOf(unit);
  if (clone === undefined || !clone.notify || !TOLD.has(task)) return [];
  const lists = listsOf(world, clone);
  if (task !== 'notify') return lists;
  return [
    ...lists,
    ['notify_type', action.when ?? ''],
    ['notify_operation', action.of ?? ''],
    ['notify_key_type', action.when ?? ''],
    ['notify_key_operation', keyOf(action)],
  ];
}

const ENDED: Readonly<Record<string, string>> = {
  start: 'running',
  stop: 'stopped',
  promote: 'promoted',
  demote: 'demoted',
};

/** Before: the operation; after: what has come of it. */
function keyOf({ when, of = '' }: Action): string {
  return when === 'post' ? (ENDED[of] ?? of) : of;
}

/** Made once for each clone of a decision. */
function listsOf(world: World, clone: Unit): Entries {
  const known = cache.get(world) ?? new Map<Unit, Entries>();
  cache.set(world, known);
  const lists = known.get(clone) ?? makeLists(world, clone);
  known.set(clone, lists);
  return lists;
}

interface Place {
  readonly instance: Unit;
  readonly host: Host | undefined;
}

function makeLists(world: World, clone: Unit): Entries {
  const parts = primitivesOf(clone);
  const active = parts.filter(({ activeOn }) => activeOn.length > 0);
  const inRole = (role: number): readonly Unit[] => active.filter((part) => part.role === role);
  const promoted = now(inRole(ROLE.promoted));
  const unpromoted = now(inRole(ROLE.unpromoted));
  const onHosts = parts.some(({ meta }) => meta.get('container-attribute-target') === 'host');
  const idle = parts.filter(({ activeOn }) => activeOn.length === 0);
  return [
    ...pair('active', now(active)),
    ['notify_inactive_resource', joined(idle.map(({ id }) => id))],
    ...pair('promoted', promoted),
    ...pair('master', promoted),
    ...pair('unpromoted', unpromoted),
    ...pair('slave', unpromoted),
    ...(['start', 'stop', 'promote', 'demote'] as const).flatMap((task) =>
      pair(task, planned(world, parts, task)),
    ),
    ['notify_all_uname', joined(world.hosts.map(({ name }) => name))],
    ...(onHosts ? [['notify_all_hosts', joined(world.hosts.map(machineName))] as const] : []),
  ];
}

const now = (parts: readonly Unit[]): readonly Place[] =>
  parts.map((instance) => ({ instance, host: instance.activeOn[0] }));

/** Fencing stops too: its actions stand as well. */
function planned(world: World, parts: readonly Unit[], task: string): readonly Place[] {
  return parts.flatMap((instance) =>
    world.actions
      .ofTask(instance, task)
      .filter((action) => stands(action) && instance.managed)
      .map(({ host }) => ({ instance, host })),
  );
}

function pair(name: string, places: readonly Place[]): Entries {
  return [
    [`notify_${name}_resource`, joined(places.map(({ instance }) => instance.id))],
    [`notify_${name}_uname`, joined(places.map(({ host }) => host?.name ?? ''))],
  ];
}

const joined = (words: readonly string[]): string => (words.length === 0 ? ' ' : words.join(' '));

/** Attributes may be kept on the machine below a guest: then its name is told beside the guest's. */
const machineName = (host: Host): string => (machineOf(host) ?? host).name;
