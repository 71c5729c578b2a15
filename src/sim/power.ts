/** The power switches that all nodes can reach: quick and reliable, or not. */
import type { FenceRequest, FenceResult } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import type { Fencing } from './fault.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';
import type { NodeInput } from '../core/node/types.ts';
import type { FencingChecks } from './fencing-checks.ts';

/** What the switch needs of the world around it. */
export interface PoweredWorld {
  readonly timers: Timers;
  readonly random: Random;
  readonly tally: Tally;
  readonly machines: readonly Machine[];
  readonly fencing: Fencing | undefined;
  readonly fencingChecks: FencingChecks;
  tell(text: string): void;
  answer(machine: Machine, lives: number, input: NodeInput): void;
  powerOn(machine: Machine): void;
  powerOff(machine: Machine): void;
}

/** Somebody repairs a machine that is off; one of two supplies without power is seen by nobody. */
const repairMs = 30_000;

/** One run of the fence agent on a machine. */
export function shoot(world: PoweredWorld, machine: Machine, request: FenceRequest): void {
  const { target, action, device, timeoutMs } = request;
  world.tell(`${machine.name}: ${device} for ${target ?? ''} (${action})`);
  const victim = world.machines.find((each) => each.name === target);
  world.fencingChecks.mayShoot(machine, victim, request);
  const { actsMs, answersMs } = timesOf(world, world.fencing);
  if (actsMs !== undefined && victim !== undefined) {
    world.timers.after(actsMs, () => {
      switchPower(world, victim, device, action);
    });
  }
  const isWell = actsMs !== undefined && answersMs < timeoutMs;
  const reason = 'the device does not answer';
  tellResult(world, machine, request, {
    requestId: request.requestId,
    outcome: isWell ? answerOf(victim, request) : { kind: 'failed', reason },
    durationMs: Math.min(answersMs, timeoutMs),
    output: '',
  });
}

function answerOf(
  victim: Machine | undefined,
  { action, device }: FenceRequest,
): FenceResult['outcome'] {
  if (action !== 'status') return { kind: 'ok' };
  victim?.answeredBy.add(device);
  return { kind: 'status', power: victim?.hasPower === true ? 'on' : 'off' };
}

function tellResult(
  world: PoweredWorld,
  machine: Machine,
  { target }: FenceRequest,
  result: FenceResult,
): void {
  const { lives } = machine;
  const victim = world.machines.find((each) => each.name === target);
  const boots = victim?.boots;
  world.timers.after(result.durationMs, () => {
    machine.whenAwake(() => {
      // The fence agent dies with its machine; whether its word got out is chance.
      if (!machine.isOn && world.random.percent(50)) return;
      if (result.outcome.kind === 'ok') world.tally.fenced(victim?.boots !== boots);
      world.answer(machine, lives, { kind: 'fence-ended', result });
    });
  });
}

interface Times {
  /** Undefined: it does nothing. */
  readonly actsMs: number | undefined;
  readonly answersMs: number;
}

function timesOf({ random }: PoweredWorld, how: Fencing | undefined): Times {
  const quickMs = random.between(300, 4000);
  if (how === 'failing') return { actsMs: undefined, answersMs: quickMs };
  if (how === 'late') return { actsMs: quickMs, answersMs: random.between(8000, 19_000) };
  if (how === undefined) return { actsMs: quickMs, answersMs: quickMs };
  const answersMs = random.between(10_000, 40_000);
  return { actsMs: random.between(300, answersMs), answersMs };
}

/** A machine is off when all that it hangs on is off, and boots when something is on again. */
function switchPower(
  world: PoweredWorld,
  victim: Machine,
  device: string,
  action: FenceRequest['action'],
): void {
  if (action === 'on') switchOn(world, victim, device);
  if (action !== 'off' && action !== 'reboot') return;
  victim.switched += 1;
  const { switched } = victim;
  victim.offSwitches.add(device);
  victim.cutBy.add(device);
  if (victim.hasPower) return;
  world.powerOff(victim);
  if (action === 'off') victim.lastOffBoot = victim.boots;
  const ms = action === 'reboot' ? world.random.between(2000, 8000) : repairMs;
  world.timers.after(ms, () => {
    if (victim.switched !== switched) return;
    for (const each of victim.offSwitches) switchOn(world, victim, each);
  });
}

function switchOn(world: PoweredWorld, victim: Machine, device: string): void {
  victim.offSwitches.delete(device);
  if (world.timers.nowMs >= victim.awayUntilMs) world.powerOn(victim);
}
