/**
 * One node of the cluster as a pure function. Each input is given to whom it concerns; then every
 * duty looks at the state as it is now and does what is due: nothing depends on having seen an
 * event, so a restarted or late daemon ends up doing the same.
 */
import { refusalOf } from '../cluster/apply.ts';
import type { Command } from '../cluster/commands.ts';
import { clusterMachine } from '../cluster/machine.ts';
import { command as commandShape } from '../cluster/shapes/commands.ts';
import { childExited } from '../executor/report.ts';
import { createReplica } from '../store/replica.ts';
import type { RestoredStore, StoreOptions } from '../store/types.ts';
import type { EngineEvent } from '../model/engine.ts';
import { assertNever } from '../model/ids.ts';
import { decodeShape } from '../wire/shape.ts';
import { tellClockDifference } from './clocks.ts';
import { decideIfWanted, sendPlan, takeDecision, takeDecisionFailure } from './decide.ts';
import { endMonitor, watchDevices } from './devices.ts';
import { tellDisk } from './disk.ts';
import { carryOutFencing, endFence } from './fences.ts';
import { give, submit } from './give.ts';
import { askForHosts, endHosts } from './hosts.ts';
import { lead } from './lead.ts';
import { leaveWhenDue, requestShutdown } from './leave.ts';
import { arrivalProblem, askForWake, endOwnOperation, workLocally } from './local.ts';
import { writeLog } from './log.ts';
import { tellSlowMonitors } from './slow.ts';
import { doubtOf, noStalls, noticeStall, tellStalls } from './stalls.ts';
import type { NodeState, Step } from './state.ts';
import { inTurn, stay } from './state.ts';
import type { NodeClocks, NodeInput, NodeOptions } from './types.ts';
import { heedWaitForAll } from './wait-for-all.ts';
import { noteHeard, noteSent, prove, tellWatchdog, unknownHealth } from './watchdog.ts';

export function createNode(
  options: NodeOptions,
  store: StoreOptions,
  restored: RestoredStore,
): NodeState {
  const replica = createReplica(clusterMachine, store, restored);
  return {
    options,
    replica,
    cluster: replica.state,
    view: replica.view,
    executor: {
      self: options.self,
      operations: {},
      recurring: {},
      receiving: {},
      calls: 0,
      slow: {},
    },
    fences: {},
    devices: {},
    hosts: {},
    asked: {},
    deciding: undefined,
    decisions: 0,
    machines: undefined,
    isQuorumGone: false,
    noticed: {},
    bornAtMs: undefined,
    actingSinceMs: undefined,
    wasOpen: false,
    loggedPhase: '',
    leaving: undefined,
    exiting: false,
    wakeAtMs: undefined,
    stalls: noStalls,
    health: unknownHealth,
  };
}

/** Same node, input and clocks → same result. An exiting node takes nothing more. */
export function step(node: NodeState, input: NodeInput, clocks: NodeClocks): Step {
  if (node.exiting) return stay(node);
  const born = node.bornAtMs === undefined ? { ...node, bornAtMs: clocks.nowMs } : node;
  const noticed = noticeStall(born, clocks);
  const taken = take(noticed.node, input, clocks);
  let done: Step = { node: taken.node, effects: [...noticed.effects, ...taken.effects] };
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const before = done.node;
    done = inTurn(done, clocks, DUTIES);
    if (done.node.exiting || done.node.cluster === before.cluster) break;
  }
  return noteSent(done, clocks);
}

/** A node that is alone orders its own commands at once: then the duties look again. */
const TURNS_MAX = 10;

const DUTIES = [
  noteActing,
  sendPlan,
  lead,
  decideIfWanted,
  carryOutFencing,
  watchDevices,
  askForHosts,
  tellDisk,
  tellStalls,
  tellWatchdog,
  prove,
  tellClockDifference,
  tellSlowMonitors,
  workLocally,
  leaveWhenDue,
  askForWake,
  writeLog,
] as const;

function take(node: NodeState, input: NodeInput, clocks: NodeClocks): Step {
  switch (input.kind) {
    case 'engine':
      return hear(node, input.event, clocks);
    case 'tick':
      return give(node, { kind: 'tick' }, clocks);
    case 'disk-done':
      return give(node, { kind: 'disk-done', ticket: input.ticket }, clocks);
    case 'disk-failed':
      return give(
        node,
        { kind: 'disk-failed', ticket: input.ticket, reason: input.reason },
        clocks,
      );
    case 'override-freeze':
      return give(node, { kind: 'override-freeze', tag: `request ${input.tag}` }, clocks);
    case 'request':
      return request(node, input.tag, input.command, clocks);
    case 'operation-ended':
      return {
        node: { ...node, executor: endOwnOperation(node, input.result, clocks) },
        effects: [...doubtOf(node, input.result), ...arrivalProblem(node, input.result)],
      };
    case 'child-exited':
      return stay({
        ...node,
        executor: childExited(node.executor, input.resource, input.text, clocks.wallMs),
      });
    case 'fence-ended':
      return stay(
        endMonitor(node, input.result) ??
          endHosts(node, input.result, clocks) ??
          endFence(node, input.result),
      );
    case 'decided':
      return takeDecision(node, input.number, input.plan);
    case 'decision-failed':
      return takeDecisionFailure(node, input.number, input.reason);
    case 'watchdog':
      return stay({ ...node, health: { ...node.health, watchdog: input.watchdog } });
    case 'shutdown':
      return stay(requestShutdown(node, input.by));
    default:
      return assertNever(input);
  }
}

function hear(node: NodeState, event: EngineEvent, clocks: NodeClocks): Step {
  const heard = heedWaitForAll(node.replica.options.engine, event);
  return give(noteHeard(seeMachines(node, heard), heard), { kind: 'engine', event: heard }, clocks);
}

/** What no member could read is refused here, instead of getting lost in the order. */
function request(node: NodeState, tag: string, command: Command, clocks: NodeClocks): Step {
  const checked = decodeShape(commandShape, command);
  const reason =
    checked.kind === 'ok'
      ? contradiction(node, command)
      : `the request is malformed: ${checked.path} ${checked.reason}`;
  if (reason === undefined) return submit(node, command, `request ${tag}`, clocks);
  return { node, effects: [{ kind: 'reply', tag, result: { kind: 'refused', reason } }] };
}

/** Why a request would be refused now, by what this node knows; undefined: it would be done. */
export const requestRefusal = (node: NodeState, command: Command): string | undefined =>
  contradiction(node, command) ?? refusalOf(node.cluster, command);

/** A word by hand that a node is off does not count against what is seen: its machine is there. */
function contradiction({ machines, cluster }: NodeState, command: Command): string | undefined {
  if (command.kind !== 'fence-confirm' || machines?.includes(command.node) !== true)
    return undefined;
  // The state has a sentence of its own on these.
  const condition = cluster.nodes[command.node]?.condition;
  if (condition === 'online' || condition === 'down') return undefined;
  return (
    `the machine of ${command.node} is not off: it is a member of the engine's ring; switch it off, ` +
    'or start its daemon again'
  );
}

/** The membership of machines outlives daemons: a held node whose machine is gone is lost at once. */
function seeMachines(node: NodeState, event: EngineEvent): NodeState {
  if (event.kind !== 'engine-quorum') return node;
  return { ...node, machines: event.nodes, isQuorumGone: !event.quorate };
}

/** Gathering is no interruption: it is how one acting view follows another. */
function noteActing(node: NodeState, { nowMs }: NodeClocks): Step {
  const { phase } = node.view;
  if (phase.kind !== 'open') return stay(node);
  if (!phase.acting) return stay({ ...node, actingSinceMs: undefined });
  return stay(node.actingSinceMs === undefined ? { ...node, actingSinceMs: nowMs } : node);
}
