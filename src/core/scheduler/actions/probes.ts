/** Probes: what is not known of a resource on a node is asked before anything is started. */
import { cloneOf, primitivesOf, topOf } from '../world.ts';
import type { Host, Replica, Unit, World } from '../world.ts';
import { holdsGuest } from '../preferences/apply.ts';
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { demand, findOperation, operation, point, startsOf } from './operations.ts';

export function addProbes(world: World): void {
  if (!world.options.probes) return;
  for (const host of world.hosts) {
    if (!host.online || host.unclean || host.connection?.removed === true) continue;
    for (const root of world.roots) probeRoot(world, root, host);
  }
}

function probeRoot(world: World, root: Unit, host: Host): void {
  switch (root.kind) {
    case 'primitive':
      probe(world, root, host);
      return;
    case 'group':
      for (const member of root.children) probe(world, member, host);
      return;
    case 'clone':
      probeClone(world, root, host);
      return;
    case 'bundle':
      probeBundle(world, root, host);
      return;
  }
}

function probeBundle(world: World, bundle: Unit, host: Host): void {
  for (const replica of bundle.bundle?.replicas ?? []) {
    if (replica.address !== undefined) probe(world, replica.address, host);
    if (replica.child !== undefined && replica.host === host) probe(world, replica.child, host);
    probe(world, replica.container, host);
    if (replica.connection !== undefined) probeConnection(world, replica, host);
  }
}

/** Where the replica can be reached is known when its container runs. */
function probeConnection(world: World, { connection, container }: Replica, host: Host): void {
  if (connection === undefined) return;
  probe(world, connection, host);
  const action = findOperation(world, connection, 'monitor', host);
  if (action === undefined) return;
  const kinds = container.activeOn.length === 0 ? KIND.blocks : KIND.order;
  for (const start of startsOf(world, container)) world.actions.relate(start, action, kinds);
}

/** Instances of an anonymous clone share what is known: one probe, of the one that will be there. */
function probeClone(world: World, clone: Unit, host: Host): void {
  if (clone.children[0]?.unique === true) {
    for (const instance of clone.children) probeInstance(world, instance, host);
    return;
  }
  const chosen =
    clone.children.find((instance) => isKnown(instance, host)) ??
    clone.children.find((instance) => instance.assigned === host) ??
    clone.children.find((instance) => instance.activeOn.includes(host)) ??
    clone.children[0];
  if (chosen !== undefined) probeInstance(world, chosen, host);
}

/** A part of it has been looked for there. */
const isKnown = (instance: Unit, host: Host): boolean =>
  instance.kind === 'group' && instance.children.some(({ histories }) => histories.has(host.index));

function probeInstance(world: World, instance: Unit, host: Host): void {
  const parts = instance.kind === 'group' ? instance.children : [instance];
  for (const part of parts) probe(world, part, host);
}

function probe(world: World, unit: Unit, host: Host): void {
  if (!needsProbe(world, unit, host)) return;
  const action = operation(world, unit, 'monitor', host);
  action.expectedExitCode = 7;
  demand(action, `it is not known whether ${unit.configId} is active on ${host.name}`);
  // A node that cannot answer keeps the resource from starting anywhere: it may be running there.
  if (!host.pending && !host.held) action.flags &= ~FLAG.blocked;
  relateProbe(world, unit, action, host);
}

/**
 * What a start does about a probe that cannot be answered: it is not made. But an instance that
 * runs, or a fence device, may start anew, whatever a node that joins will say: more than one of
 * these does no harm.
 */
function startsAfter(start: Action, probed: Host): number {
  const { unit } = start;
  if (unit === undefined || probed.held || unit.activeOn.length === 0) return KIND.asymmetric;
  const isAnonymous = cloneOf(unit) !== undefined && !unit.unique;
  const isHarmless = unit.definition?.agent.class === 'stonith' || isAnonymous;
  return isHarmless ? KIND.order : KIND.asymmetric;
}

function needsProbe(world: World, unit: Unit, host: Host): boolean {
  if (unit.removed || unit.knownOn.has(host.index)) return false;
  if (unit.containerUnit !== undefined && unit.connectionOf === undefined) return false;
  if (unit.discoveryNever?.[host.index] === 1) return false;
  const exclusive = unit.discoveryExclusive ?? topOf(unit, true).discoveryExclusive;
  if (exclusive !== undefined && exclusive[host.index] !== 1) return false;
  if (host.kind !== 'member') return !host.probesDisabled && mayProbeRemotely(unit, host);
  return (
    unit.connectionOf === undefined || unit.containerUnit === undefined || world.hosts.length > 0
  );
}

function mayProbeRemotely(unit: Unit, host: Host): boolean {
  if (unit.definition?.agent.class === 'stonith') return false;
  if (unit.connectionOf !== undefined) return false;
  if (host.kind === 'guest' && holdsGuest(unit)) return false;
  if (host.kind !== 'guest') return true;
  const machine = host.container;
  if (machine === undefined) return true;
  const under = machine.activeOn[0];
  return (
    machine.role > 1 && !machine.failed && machine.assigned === under && under?.unclean === false
  );
}

/**
 * A probe comes before any start of the resource (of the whole clone) anywhere. One that a node
 * cannot answer blocks only what has to start: what runs already is not stopped for want of it.
 */
function relateProbe(world: World, unit: Unit, action: Action, host: Host): void {
  const clone = cloneOf(unit);
  if (clone === undefined) {
    for (const start of world.actions.ofTask(unit, 'start')) {
      world.actions.relate(action, start, startsAfter(start, host));
    }
    return;
  }
  world.actions.relate(action, point(world, clone, 'start'), KIND.order);
  for (const part of primitivesOf(clone)) {
    for (const start of world.actions.ofTask(part, 'start')) {
      world.actions.relate(action, start, startsAfter(start, host) | KIND.silent);
    }
  }
}
