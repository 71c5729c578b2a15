/** Fencing of unclean hosts, shutdown of hosts that asked for it, and what waits for either. */
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { topOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { entries } from './collective.ts';
import { delayImportantFences } from './fence-delay.ts';
import { demand } from './operations.ts';

export function addFencing(world: World): void {
  const fences: Action[] = [];
  for (const host of world.hosts) {
    if (!mayFence(world, host)) continue;
    const fence = fenceAction(world, host);
    fences.push(fence);
    afterFencing(world, host, fence);
  }
  for (const { action, host } of world.afterFencing) {
    const fence = fences.find((entry) => entry.host === host);
    if (fence !== undefined) world.actions.relate(fence, action, KIND.order);
  }
  orderFences(world, fences);
  delayImportantFences(world, fences);
  for (const host of world.hosts)
    if (host.kind === 'guest' && host.resetNeeded) addGuestFencing(world, host);
}

/**
 * A guest is fenced by the stop of its machine, or with the node that its machine ran on: a point in
 * the order, after which its resources may be recovered.
 */
function addGuestFencing(world: World, host: Host): void {
  const machine = host.container;
  if (machine === undefined) return;
  const fence = world.actions.once(`fence ${host.index}`, () =>
    world.actions.add({ host, task: 'fence', name: `fence-${host.name}`, flags: FLAG.pseudo }),
  );
  demand(fence, `${host.name} is fenced with its machine ${machine.id}`);
  for (const stop of world.actions.ofTask(machine, 'stop')) {
    const outer =
      stop.host === undefined ? undefined : world.actions.find(`fence ${stop.host.index}`);
    world.actions.relate(outer ?? stop, fence, KIND.order);
  }
  afterFencing(world, host, fence);
}

/** Fencing is enabled, there is something to protect, and this partition may do it. */
export function mayFence(world: World, host: Host): boolean {
  if (!world.options.fencing || !world.haveFenceDevice || isHandsOff(world)) return false;
  if (!host.unclean || host.fenceReason === undefined || host.kind === 'guest') return false;
  return canFence(world, host);
}

/** Nothing at all is managed, as with maintenance-mode: there is nothing to protect. */
const isHandsOff = ({ units }: World): boolean =>
  units.length > 0 && units.every(({ kind, managed }) => kind !== 'primitive' || !managed);

export function canFence(world: World, host: Host): boolean {
  if (!world.options.fencing || !world.haveFenceDevice) return false;
  if (world.quorate || world.options.quorumPolicy === 'ignore') return true;
  return host.online || (host.state?.memberSince ?? 0) > 0;
}

function fenceAction(world: World, host: Host): Action {
  return world.actions.once(`fence ${host.index}`, () => {
    const method = world.options.fenceMethod;
    const action = world.actions.add({ host, task: 'fence', name: `fence-${host.name}-${method}` });
    action.of = method;
    demand(action, `${host.name} is fenced: ${host.fenceReason ?? 'it is unclean'}`);
    return action;
  });
}

/** What ran there is stopped by the fencing itself; starts that require fencing wait for it. */
function afterFencing(world: World, host: Host, fence: Action): void {
  for (const unit of world.units) {
    if (unit.kind !== 'primitive') continue;
    impliedStops(world, unit, host, fence);
    for (const start of world.actions.ofTask(unit, 'start')) {
      if (start.host !== undefined && waitsForFence(unit, host)) {
        world.actions.relate(fence, start, KIND.order);
      }
    }
    if (unit.requires === 'nothing' || unit.requires === 'quorum') continue;
    for (const promote of world.actions.ofTask(unit, 'promote')) {
      world.actions.relate(fence, promote, KIND.order);
    }
  }
}

/** With requires=quorum only where the resource may be active on the fenced node for all we know. */
function waitsForFence(unit: Unit, fenced: Host): boolean {
  switch (unit.requires) {
    case 'fencing':
    case 'unfencing':
      return true;
    case 'quorum':
      return mayBeOn(unit, fenced) && unit.present[fenced.index] === 1 && !isKnown(unit, fenced);
    case 'nothing':
      return false;
  }
}

/** Its own history there says more than that something was begun. */
const isKnown = (unit: Unit, host: Host): boolean =>
  unit.histories.has(host.index) && unit.knownOn.has(host.index);

/** A bundle's node runs what is inside the bundle and nothing else. */
const mayBeOn = (unit: Unit, host: Host): boolean =>
  host.container?.parent?.kind !== 'bundle' || topOf(unit) === host.container.parent;

function impliedStops(world: World, unit: Unit, host: Host, fence: Action): void {
  for (const task of ['stop', 'demote'] as const) {
    for (const action of world.actions.ofTask(unit, task)) {
      if (action.host !== host || keepsGroup(unit)) continue;
      action.flags = (action.flags & ~FLAG.blocked) | FLAG.pseudo | FLAG.byFencing;
      action.blockReason = undefined;
      if (unit.requires === 'fencing' || unit.requires === 'unfencing') {
        // A guest's demotion is over when its machine is: what is promoted waits for the fencing.
        if (task === 'stop' || host.kind !== 'guest') {
          world.actions.relate(fence, action, KIND.order);
        }
        if (task === 'stop') delayOtherStops(world, unit, fence);
      }
    }
  }
}

/** What is left alone in a group keeps all before it: it would be in two places otherwise. */
const keepsGroup = (unit: Unit): boolean =>
  unit.parent?.kind === 'group' && !unit.managed && !unit.blocked;

/**
 * The stops of a group or clone are one step, which begins with the one that the fencing implies. Of
 * a resource that is active more than once the last node by name waits for it, the others need not.
 */
function delayOtherStops(world: World, unit: Unit, fence: Action): void {
  if (!unit.managed && !unit.blocked) return;
  const last = unit.activeOn.at(-1);
  for (const stop of entries(world, topOf(unit, true), 'stop')) {
    if (stop.unit !== unit && stop.unit?.removed === true) continue;
    if (stop.unit === unit && (stop.host !== last || isStoppedApart(unit, stop.host))) continue;
    world.actions.relate(fence, stop, KIND.order);
  }
}

/** What a migration may have left behind, and what failed there. */
const isStoppedApart = (unit: Unit, host: Host | undefined): boolean =>
  host !== undefined &&
  (host === unit.partialTarget ||
    unit.dangling.includes(host) ||
    unit.failures.some(
      (failure) => failure.host === host || failure.record.migrateTarget === host.name,
    ));

/** A remote node after the node that its connection is on, and all others before the DC. */
function orderFences(world: World, fences: readonly Action[]): void {
  const own = fences.find((fence) => fence.host?.isDc === true);
  for (const fence of fences) {
    const under = fence.host?.kind === 'remote' ? fence.host.connection?.activeOn[0] : undefined;
    const outer = fences.find((other) => other.host === under && other !== fence);
    if (under === undefined || outer === undefined || outer === own) continue;
    world.actions.relate(outer, fence, KIND.order);
  }
  const others = fences.filter((fence) => fence !== own);
  if (own !== undefined) for (const fence of others) world.actions.relate(fence, own, KIND.order);
  if (!world.options.concurrentFencing) queueFences(world, others);
}

/** One after the other; remote nodes after those that may have their connections. */
function queueFences(world: World, fences: readonly Action[]): void {
  const isRemote = (fence: Action): boolean => fence.host?.kind === 'remote';
  const queue = [...fences.filter((fence) => !isRemote(fence)), ...fences.filter(isRemote)];
  queue.forEach((fence, position) => {
    const next = queue[position + 1];
    if (next !== undefined) world.actions.relate(fence, next, KIND.order);
  });
}

export function addShutdowns(world: World): void {
  const shutdowns: Action[] = [];
  for (const host of world.hosts) {
    if (!host.shutdown || !host.online || host.pending || host.kind !== 'member') continue;
    // An unclean node leaves by its fencing, if there is one.
    if (host.unclean && mayFence(world, host)) continue;
    const action = world.actions.add({ host, task: 'shutdown', name: `shutdown-${host.name}` });
    demand(action, `${host.name} asked to leave the cluster`);
    shutdowns.push(action);
    for (const unit of world.units) {
      if (unit.kind !== 'primitive') continue;
      for (const stop of world.actions.ofTask(unit, 'stop')) {
        if (stop.host === host && (unit.managed || (unit.blocked && !unit.maintenance))) {
          world.actions.relate(stop, action, KIND.blocksWhenRequired);
        }
      }
    }
  }
  const last = shutdowns.find((action) => action.host?.isDc === true);
  if (last === undefined) return;
  for (const action of shutdowns)
    if (action !== last) world.actions.relate(action, last, KIND.order);
  for (const action of world.actions.actions) {
    if (action.task === 'fence' && action.of !== 'on')
      world.actions.relate(action, last, KIND.order);
  }
}
