/** Runs of agents: how long they take, how they end, and which are killed though nothing is wrong. */
import type { Containment, OperationOutcome, OperationRequest } from '../core/model/operation.ts';
import type { NodeInput } from '../core/node/types.ts';
import type { Checks } from './checks.ts';
import { contain } from './containment.ts';
import type { SimulatedEngine } from './engine.ts';
import type { Machine } from './machine.ts';
import { baseOf } from './machine.ts';
import type { LoopChecks } from './loop-checks.ts';
import type { MarkChecks } from './mark-checks.ts';
import type { Profile } from './fault.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import { startWithAccess } from './storage-checks.ts';
import type { Timers } from './timers.ts';
import type { Undisturbed } from './undisturbed.ts';

/** What agents need of the world around them. */
export interface AgentsWorld {
  readonly timers: Timers;
  readonly random: Random;
  /** Of what only some runs are drawn for: other chances stay as they are. */
  readonly dice: Random;
  readonly setting: Profile;
  readonly tally: Tally;
  readonly checks: Checks;
  readonly markChecks: MarkChecks;
  readonly loopChecks: LoopChecks;
  readonly undisturbed: Undisturbed;
  readonly engine: SimulatedEngine;
  readonly machines: readonly Machine[];
  readonly areAgentsSlow: boolean;
  /** As a factor. */
  readonly slowness: number;
  operations: number;
  tell(text: string): void;
  answer(machine: Machine, lives: number, input: NodeInput): void;
}

const startsSomething = new Set(['start', 'promote', 'migrate_from']);

interface Run {
  readonly machine: Machine;
  readonly lives: number;
  readonly request: OperationRequest;
  readonly ms: number;
  readonly beganAtMs: number;
  /** For how long the machine's clocks had stood when it began. */
  readonly stoodMs: number;
}

export function runOperation(
  world: AgentsWorld,
  machine: Machine,
  request: OperationRequest,
): void {
  const { operation, resource } = request;
  const what = `${operation} ${resource}`;
  const isStart = startsSomething.has(operation);
  if (isStart) world.checks.startAllowed(machine, what, machine.hasQuorum);
  if (request.intervalMs === 0) world.operations += 1;
  world.markChecks.mayTouch(machine, request, world.timers.nowMs);
  world.undisturbed.mayEnd(machine, request);
  if (isStart) startWithAccess(machine, request);
  if (isStart) world.loopChecks.mayStart(machine, request, world.timers.nowMs);
  const trick = machine.script.get(`${operation} ${baseOf(resource)}`);
  const hangs = trick?.startsWith('hangs') === true;
  const ms = hangs ? request.timeoutMs : agentMs(world, operation);
  if (operation !== 'monitor') world.tell(`${machine.name}: ${what}`);
  const { lives, stoodMs } = machine;
  machine.running.add(request);
  if (isStart) world.checks.startAlone(world.machines, machine, request);
  const run: Run = { machine, lives, request, ms, beganAtMs: world.timers.nowMs, stoodMs };
  world.timers.after(ms, () => {
    machine.whenAwake(() => {
      endOperation(world, run);
    });
  });
}

function endOperation(world: AgentsWorld, run: Run): void {
  const { machine, lives, request } = run;
  if (!machine.running.delete(request)) return;
  const { outcome, ...seen } = outcomeOf(world, run);
  if (request.operation === 'stop') noteStop(machine, request, outcome);
  world.checks.oneCopy(world.machines);
  if (request.operation !== 'monitor') {
    const what = `${request.operation} ${request.resource}`;
    world.tell(`${machine.name}: ${what} has ended: ${JSON.stringify(outcome)}`);
  }
  const { operationId } = request;
  const result = { operationId, outcome, durationMs: run.ms, output: '', ...seen };
  if (machine.isStopped && request.operation !== 'contain') {
    const deadlineMs = run.beganAtMs + machine.stoodMs - run.stoodMs + request.timeoutMs;
    machine.late.set(operationId, { request, deadlineMs });
  }
  world.answer(machine, lives, { kind: 'operation-ended', result });
  if (!machine.repeatsResult) return;
  machine.repeatsResult = false;
  world.answer(machine, lives, { kind: 'operation-ended', result });
}

function outcomeOf(
  world: AgentsWorld,
  run: Run,
): { readonly outcome: OperationOutcome; readonly containment?: Containment } {
  const { machine, request } = run;
  if (request.operation === 'contain') return contain(machine, request, world.tally);
  if (isKilledForNothing(world, run)) return { outcome: beKilled(world, machine, request) };
  return { outcome: machine.carryOut(request, (move) => migrate(world, machine, move)) };
}

function noteStop(
  { failedStops }: Machine,
  { resource }: OperationRequest,
  outcome: OperationOutcome,
): void {
  if (outcome.kind === 'exited' && outcome.exitCode === 0) failedStops.delete(resource);
  else failedStops.add(resource);
}

/** Its agent hears it in time, or only when all is done: then that is so. */
export function callBack(world: AgentsWorld, machine: Machine, operationId: string): void {
  const request = [...machine.running].find((each) => each.operationId === operationId);
  if (request === undefined) return;
  world.tell(`${machine.name}: ${request.operation} ${request.resource} is called back`);
  const { lives } = machine;
  if (world.dice.percent(25)) return;
  world.timers.after(world.dice.between(5, 300), () => {
    machine.whenAwake(() => {
      if (!machine.running.delete(request)) return;
      world.tally.count('live migrations called back');
      const isHere = machine.active.has(request.resource);
      const outcome: OperationOutcome = isHere
        ? { kind: 'cancelled' }
        : { kind: 'exited', exitCode: 7, exitReason: '' };
      const result = { operationId, outcome, durationMs: 0, output: '' };
      world.answer(machine, lives, { kind: 'operation-ended', result });
    });
  });
}

/** Its machine stood still, its clock went on: when it goes on, the time has run out. */
function isKilledForNothing({ timers }: AgentsWorld, run: Run): boolean {
  const { machine, request } = run;
  const ranMs = timers.nowMs - run.beganAtMs - (machine.stoodMs - run.stoodMs);
  return ranMs > Math.max(request.timeoutMs, run.ms) + 1 && !machine.hasTrick(request);
}

/** Some have done their work already. */
function beKilled(
  world: AgentsWorld,
  machine: Machine,
  request: OperationRequest,
): OperationOutcome {
  const isDone = world.random.percent(50);
  if (isDone) machine.carryOut(request, (move) => migrate(world, machine, move));
  noteNeedless(world, machine, request);
  return { kind: 'timed-out' };
}

function noteNeedless(world: AgentsWorld, machine: Machine, request: OperationRequest): void {
  if (!machine.hasStalled(world.timers.nowMs)) return;
  machine.needless.push(request);
  world.tally.count('agents that timed out because their node stood still');
}

/**
 * A daemon that goes on may find that the time of an agent has run out before it sees that the agent
 * has ended.
 */
export function lateInputs(world: AgentsWorld, machine: Machine): readonly NodeInput[] {
  const held = machine.held.splice(0);
  const late = new Map(machine.late);
  machine.late.clear();
  return held.map((input) => {
    if (input.kind !== 'operation-ended') return input;
    const { result } = input;
    const known = late.get(result.operationId);
    if (known === undefined || world.timers.nowMs <= known.deadlineMs) return input;
    if (result.outcome.kind !== 'exited' || world.random.percent(50)) return input;
    noteNeedless(world, machine, known.request);
    return { ...input, result: { ...result, outcome: { kind: 'timed-out' } } };
  });
}

/** A running machine goes over at once, in the end of it all; or it stays where it is. */
function migrate(
  { machines, engine, tally }: AgentsWorld,
  machine: Machine,
  { agent, resource, meta }: OperationRequest,
): boolean {
  const target = machines.find((each) => each.name === meta['migrate_target']);
  if (target?.isOn !== true || target.isPaused || !machine.active.has(resource)) return false;
  if (!engine.reaches(machine.name, target.name)) return false;
  if (agent.class === 'vm') {
    if (target.expected.get(resource) !== 'waiting') return false;
    target.expected.set(resource, 'arrived');
  } else target.active.add(resource);
  machine.active.delete(resource);
  tally.count(agent.class === 'vm' ? 'live migrations with two sides' : 'live migrations');
  return true;
}

function agentMs(world: AgentsWorld, operation: string): number {
  const slow = (world.areAgentsSlow ? 20 : 1) * world.slowness;
  const { random, dice, setting } = world;
  if (operation === 'migrate_to' && setting.areMovesLong === true) return dice.between(500, 6000);
  return slow * (operation === 'monitor' ? random.between(3, 40) : random.between(20, 400));
}
