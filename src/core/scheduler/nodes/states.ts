/** State of each host from membership, process group and attributes ("Node Status"). */
import type { NodeStatus } from '../../model/picture.ts';
import { isTrue, readScore, readInteger } from '../values/text.ts';
import { addScores } from '../../model/score.ts';
import { changesAt, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { mustFence } from './fencing.ts';

/** Members first; remote and guest nodes follow from their connections (`settleRemotes`). */
export function determineHostStates(world: World): void {
  for (const host of world.hosts) {
    if (host.kind === 'member') memberState(world, host);
    else if (host.kind === 'remote') remoteState(world, host);
    host.standby ||= isTrue(host.attributes.get('standby'));
    host.maintenance ||= isTrue(host.attributes.get('maintenance')) || host.held;
    host.probesDisabled = isFalse(host.attributes.get('resource-discovery-enabled'));
    host.health = healthScore(world, host);
  }
}

/** Taken back when its connection can be established (see `connect`): then it tells by itself. */
function remoteState({ options }: World, host: Host): void {
  if (host.seen || host.connection === undefined || host.remoteFenced) return;
  if (!options.fencing || !options.startupFencing) return;
  host.unclean = true;
  host.fenceReason = 'it was never seen';
}

const isFalse = (text: string | undefined): boolean => text !== undefined && !isTrue(text);

function memberState(world: World, host: Host): void {
  const state = host.state;
  if (host.held) {
    host.online = true;
    host.expectedUp = true;
    return;
  }
  if (state === undefined) {
    if (world.options.fencing && world.options.startupFencing) {
      mustFence(world, host, 'it was never seen');
    }
    return;
  }
  host.expectedUp = state.expected === 'member';
  if (wantsShutdown(host)) {
    host.shutdown = true;
    host.expectedUp = false;
  }
  if (world.options.fencing) withFencing(world, host, state);
  else withoutFencing(world, host, state);
  if (!world.options.fencing) return;
  if (isTrue(host.attributes.get('terminate')) && mayBeThere(host, state)) {
    mustFence(world, host, 'it was asked for');
  }
}

/** Who leaves in good order, or has left, needs no fencing any more that was asked for. */
const mayBeThere = (host: Host, state: NodeStatus): boolean =>
  !host.shutdown && (isMember(state) || isProcessOnline(state));

export function wantsShutdown(host: Host): boolean {
  const value = host.attributes.get('shutdown');
  return value !== undefined && value !== '' && value !== '0';
}

function withoutFencing(world: World, host: Host, state: NodeStatus): void {
  if (!isMember(state)) return;
  if (isProcessOnline(state)) {
    if (state.join === 'member') {
      host.online = true;
    } else {
      host.online = true;
      host.pending = true;
      host.standby = true;
    }
    return;
  }
  if (host.expectedUp) mustFence(world, host, 'its cluster manager is gone');
}

const isMember = (state: NodeStatus): boolean => (state.memberSince ?? 0) > 0;
const isProcessOnline = (state: NodeStatus): boolean => (state.processSince ?? 0) > 0;

function withFencing(world: World, host: Host, state: NodeStatus): void {
  if (
    state.memberSince === undefined &&
    state.processSince === undefined &&
    state.join === undefined
  ) {
    host.seen = false;
    if (world.options.startupFencing) mustFence(world, host, 'it was never seen');
    return;
  }
  if (state.join === 'banned') {
    mustFence(world, host, 'it was refused by the group');
    return;
  }
  if (host.shutdown) {
    host.online = isProcessOnline(state);
    return;
  }
  if (state.expected === undefined || state.expected === 'down') {
    if (isMember(state) || isProcessOnline(state)) pendingState(world, host, state);
    return;
  }
  if (!isMember(state)) {
    mustFence(world, host, 'it is no longer part of the cluster', true);
  } else if (!isProcessOnline(state)) {
    mustFence(world, host, 'its cluster manager is gone');
  } else if (state.join === 'member') {
    host.online = true;
  } else {
    pendingState(world, host, state);
  }
}

/** A member that has not joined cannot answer: what is not known of it keeps others from starting. */
function pendingState(world: World, host: Host, state: NodeStatus): void {
  host.pending = true;
  host.standby = true;
  host.online = isMember(state);
  const timeoutMs = world.options.nodePendingTimeoutMs;
  if (timeoutMs <= 0) return;
  const since = (state.memberSince ?? 0) * 1000;
  if (since <= 1000) return;
  if (world.nowMs >= since + timeoutMs) {
    mustFence(world, host, 'it did not join the process group in time');
  } else {
    changesAt(world, since + timeoutMs);
  }
}

/** One location score per host for every resource, by `node-health-strategy`. */
function healthScore(world: World, host: Host): number {
  const { healthStrategy, healthScores, healthBase } = world.options;
  if (!HEALTH_STRATEGIES.has(healthStrategy)) return 0;
  const colours = healthColours(healthStrategy, healthScores);
  let sum = healthStrategy === 'progressive' ? healthBase : 0;
  for (const [name, value] of host.attributes) {
    if (!name.startsWith('#health')) continue;
    const colour = colours[value.toLowerCase()];
    sum = addScores(sum, colour ?? (readInteger(value) === undefined ? 0 : readScore(value)));
  }
  return sum;
}

const HEALTH_STRATEGIES = new Set(['migrate-on-red', 'only-green', 'progressive', 'custom']);

function healthColours(
  strategy: string,
  scores: World['options']['healthScores'],
): Readonly<Record<string, number>> {
  if (strategy === 'migrate-on-red') return { red: -1_000_000, yellow: 0, green: 0 };
  if (strategy === 'only-green') return { red: -1_000_000, yellow: -1_000_000, green: 0 };
  return { red: scores.red, yellow: scores.yellow, green: scores.green };
}

/**
 * A remote or guest node is online while its connection is active and sound. Called once the
 * connection's own state is known, before the node's history is replayed.
 */
export function settleRemote(host: Host): void {
  const connection = host.connection;
  host.online = false;
  host.expectedUp = true;
  if (connection === undefined) return;
  host.maintenance ||= host.state?.remoteMaintenance === true && !connection.managed;
  host.maintenance ||= isLeftAlone(connection) || isLeftAlone(host.container);
  if (connection.role >= ROLE.started) host.online = true;
  const leaving = connection.nextRole === ROLE.stopped || connection.removed;
  if (connection.role >= ROLE.started && leaving) host.shutdown = true;
  const machine = host.container;
  if (machine?.failed === true) {
    host.online = false;
    host.resetNeeded = true;
  } else if (connection.failed) {
    host.online = false;
  } else if (connection.role === ROLE.stopped || machine?.role === ROLE.stopped) {
    host.online = false;
    host.resetNeeded = false;
  } else if (isLostWithHost(machine)) {
    host.online = false;
    host.resetNeeded = true;
  }
}

/** What runs on a node that the cluster does not manage is not managed either. */
const isLeftAlone = (unit: Unit | undefined): boolean =>
  unit !== undefined &&
  unit.activeOn.length > 0 &&
  (!unit.managed || unit.activeOn.some((under) => under.maintenance));

/** The guest's machine ran on a node that is gone and not yet known to be dead. */
function isLostWithHost(machine: Unit | undefined): boolean {
  const under = machine?.activeOn[0];
  return machine?.activeOn.length === 1 && under !== undefined && !under.online && under.unclean;
}
