/** One command changes the replicated state: the list of all that can happen to a cluster. */
import { assertNever, wallMs } from '../model/ids.ts';
import type { WallMs } from '../model/ids.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import { CAPACITY_ATTRIBUTE } from '../model/capacity.ts';
import type { Applied, ApplyContext } from '../store/types.ts';
import { countsUtilization } from './capacity.ts';
import { clearFailures, forgetFailed } from './fail-counts.ts';
import { endEvacuation } from './evacuation.ts';
import { release, releaseRefusal } from './fence-loop.ts';
import { forgetHosts } from './fence-hosts.ts';
import { beginFencing, confirmByHand, endFencing } from './fencing.ts';
import { tellClock } from './clocks.ts';
import { forgetProofs } from './fencing-proofs.ts';
import { requestFencing, requestRefusal } from './fencing-request.ts';
import { answerTest, beginTest, endUnbegunTests, testRefusal } from './fencing-tests.ts';
import { forgetNode, forgetRefusal } from './forget.ts';
import type { Command } from './commands.ts';
import { tellDevice, tellDisk, tellStall } from './devices.ts';
import { clearMark, endOrphanedMarks, expireMarks, setMark } from './marks-apply.ts';
import { addConfiguredNodes, declareLost, leaveInGoodOrder } from './nodes.ts';
import { partOf } from './members.ts';
import { sortedValues, without } from './order.ts';
import { applyPlan, carryOutState } from './plans.ts';
import { endRestarts } from './restarts.ts';
import { applyResults } from './results.ts';
import { tellSlow } from './slow.ts';
import { stopAll } from './stop-all.ts';
import type { ClusterState } from './state.ts';
import { tell, want } from './tell.ts';
import { loseOldAccess } from './unfencing.ts';

export function applyCommand(
  before: ClusterState,
  command: Command,
  at: ApplyContext,
): Applied<ClusterState> {
  const state: ClusterState = { ...before, time: timeOf(before, at) };
  const refusal = senderRefusal(state, command, at) ?? refusalOf(state, command);
  if (refusal !== undefined) return { state, answer: { refused: refusal } };
  return { state: endRestarts(carryOutState(change(state, command))) };
}

/**
 * Each change has a time of its own, as a hybrid logical clock gives it: the replay of the history
 * tells by it what came first, also while the DC's clock is behind what was told before.
 */
const timeOf = (before: ClusterState, at: ApplyContext): WallMs =>
  at.time > before.time ? at.time : wallMs(before.time + 1);

/** What only one node can know is believed from that node alone. */
function senderRefusal(
  state: ClusterState,
  command: Command,
  at: ApplyContext,
): string | undefined {
  switch (command.kind) {
    case 'results':
    case 'node-leaves':
    case 'fence-test-answer':
      return command.node === at.sender
        ? undefined
        : `${at.sender} cannot speak for ${command.node}`;
    case 'fence-end': {
      const request = state.fencing.active.find((active) => active.id === command.id);
      if (request === undefined || request.executor === at.sender) return undefined;
      return `${at.sender} does not fence ${request.target}, ${request.executor} does`;
    }
    default:
      return undefined;
  }
}

/** What cannot be done any more is refused with a sentence, and changes nothing. */
export function refusalOf(state: ClusterState, command: Command): string | undefined {
  if (command.kind === 'configure' && command.expectedVersion !== undefined) {
    const { version, appliedBy } = state.configuration;
    if (version === command.expectedVersion) return undefined;
    return (
      `the configuration has changed meanwhile: version ${version} by ${appliedBy} is in force, ` +
      `not ${command.expectedVersion}; look at it (holdfast export) and apply again`
    );
  }
  if (command.kind === 'clear-mark' && state.marks[command.id] === undefined) {
    return `there is no mark "${command.id}" (it may have ended by itself)`;
  }
  if (command.kind === 'fence-request') return requestRefusal(state, command.node);
  if (command.kind === 'fence-test') return testRefusal(state, command);
  if (command.kind === 'node-forget') return forgetRefusal(state, command.node);
  if (command.kind === 'fence-release') return releaseRefusal(state, command.node);
  return command.kind === 'fence-confirm' ? confirmRefusal(state, command) : undefined;
}

/** A word by hand is taken only for a node of which nothing is known. */
function confirmRefusal(
  state: ClusterState,
  { node: name, incarnation }: Extract<Command, { kind: 'fence-confirm' }>,
): string | undefined {
  const node = state.nodes[name];
  if (node === undefined) return `there is no node ${name}`;
  if (node.condition === 'down') return `${name} is known to be down`;
  if (node.condition === 'online')
    return `${name} is online: stop its daemon first, or let the cluster fence it`;
  // Whoever saw it off saw an earlier life: it has been on since.
  if (incarnation === undefined || incarnation === node.incarnation) return undefined;
  return (
    `${name} has come back and was lost again since it was looked at: see once more that it is ` +
    `off, then: holdfast fence confirm ${name}`
  );
}

function change(state: ClusterState, command: Command): ClusterState {
  switch (command.kind) {
    case 'configure':
      return configure(state, command);
    case 'set-mark':
      return setMark(state, command.mark);
    case 'clear-mark':
      return clearMark(state, command.id, command.by);
    case 'ticket':
      return changeTicket(state, command);
    case 'declare-lost':
      return declareLost(state, command.node, command.incarnation, command.reason);
    case 'fence-begin':
      return beginFencing(state, command.request);
    case 'fence-end':
      return endFencing(state, command.id, command);
    case 'fence-confirm':
      return confirmByHand(state, command.node, command.by);
    case 'fence-request':
      return requestFencing(state, command.node, command.by);
    case 'fence-release':
      return release(state, command.node, command.by);
    case 'node-forget':
      return forgetNode(state, command.node, command.by);
    case 'fence-test':
      return beginTest(state, command);
    case 'fence-test-answer':
      return answerTest(state, command);
    case 'shutdown-request':
      return requestShutdown(state, command);
    case 'cluster-stop':
      return stopAll(state, command.by);
    case 'nodes-configured':
      return addConfiguredNodes(state, command.nodes);
    case 'evacuation-ends':
      return endEvacuation(state, command.id);
    case 'node-leaves':
      return leaveInGoodOrder(state, command.node, command.incarnation);
    case 'results':
      return applyResults(state, command);
    case 'plan':
      return applyPlan(state, command);
    case 'attribute':
      return changeAttribute(state, command);
    case 'cleanup':
      return cleanUp(state, command);
    case 'time-passed':
      return passTime(state, command.until);
    default:
      return assertNever(command);
  }
}

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

function configure(state: ClusterState, command: Of<'configure'>): ClusterState {
  const version = state.configuration.version + 1;
  const configuration = {
    version,
    model: command.configuration,
    source: command.source,
    appliedAt: state.time,
    appliedBy: command.by,
  };
  const text = `${command.by} applied configuration version ${version}`;
  const decision = { ...state.decision, frozen: undefined };
  const next = tell(
    { ...state, configuration, decision },
    {
      kind: 'configuration',
      severity: 'info',
      text,
    },
  );
  const settled = endUnbegunTests(endOrphanedMarks(next), 'the configuration changed');
  const { model } = state.configuration;
  const unproved = loseOldAccess(forgetProofs(settled, model), model);
  return want(forgetHosts(unproved, model.fenceDevices), text);
}

function changeTicket(state: ClusterState, command: Of<'ticket'>): ClusterState {
  const old = state.tickets[command.ticket];
  const granted = command.granted ?? old?.granted ?? false;
  const ticket = {
    granted,
    standby: command.standby ?? old?.standby ?? false,
    lastGrantedAt: granted ? state.time : old?.lastGrantedAt,
  };
  const text = `${command.by}: ticket ${command.ticket} ${granted ? 'granted' : 'revoked'}`;
  const next = { ...state, tickets: { ...state.tickets, [command.ticket]: ticket } };
  return want(tell(next, { kind: 'mark', severity: 'info', text }), text);
}

function requestShutdown(state: ClusterState, command: Of<'shutdown-request'>): ClusterState {
  const node = state.nodes[command.node];
  if (node === undefined || node.condition !== 'online') return state;
  const text = `${command.by}: ${command.node} is to leave, its resources move away first`;
  const asked = { ...node, shutdownRequested: true };
  const next = { ...state, nodes: { ...state.nodes, [node.name]: asked } };
  return want(tell(next, { kind: 'node', severity: 'info', node: node.name, text }), text);
}

function changeAttribute(state: ClusterState, command: Of<'attribute'>): ClusterState {
  const node = state.nodes[command.node];
  if (node === undefined || node.attributes[command.name] === command.value) return state;
  const attributes =
    command.value === undefined
      ? without(node.attributes, command.name)
      : { ...node.attributes, [command.name]: command.value };
  const nodes = { ...state.nodes, [node.name]: { ...node, attributes } };
  const next = { ...state, nodes };
  // What daemons tell each other about themselves decides nothing.
  if (isForDaemons(state, command.name)) {
    const told = tellDisk(state, tellDevice(state, next, node.name), node.name);
    const later = tellSlow(state, tellStall(state, told, node.name), node.name);
    return tellClock(state, later, node.name);
  }
  return want(next, `attribute ${command.name} of ${node.name} changed`);
}

function isForDaemons({ configuration }: ClusterState, name: string): boolean {
  if (!name.startsWith('#') || name.startsWith('#health')) return false;
  if (name === CAPACITY_ATTRIBUTE) return !countsUtilization(configuration.model);
  return name !== WATCHDOG_ATTRIBUTE;
}

/** Failures are forgotten, so that what they kept from running may run again. */
function cleanUp(state: ClusterState, command: Of<'cleanup'>): ClusterState {
  const { resource } = command;
  const isMeant = resource === undefined ? () => true : partOf(state.configuration.model, resource);
  let nodes = state.nodes;
  for (const node of sortedValues(nodes)) {
    if (command.node !== undefined && command.node !== node.name) continue;
    const cleared = clearFailures(node, isMeant);
    nodes = { ...nodes, [node.name]: forgetFailed(state, cleared, isMeant) };
  }
  const what = command.resource ?? 'all resources';
  const text = `${command.by}: failures of ${what} cleaned up`;
  return want(tell({ ...state, nodes }, { kind: 'mark', severity: 'info', text }), text);
}

/** The DC says that time alone has made a new decision necessary. */
function passTime(state: ClusterState, until: WallMs): ClusterState {
  const later: ClusterState = { ...state, time: until > state.time ? until : state.time };
  return want(expireMarks(later, until), 'time has passed');
}
