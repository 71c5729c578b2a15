/** Faults that only some runs are drawn for (draw-settings.ts). */
import { isHeldBack } from '../core/cluster/fence-loop.ts';
import { sortedKeys } from '../core/cluster/order.ts';
import { resourceId, wallMs } from '../core/model/ids.ts';
import type { ProvokedFault } from './fault.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

const by = 'anna';

export function beginProvoked(world: World, machine: Machine, fault: ProvokedFault): void {
  switch (fault.kind) {
    case 'unstoppable':
      cling(world, machine, fault);
      return;
    case 'loop':
      loop(world, machine, fault.count);
      return;
    case 'recall':
      recall(world, machine, fault);
      return;
    case 'forget':
      forget(world, machine, fault);
      return;
    case 'lose-disks':
      loseDisks(world, machine, fault);
  }
}

/** Somebody who can answer; undefined: nobody can. */
const someone = (world: World): Machine | undefined =>
  world.machines.find(({ node }) => node?.view.phase.kind === 'open');

/** It does not stop where it is, and is to run elsewhere. */
function cling(
  world: World,
  machine: Machine,
  { resource, how, hangs }: Extract<ProvokedFault, { kind: 'unstoppable' }>,
): void {
  const where = world.machines.find((each) => each.active.has(resource));
  if (where === undefined) return;
  where.holds.set(resource, how);
  where.script.set(`stop ${resource}`, hangs ? 'hangs' : 'fails');
  move(world, where === machine ? otherThan(world, where) : machine, resource);
}

function otherThan(world: World, machine: Machine): Machine {
  return world.dice.pick(world.machines.filter((each) => each !== machine));
}

/** Somebody asks for it. */
export function move(world: World, { name: to }: Machine, resource: string): void {
  const id = `move:${resource}`;
  const mark = {
    kind: 'move',
    id,
    resource: resourceId(resource),
    to,
    by,
    setAt: wallMs(0),
  } as const;
  const asked = someone(world);
  if (asked !== undefined) world.request(asked, { kind: 'set-mark', mark });
}

/** Each time it has come back and taken part for a moment. */
function loop(world: World, machine: Machine, count: number): void {
  if (count === 0 || world.isHealed) return;
  const { boots } = machine;
  world.engine.isolate(machine.name, true);
  waitFor(
    world,
    () => machine.boots > boots && machine.isOn,
    () => {
      world.engine.isolate(machine.name, false);
      const isThere = (): boolean => machine.node?.view.phase.kind === 'open';
      waitFor(world, isThere, () => {
        world.timers.after(world.dice.between(500, 5000), () => {
          loop(world, machine, count - 1);
        });
      });
    },
  );
}

/** Healing ends all waiting. */
function waitFor(world: World, isSo: () => boolean, then: () => void): void {
  if (world.isHealed) return;
  if (isSo()) then();
  else
    world.timers.after(500, () => {
      waitFor(world, isSo, then);
    });
}

function recall(
  world: World,
  machine: Machine,
  { resource, afterMs }: Extract<ProvokedFault, { kind: 'recall' }>,
): void {
  const isThere = machine.active.has(resource);
  move(world, isThere ? otherThan(world, machine) : machine, resource);
  world.timers.after(afterMs, () => {
    const asked = someone(world);
    if (asked === undefined) return;
    world.request(asked, { kind: 'clear-mark', id: `move:${resource}`, by });
  });
}

function forget(
  world: World,
  machine: Machine,
  { isOff, afterMs, forMs }: Extract<ProvokedFault, { kind: 'forget' }>,
): void {
  if (isOff) {
    machine.awayUntilMs = world.timers.nowMs + forMs;
    world.powerOff(machine);
  } else {
    world.engine.isolate(machine.name, true);
    world.fencing = 'failing';
  }
  for (const atMs of [afterMs, afterMs + 5000]) {
    world.timers.after(atMs, () => {
      const asked = someone(world);
      if (asked === undefined) return;
      world.request(asked, { kind: 'node-forget', node: machine.name, by });
    });
  }
  world.timers.after(forMs, () => {
    if (!isOff) {
      world.engine.isolate(machine.name, false);
      world.fencing = undefined;
    }
    world.powerOn(machine);
  });
}

function loseDisks(
  { pillDisks, timers }: World,
  { lostDisks }: Machine,
  { count, forMs }: Extract<ProvokedFault, { kind: 'lose-disks' }>,
): void {
  const lost = pillDisks.slice(0, count);
  for (const disk of lost) lostDisks.add(disk);
  timers.after(forMs, () => {
    for (const disk of lost) lostDisks.delete(disk);
  });
}

/** What a person does when all is well again. */
export function releaseAll(world: World, machine: Machine): void {
  const { cluster } = machine.node ?? {};
  if (cluster === undefined) return;
  for (const node of sortedKeys(cluster.nodes)) {
    if (isHeldBack(cluster, node)) world.request(machine, { kind: 'fence-release', node, by });
  }
}
