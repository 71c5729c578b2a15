/**
 * Remote and guest nodes in the order: whatever happens on one needs its connection, which lives on
 * a cluster node; a guest's connection needs its machine.
 */
import { probesOf } from '../actions/collective.ts';
import { startsOf } from '../actions/operations.ts';
import { mustFence } from '../nodes/fencing.ts';
import { currentHost } from '../assignment/hosts.ts';
import { primitivesOf, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { FLAG, KIND } from './table.ts';
import type { Action } from './table.ts';

/** A machine starts before what is inside it, and stops after it. */
export function orderContained(world: World): void {
  for (const unit of world.units) {
    const machine = unit.containerUnit;
    if (machine === undefined || machine.parent?.kind === 'bundle') continue;
    orderPair(world, machine, unit);
  }
}

export function orderPair(world: World, outer: Unit, inner: Unit): void {
  const { actions } = world;
  // A container goes on while its address is put up again.
  const isAddress = inner.connectionOf === undefined;
  const up = KIND.blocks | (isAddress ? 0 : KIND.causes | KIND.unmigratable);
  const down = KIND.blocksWhenRequired | (isAddress ? 0 : KIND.needs);
  for (const last of primitivesOf(outer)) {
    for (const first of primitivesOf(inner)) {
      for (const start of startsOf(world, last)) {
        for (const then of actions.ofTask(first, 'start')) {
          actions.relate(start, then, up);
        }
      }
      for (const stop of actions.ofTask(first, 'stop')) {
        for (const then of actions.ofTask(last, 'stop')) {
          actions.relate(stop, then, down);
        }
      }
      stopAfterProbes(world, last, first);
    }
  }
}

/**
 * An address stays until it is known where its container runs, and a connection until it is known
 * where what it leads to does.
 */
function stopAfterProbes({ actions }: World, outer: Unit, inner: Unit): void {
  const isConnection = inner.connectionOf !== undefined;
  const [probed, stopped] = isConnection ? [outer, inner] : [inner, outer];
  for (const probe of actions.ofTask(probed, 'monitor')) {
    if (probe.expectedExitCode !== 7 || probe.intervalMs > 0) continue;
    for (const stop of actions.ofTask(stopped, 'stop')) actions.relate(probe, stop, KIND.order);
  }
}

/** Fences remote nodes that hold resources and can no longer be reached. Before fencing is planned. */
export function fenceUnreachable(world: World): void {
  for (const host of world.hosts) {
    if (host.kind !== 'remote' || host.connection === undefined) continue;
    if (stateOf(host, host.connection) !== 'failed') continue;
    const active = host.active.some((unit) => unit.managed && unit.role > ROLE.stopped);
    if (active) mustFence(world, host, 'resources are active there and it cannot be reached');
  }
}

type ConnectionState = 'alive' | 'resting' | 'unknown' | 'stopped' | 'failed';

function stateOf(host: Host, connection: Unit): ConnectionState {
  const under = currentHost(connection);
  if (connection.nextRole === ROLE.stopped || connection.assigned === undefined) {
    if (under?.unclean === true) return 'failed';
    if (!connection.failed) return 'stopped';
    if (host.resetNeeded && !host.remoteFenced) return 'failed';
    return 'unknown';
  }
  if (under === undefined) return 'unknown';
  if (under.unclean || !under.online) return 'resting';
  return 'alive';
}

/** What the cluster manager does by itself, or what only ends something. */
const UNCONNECTED = new Set(['fence']);

export function orderRemotes(world: World): void {
  for (const action of world.actions.actions.slice()) {
    const host = action.host;
    if (host === undefined || host.kind === 'member' || action.unit === undefined) continue;
    if (UNCONNECTED.has(action.task)) continue;
    const connection = host.connection;
    if (connection === undefined) continue;
    if (host.kind === 'guest') orderOnGuest(world, action, host, connection);
    else orderOnRemote(world, action, stateOf(host, connection), connection);
  }
}

function startThen(world: World, connection: Unit, action: Action, kinds: number): void {
  for (const start of world.actions.ofTask(connection, 'start')) {
    world.actions.relate(start, action, kinds);
  }
}

function thenStop(world: World, action: Action, connection: Unit): void {
  const probes =
    action.task === 'stop' && action.unit !== undefined ? probesOf(world, action.unit) : [];
  for (const stop of world.actions.ofTask(connection, 'stop')) {
    world.actions.relate(action, stop, KIND.needsUnlessMigrating);
    for (const probe of probes) world.actions.relate(probe, stop, KIND.order);
  }
}

function orderOnRemote(
  world: World,
  action: Action,
  state: ConnectionState,
  connection: Unit,
): void {
  switch (action.task) {
    case 'start':
    case 'promote':
      startThen(world, connection, action, KIND.blocks | (state === 'failed' ? KIND.causes : 0));
      if (action.task === 'start') delayStops(world, action, connection);
      return;
    case 'stop':
      if (state === 'alive' || state === 'stopped') thenStop(world, action, connection);
      else if (state !== 'failed') startThen(world, connection, action, KIND.blocks);
      return;
    case 'cancel':
      startThen(world, connection, action, KIND.order);
      return;
    case 'demote':
      if (state === 'resting' || state === 'unknown')
        startThen(world, connection, action, KIND.order);
      return;
    default:
      if (action.intervalMs > 0) {
        startThen(world, connection, action, KIND.blocks | KIND.causesUnlessMigrating);
      } else {
        startThen(world, connection, action, KIND.blocks);
        if (action.task === 'monitor') beforeStop(world, action, connection);
      }
  }
}

function beforeStop(world: World, action: Action, connection: Unit): void {
  if (connection.nextRole !== ROLE.stopped) return;
  for (const stop of world.actions.ofTask(connection, 'stop')) {
    world.actions.relate(action, stop, KIND.order);
  }
}

/** A resource that moves to the node leaves its old one when the new one can be reached. */
function delayStops(world: World, start: Action, connection: Unit): void {
  if (start.unit === undefined) return;
  for (const stop of world.actions.ofTask(start.unit, 'stop')) {
    if ((stop.flags & FLAG.byFencing) !== 0) continue;
    if (stop.host !== start.host) startThen(world, connection, stop, KIND.order);
  }
}

function orderOnGuest(world: World, action: Action, host: Host, connection: Unit): void {
  const machine = host.container;
  switch (action.task) {
    case 'start':
    case 'promote':
      for (const start of machine === undefined ? [] : startsOf(world, machine)) {
        world.actions.relate(start, action, KIND.causesUnlessMigrating | KIND.blocks);
      }
      startThen(world, connection, action, KIND.blocks | KIND.causesUnlessMigrating);
      if (action.task === 'start') delayStops(world, action, connection);
      return;
    case 'cancel':
      startThen(world, connection, action, KIND.order);
      return;
    case 'stop':
    case 'demote':
      if (machine?.failed !== true) thenStop(world, action, connection);
      return;
    default:
      if (action.intervalMs > 0) {
        startThen(world, connection, action, KIND.blocks | KIND.causesUnlessMigrating);
      } else {
        startThen(world, connection, action, KIND.blocks);
      }
  }
}
