/** The power switch that all nodes can reach: quick and reliable, or not. */
import type { FenceRequest, FenceResult } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import type { Fencing } from './plan.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';
import type { NodeInput } from '../core/node/types.ts';

/** What the switch needs of the world around it. */
export interface PoweredWorld {
  readonly timers: Timers;
  readonly random: Random;
  readonly tally: Tally;
  readonly machines: readonly Machine[];
  readonly fencing: Fencing | undefined;
  tell(text: string): void;
  answer(machine: Machine, lives: number, input: NodeInput): void;
  powerOn(machine: Machine): void;
  powerOff(machine: Machine): void;
}

/** Somebody repairs a machine that was switched off. */
const repairMs = 30_000;

/** One run of the fence agent on a machine. */
export function shoot(world: PoweredWorld, machine: Machine, request: FenceRequest): void {
  const { target, action, timeoutMs } = request;
  world.tell(`${machine.name}: fences ${target ?? ''} (${action})`);
  const victim = world.machines.find((each) => each.name === target);
  const { actsMs, answersMs } = timesOf(world, world.fencing);
  if (actsMs !== undefined && victim !== undefined) {
    world.timers.after(actsMs, () => {
      switchPower(world, victim, action);
    });
  }
  const isWell = actsMs !== undefined && answersMs < timeoutMs;
  tellResult(world, machine, request, {
    requestId: request.requestId,
    outcome: isWell ? { kind: 'ok' } : { kind: 'failed', reason: 'the device does not answer' },
    durationMs: Math.min(answersMs, timeoutMs),
    output: '',
  });
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

function switchPower(world: PoweredWorld, victim: Machine, action: FenceRequest['action']): void {
  if (action === 'on') world.powerOn(victim);
  if (action !== 'off' && action !== 'reboot') return;
  world.powerOff(victim);
  const ms = action === 'reboot' ? world.random.between(2000, 8000) : repairMs;
  world.timers.after(ms, () => {
    if (world.timers.nowMs >= victim.awayUntilMs) world.powerOn(victim);
  });
}
