/** The power switches that all nodes can reach: quick and reliable, or not. */
import type { FenceRequest, FenceResult } from '../core/model/operation.ts';
import type { Machine, Unreached } from './machine.ts';
import type { Fencing, Profile } from './fault.ts';
import type { LoopChecks } from './loop-checks.ts';
import { atOutlet, listOf, outletSwitches } from './outlets.ts';
import type { PillWorld } from './pill.ts';
import { pillDevice, writePill } from './pill.ts';
import type { Random } from './random.ts';
import { askStorage } from './storage.ts';
import type { StorageWorld } from './storage.ts';
import { storageDevice } from './storage-setting.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';
import type { NodeInput } from '../core/node/types.ts';
import type { FencingChecks } from './fencing-checks.ts';
import type { UnreachedChecks } from './unreached-checks.ts';
import { Violation } from './violation.ts';

/** What the switch needs of the world around it. */
export interface PoweredWorld extends PillWorld, StorageWorld {
  readonly setting: Profile;
  readonly timers: Timers;
  readonly random: Random;
  readonly tally: Tally;
  readonly machines: readonly Machine[];
  readonly fencing: Fencing | undefined;
  readonly fencingChecks: FencingChecks;
  readonly loopChecks: LoopChecks;
  readonly unreachedChecks: UnreachedChecks;
  readonly isHealed: boolean;
  /** Of what only some runs are drawn for. */
  readonly dice: Random;
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
  world.fencingChecks.mayShoot(
    machine,
    world.machines.find((each) => each.name === target),
    request,
  );
  world.loopChecks.mayShoot(machine, request, world.timers.nowMs);
  if (device === pillDevice) {
    shootByPill(world, machine, request);
    return;
  }
  if (device === storageDevice) {
    shootByStorage(world, machine, request);
    return;
  }
  world.unreachedChecks.shoots(machine, request, world);
  if (machine.unreached !== undefined) {
    tellUnreached(world, machine, request, machine.unreached);
    return;
  }
  const victim = victimOf(world, request);
  const { actsMs, answersMs } = timesOf(world, world.fencing);
  if (actsMs !== undefined && victim !== undefined) {
    world.timers.after(actsMs, () => {
      switchPower(world, victim, device, action);
    });
  }
  const isWell = actsMs !== undefined && answersMs < timeoutMs;
  tellResult(world, machine, request, {
    requestId: request.requestId,
    outcome: isWell && !isUnanswered(world, request) ? answerOf(world, victim, request) : noAnswer,
    durationMs: Math.min(answersMs, timeoutMs),
    output: '',
  });
}

const isUnanswered = ({ setting }: PoweredWorld, { action }: FenceRequest): boolean =>
  action === 'monitor' && setting.monitors === 'unanswered';

function tellUnreached(
  world: PoweredWorld,
  machine: Machine,
  request: FenceRequest,
  how: Unreached,
): void {
  const { requestId, timeoutMs } = request;
  const durationMs = how === 'silent' ? timeoutMs : world.dice.between(50, 3000);
  const outcome = noAnswer;
  tellResult(world, machine, request, { requestId, outcome, durationMs, output: '' });
}

const noAnswer = { kind: 'failed', reason: 'the device does not answer' } as const;

/** Undefined: the device is asked for itself, or has no such machine. */
function victimOf(world: PoweredWorld, request: FenceRequest): Machine | undefined {
  if (request.target === undefined) return undefined;
  if (outletSwitches.includes(request.device)) return atOutlet(world.machines, request);
  return world.machines.find((each) => each.name === request.target);
}

/** It waits for its target's end itself, as long as it was told. */
function shootByPill(world: PoweredWorld, machine: Machine, request: FenceRequest): void {
  const { target, device, timeoutMs, requestId } = request;
  const beganAtMs = world.timers.nowMs;
  const { actsMs, answersMs } = timesOf(world, world.fencing);
  const tell = (outcome: FenceResult['outcome'], afterMs: number): void => {
    const ranMs = world.timers.nowMs - beganAtMs + afterMs;
    tellResult(
      world,
      machine,
      request,
      { requestId, outcome: ranMs > timeoutMs ? noAnswer : outcome, durationMs: ranMs, output: '' },
      afterMs,
    );
  };
  const victim = world.machines.find((each) => each.name === target);
  victim?.cutBy.add(device);
  victim?.answeredBy.add(device);
  if (request.action === 'monitor') tell({ kind: 'ok' }, 100);
  else if (request.action === 'status') tell({ kind: 'status', power: 'on' }, 100);
  else if (actsMs === undefined) tell(noAnswer, answersMs);
  else {
    writePill(world, machine, request, actsMs, (outcome) => {
      tell(outcome, answersMs - actsMs);
    });
  }
}

/** What it says comes later than what it does, and not at all after its timeout. */
function shootByStorage(world: PoweredWorld, machine: Machine, request: FenceRequest): void {
  const { storage } = world.setting;
  if (storage === undefined) throw new Violation('a device of another world');
  const { actsMs, answersMs } = timesOf(world, world.fencing);
  const { requestId, timeoutMs } = request;
  let outcome: FenceResult['outcome'] = noAnswer;
  askStorage(world, { machine, request, setting: storage, actsMs }, (done) => {
    outcome = done;
  });
  const durationMs = Math.min(answersMs, timeoutMs);
  const { lives } = machine;
  // Both at the same time: the doing comes first.
  world.timers.after(durationMs, () => {
    machine.whenAwake(() => {
      const said = answersMs < timeoutMs ? outcome : noAnswer;
      const result = { requestId, outcome: said, durationMs, output: '' };
      if (machine.lives === lives) tellResult(world, machine, request, result, 0);
    });
  });
}

function answerOf(
  { machines, setting, tally }: PoweredWorld,
  victim: Machine | undefined,
  { action, device, target }: FenceRequest,
): FenceResult['outcome'] {
  if (action === 'list') {
    tally.count('lists of devices');
    return { kind: 'ok', hosts: listOf(machines, device) };
  }
  if (setting.hosts !== undefined && target !== undefined && victim === undefined) {
    return { kind: 'failed', reason: 'there is no such outlet' };
  }
  if (action !== 'status') return { kind: 'ok' };
  victim?.answeredBy.add(device);
  return { kind: 'status', power: victim?.hasPower === true ? 'on' : 'off' };
}

function tellResult(
  world: PoweredWorld,
  machine: Machine,
  { target, action }: FenceRequest,
  result: FenceResult,
  afterMs: number = result.durationMs,
): void {
  const { lives } = machine;
  if (action === 'monitor' && result.outcome.kind === 'failed') {
    world.tally.count('monitors of fence devices that failed');
  }
  const victim = world.machines.find((each) => each.name === target);
  const boots = victim?.boots;
  world.timers.after(afterMs, () => {
    machine.whenAwake(() => {
      // The fence agent dies with its machine; whether its word got out is chance.
      if (!machine.isOn && world.random.percent(50)) return;
      if (result.outcome.kind === 'ok' && target !== undefined)
        world.tally.fenced(victim?.boots !== boots);
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
  victim.shots += 1;
  const { switched } = victim;
  victim.offSwitches.add(switchOf(device));
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

/** A machine hangs on one outlet, whichever of the devices has it. */
const switchOf = (device: string): string => (outletSwitches.includes(device) ? 'power' : device);

function switchOn(world: PoweredWorld, victim: Machine, device: string): void {
  victim.offSwitches.delete(switchOf(device));
  if (world.timers.nowMs >= victim.awayUntilMs) world.powerOn(victim);
}
