/**
 * Shared storage of which a fence device takes nodes their access, and gives it. Its agent dies with its
 * machine, and at its timeout it does nothing any more: only who stood still may give access to itself
 * later than that, when nothing runs there.
 */
import type { FenceRequest, FenceResult } from '../core/model/operation.ts';
import type { Checks } from './checks.ts';
import type { Machine } from './machine.ts';
import type { StorageSetting } from './storage-setting.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';

/** What storage needs of the world around it. */
export interface StorageWorld {
  readonly timers: Timers;
  readonly tally: Tally;
  readonly checks: Checks;
  readonly machines: readonly Machine[];
}

/** One run of the agent on a machine, and when it acts: undefined, when it cannot. */
export interface StorageRun {
  readonly machine: Machine;
  readonly request: FenceRequest;
  readonly setting: StorageSetting;
  readonly actsMs: number | undefined;
}

/** Calls back with what it did; not at all when its machine has died. */
export function askStorage(
  world: StorageWorld,
  run: StorageRun,
  ended: (outcome: FenceResult['outcome']) => void,
): void {
  const { machine, request, actsMs, setting } = run;
  if (actsMs === undefined || actsMs >= request.timeoutMs) return;
  const { boots, lives } = machine;
  const overAtMs = world.timers.nowMs + request.timeoutMs;
  world.timers.after(actsMs, () => {
    machine.whenAwake(() => {
      const isLate = world.timers.nowMs > overAtMs && setting.on === 'any-node';
      // A daemon that starts ends what the one before has left running.
      const isEnded = machine.boots !== boots || machine.lives > lives + 1;
      if (machine.isOn && !isEnded && !isLate) ended(act(world, run));
    });
  });
}

function act(
  world: StorageWorld,
  { machine, request, setting }: StorageRun,
): FenceResult['outcome'] {
  const { action, device, target, requestId } = request;
  const victim = world.machines.find(({ name }) => name === target);
  if (victim === undefined || action === 'monitor') return ok;
  victim.answeredBy.add(device);
  switch (action) {
    case 'status':
      return { kind: 'status', power: victim.hasAccess ? 'on' : 'off' };
    case 'on':
      giveAccess(world, victim);
      return ok;
    case 'off':
      // A reservation is taken away by who has one, and by nobody else.
      if (setting.on === 'own-node' && !machine.hasAccess) return hasNone;
      victim.cutBy.add(device);
      victim.cutFor.add(requestId);
      takeAccess(world, victim);
      return ok;
    default:
      return { kind: 'failed', reason: `this agent does not know ${action}` };
  }
}

function giveAccess({ checks, machines }: StorageWorld, victim: Machine): void {
  if (!victim.isOn || victim.hasAccess) return;
  victim.hasAccess = true;
  checks.oneCopy(machines);
}

function takeAccess({ tally, timers }: StorageWorld, victim: Machine): void {
  victim.shots += 1;
  victim.hasAccess = false;
  victim.cutInLife = victim.lives;
  victim.cutAtMs = timers.nowMs;
  if (victim.active.size > 0) tally.count('nodes cut off from their storage that go on');
}

const ok = { kind: 'ok' } as const;
const hasNone = { kind: 'failed', reason: 'this node has no access itself' } as const;
