/**
 * A node that no power switch answers, while the others reach them all: what it cannot switch off another one
 * must. For a while, of whichever node (a fault); or from the last fault on, for good, while a node is lost.
 */
import { leaderOf } from '../core/node/state.ts';
import type { UnreachedFault } from './fault.ts';
import type { Machine, Unreached } from './machine.ts';
import type { World } from './world.ts';

export interface LastingUnreached {
  readonly node: number;
  readonly how: Unreached;
}

export function beginUnreached(world: World, machine: Machine, fault: UnreachedFault): void {
  const leader = world.machines.find(
    ({ node, name }) => node !== undefined && leaderOf(node) === name,
  );
  const struck = fault.ofLeader ? (leader ?? machine) : machine;
  struck.unreached = fault.how;
  world.timers.after(fault.forMs, () => {
    if (!world.isHealed) struck.unreached = undefined;
  });
}

export function loseSwitches(world: World, { node, how }: LastingUnreached): void {
  const machine = world.machines[node];
  if (machine === undefined) return;
  world.tell(`** no power switch answers ${machine.name} any more (${how})`);
  machine.unreached = how;
  machine.unreachedAtMs = world.timers.nowMs;
}
