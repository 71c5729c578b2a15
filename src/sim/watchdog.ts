/**
 * A machine's watchdog, and what feeds it by the rule of native/watchdog.c: right before each feeding
 * it asks whether there is quorum and whether the daemon's last proof of health is young enough. The
 * device fires at its timeout in true time, whatever stands still; one that stands still with its
 * machine must be refused by the product.
 */
import type { NodeInput } from '../core/node/types.ts';
import type { SimulatedEngine } from './engine.ts';
import type { Machine } from './machine.ts';
import type { PillWorld } from './pill.ts';
import { hasRead, readDisks } from './pill.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';

/** What a watchdog needs of the world around it. */
export interface WatchedWorld extends PillWorld {
  readonly timers: Timers;
  /** Of its own: other chances stay as they are. */
  readonly chance: Random;
  readonly tally: Tally;
  readonly engine: SimulatedEngine;
  readonly isPair: boolean;
  tell(text: string): void;
  answer(machine: Machine, lives: number, input: NodeInput): void;
  powerOff(machine: Machine): void;
  powerOn(machine: Machine): void;
}

const feedMsMax = 1000;
const feederRestartMs = 1000;

/** With the machine, or anew after its end: it knows of no proof, and an open device runs down. */
export function startFeeder(world: WatchedWorld, machine: Machine): void {
  const { watchdog } = machine;
  if (watchdog === undefined || !machine.isOn) return;
  watchdog.feeders += 1;
  watchdog.isArmed = false;
  watchdog.provedAtMs = undefined;
  watchdog.hold = undefined;
  watchdog.heldUntilMs = 0;
  watchdog.read.clear();
  tellDaemon(world, machine);
  lookAgain(world, machine, watchdog.feeders);
  if (watchdog.setting.diskAgeMs === undefined) return;
  readDisks(world, machine, watchdog.feeders, {
    found: (action) => {
      takePill(world, machine, action);
    },
    complete: () => {
      tellDaemon(world, machine);
    },
  });
}

/** It reboots; if that fails, or it is not armed yet, it is never fed again in this boot. */
function takePill(world: WatchedWorld, machine: Machine, action: string): void {
  const { watchdog } = machine;
  if (watchdog === undefined) return;
  const isNew = !watchdog.isPilled;
  watchdog.isPilled = true;
  if (!isNew || !watchdog.isArmed || world.dice.percent(30)) return;
  world.tally.count('machines that took a poison pill');
  reset(world, machine, `reads a poison pill (${action})`);
}

export function killFeeder(world: WatchedWorld, machine: Machine): void {
  const { watchdog, boots } = machine;
  if (watchdog === undefined || !machine.isOn) return;
  watchdog.feeders += 1;
  world.timers.after(feederRestartMs, () => {
    if (machine.boots === boots) machine.whenAwake(() => startFeeder(world, machine));
  });
}

/** The power is gone, and with it all of this. */
export function endWatchdog({ watchdog }: Machine): void {
  if (watchdog === undefined) return;
  watchdog.feeders += 1;
  watchdog.isTicking = false;
  watchdog.isArmed = false;
  watchdog.isPilled = false;
}

/** To a daemon that has just come, or when it changes. */
export function tellDaemon(world: WatchedWorld, machine: Machine): void {
  const { watchdog, lives, boots } = machine;
  if (watchdog === undefined) return;
  world.timers.after(world.chance.between(1, 10), () => {
    if (machine.boots !== boots) return;
    const { isArmed, setting } = watchdog;
    const { timeoutMs, proofAgeMs, isVirtual, diskAgeMs } = setting;
    const refusal = refusalOf(world.isPair, isVirtual);
    const uuids = world.pillDisks.map(({ uuid }) => uuid);
    const areRead = diskAgeMs !== undefined && watchdog.read.size === uuids.length;
    const armed = {
      timeoutMs,
      proofAgeMs,
      ...(refusal === undefined ? {} : { refusal }),
      ...(areRead ? { disks: { ageMs: diskAgeMs, uuids } } : {}),
    };
    world.answer(machine, lives, { kind: 'watchdog', watchdog: isArmed ? armed : undefined });
  });
}

/** As the daemon's own edge judges it (daemon/watchdog.ts). */
function refusalOf(isPair: boolean, isVirtual: boolean): 'two-node' | 'virtual' | undefined {
  if (isPair) return 'two-node';
  return isVirtual ? 'virtual' : undefined;
}

/** A line on the feeder's socket: it is read also when the daemon has died since. */
export function hearProof(world: WatchedWorld, machine: Machine, atMs: number): void {
  const { watchdog } = machine;
  whenHeard(world, machine, () => {
    if (watchdog === undefined || atMs > machine.clockMs(world.timers.nowMs)) return;
    watchdog.provedAtMs = Math.max(atMs, watchdog.provedAtMs ?? 0);
    if (!watchdog.isArmed) look(world, machine);
  });
}

export function hearRelease(world: WatchedWorld, machine: Machine): void {
  const { watchdog } = machine;
  whenHeard(world, machine, () => {
    if (watchdog === undefined) return;
    watchdog.provedAtMs = undefined;
    watchdog.isTicking = false;
    watchdog.isArmed = false;
    watchdog.releasedInBoot = machine.boots;
    // Unheard, it counts as reset.
    machine.shots += 1;
    world.tally.count('watchdogs released');
    tellDaemon(world, machine);
  });
}

function whenHeard(world: WatchedWorld, machine: Machine, hear: () => void): void {
  const feeder = machine.watchdog?.feeders;
  world.timers.after(world.chance.between(0, 10), () => {
    machine.whenAwake(() => {
      if (machine.watchdog?.feeders === feeder) hear();
    });
  });
}

function lookAgain(world: WatchedWorld, machine: Machine, feeder: number): void {
  const { watchdog } = machine;
  if (watchdog === undefined) return;
  world.timers.after(Math.min(feedMsMax, watchdog.setting.timeoutMs / 4), () => {
    if (watchdog.feeders !== feeder) return;
    if (!machine.isPaused) look(world, machine);
    lookAgain(world, machine, feeder);
  });
}

function look(world: WatchedWorld, machine: Machine): void {
  const { watchdog } = machine;
  const { nowMs } = world.timers;
  if (watchdog === undefined || nowMs < watchdog.heldUntilMs || !mayFeed(world, machine)) return;
  if (!watchdog.isArmed) {
    watchdog.isArmed = true;
    watchdog.isTicking = true;
    tellDaemon(world, machine);
    world.tally.count('watchdogs armed');
  } else if (watchdog.hold !== undefined && nowMs >= watchdog.hold.fromMs) {
    holdUp(world, machine, watchdog.hold.percent);
    return;
  }
  feed(world, machine);
}

/** The questions were asked, and the feeding comes much later. */
function holdUp(world: WatchedWorld, machine: Machine, percent: number): void {
  const { watchdog } = machine;
  if (watchdog === undefined) return;
  const { feeders, setting } = watchdog;
  const leftMs = watchdog.fedAtMs + setting.timeoutMs - world.timers.nowMs;
  watchdog.hold = undefined;
  watchdog.heldUntilMs = world.timers.nowMs + (leftMs * percent) / 100;
  world.tally.count('feedings held up');
  world.timers.at(watchdog.heldUntilMs, () => {
    machine.whenAwake(() => {
      if (watchdog.feeders === feeders && watchdog.isTicking) feed(world, machine);
    });
  });
}

function mayFeed(world: WatchedWorld, machine: Machine): boolean {
  const { watchdog } = machine;
  if (watchdog?.provedAtMs === undefined || watchdog.isPilled) return false;
  const clockMs = machine.clockMs(world.timers.nowMs);
  const isProved = clockMs - watchdog.provedAtMs <= watchdog.setting.proofAgeMs;
  const hasQuorum = world.engine.hasQuorum(machine.name);
  return isProved && hasQuorum && hasRead(watchdog, world.pillDisks.length, clockMs);
}

function feed(world: WatchedWorld, machine: Machine): void {
  const { watchdog } = machine;
  if (watchdog === undefined) return;
  watchdog.fedAtMs = world.timers.nowMs;
  runDown(world, machine);
}

/** A pause has ended in which the timer stood still as well. */
export function standWatchdog(world: WatchedWorld, machine: Machine, pausedMs: number): void {
  const { watchdog } = machine;
  if (watchdog?.setting.isVirtual !== true) return;
  watchdog.fedAtMs += pausedMs;
  runDown(world, machine);
}

function runDown(world: WatchedWorld, machine: Machine): void {
  const { watchdog, boots } = machine;
  if (watchdog === undefined) return;
  const { timeoutMs, isVirtual } = watchdog.setting;
  world.timers.at(watchdog.fedAtMs + timeoutMs, () => {
    const isOver = world.timers.nowMs >= watchdog.fedAtMs + timeoutMs;
    if (!watchdog.isTicking || machine.boots !== boots || !isOver) return;
    if (isVirtual && machine.isPaused) return;
    fire(world, machine);
  });
}

function fire(world: WatchedWorld, machine: Machine): void {
  world.tally.count('machines reset by their watchdog');
  if (machine.isPaused) world.tally.count('stalls of a machine beyond its watchdog');
  machine.cutBy.add('watchdog');
  reset(world, machine, 'is reset by its watchdog');
}

function reset(world: WatchedWorld, machine: Machine, how: string): void {
  world.tell(`** ${machine.name} ${how}`);
  world.powerOff(machine);
  world.timers.after(world.chance.between(2000, 8000), () => {
    if (world.timers.nowMs >= machine.awayUntilMs) world.powerOn(machine);
  });
}
