/**
 * Poison pills on shared disks (docs/decisions/poison-pill.md), by the rules of native/poison.c and
 * native/watchdog.c: what fences writes for one boot, to most of the disks that this boot has proved to
 * read, and waits; each machine reads every second, feeds its watchdog only by what it read, and resets
 * itself when it finds a pill for its boot.
 */
import type { FenceRequest, FenceResult } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import type { PillDisk } from './pill-disk.ts';
import type { Random } from './random.ts';
import type { SimulatedWatchdog } from './watchdog-device.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';

export const pillDevice = 'pill';
const readMs = 1000;

/** What disks need of the world around them. */
export interface PillWorld {
  readonly timers: Timers;
  readonly dice: Random;
  readonly tally: Tally;
  readonly pillDisks: readonly PillDisk[];
}

/** What a reading has shown. */
export interface Reader {
  /** A pill for this boot, and what it says. */
  found(action: string): void;
  /** Each disk was read once. */
  complete(): void;
}

/** From now on, as long as this feeder lives. */
export function readDisks(
  world: PillWorld,
  machine: Machine,
  feeder: number,
  reader: Reader,
): void {
  const { watchdog } = machine;
  for (const disk of world.pillDisks) {
    world.timers.after(world.dice.between(1, readMs), () => {
      readAgain(disk);
    });
  }
  function readAgain(disk: PillDisk): void {
    if (watchdog?.feeders !== feeder) return;
    if (!machine.isPaused) readOnce(world, machine, disk, reader);
    world.timers.after(readMs, () => {
      readAgain(disk);
    });
  }
}

function readOnce(world: PillWorld, machine: Machine, disk: PillDisk, reader: Reader): void {
  const { watchdog } = machine;
  if (watchdog === undefined) return;
  const { feeders } = watchdog;
  const beganAtMs = machine.clockMs(world.timers.nowMs);
  world.timers.after(world.dice.between(1, 100), () => {
    machine.whenAwake(() => {
      if (watchdog.feeders !== feeders || machine.lostDisks.has(disk)) return;
      const isNew = !watchdog.read.has(disk);
      watchdog.read.set(disk, beganAtMs);
      const slot = disk.slot(machine.name);
      slot.boot = machine.boot;
      const { message } = slot;
      if (message?.boot === machine.boot) reader.found(message.action);
      else if (isNew && watchdog.read.size === world.pillDisks.length) reader.complete();
    });
  });
}

/** Most of them were read, by readings that began not too long ago. */
export function hasRead(watchdog: SimulatedWatchdog, disks: number, clockMs: number): boolean {
  const { diskAgeMs } = watchdog.setting;
  if (diskAgeMs === undefined) return true;
  const fresh = [...watchdog.read.values()].filter((atMs) => clockMs - atMs <= diskAgeMs);
  return 2 * fresh.length > disks;
}

/** Calls back with the outcome, after the waiting; or at once, when most disks are not to be had. */
export function writePill(
  world: PillWorld,
  machine: Machine,
  request: FenceRequest,
  delayMs: number,
  ended: (outcome: FenceResult['outcome']) => void,
): void {
  const { target = '', action, parameters } = request;
  const uuids = (parameters['pill_uuids'] ?? '').split(',');
  const boot = parameters['pill_boot'] ?? '';
  world.timers.after(delayMs + world.dice.between(5, 200), () => {
    machine.whenAwake(() => {
      const written = world.pillDisks.filter(
        (disk) => uuids.includes(disk.uuid) && !machine.lostDisks.has(disk) && machine.isOn,
      );
      for (const disk of written) disk.slot(target).message = { boot, action };
      if (2 * written.length <= uuids.length) {
        ended({ kind: 'failed', reason: 'most of the disks cannot be written' });
        return;
      }
      world.tally.count('poison pills written');
      world.timers.after(Number(parameters['pill_wait_ms']), () => {
        const isBack = written.some((disk) => (disk.slot(target).boot ?? boot) !== boot);
        const reason = 'it was reset and has come up again: it does not stay off';
        ended(isBack && action === 'off' ? { kind: 'failed', reason } : { kind: 'ok' });
      });
    });
  });
}
