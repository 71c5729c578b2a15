/** A machine that becomes a part of the cluster while that runs, and may be taken out of it again. */
import type { NodelistFault } from './fault.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

const by = 'anna';

export function changeNodelist(world: World, machine: Machine, fault: NodelistFault): void {
  if (fault.kind === 'join-cluster') join(world, machine, fault.afterMs);
  else leave(world, machine, fault.afterMs);
}

/** `corosync-cfgtool -R` where the cluster runs, then it is started. */
function join(world: World, machine: Machine, afterMs: number): void {
  if (machine.absence !== 'new') return;
  world.tally.count('nodes that joined and had never been configured');
  machine.isConfigured = true;
  world.engine.recount();
  world.timers.after(afterMs, () => {
    machine.absence = undefined;
    world.powerOn(machine);
  });
}

/** As long as nobody has taken it out, whoever repairs everything starts it again. */
function leave(world: World, machine: Machine, afterMs: number): void {
  if (machine.absence !== undefined) return;
  world.give(machine, { kind: 'shutdown', by });
  world.timers.after(afterMs, () => {
    if (world.isHealed || machine.absence !== undefined) return;
    world.tally.count('nodes taken out of the configuration');
    machine.absence = 'off';
    world.powerOff(machine);
    machine.isConfigured = false;
    world.engine.recount();
    sayGone(world, machine);
  });
}

/** Somebody who can answer is asked, twice: that it is off may have to be known first. */
function sayGone(world: World, { name }: Machine): void {
  for (const kind of ['fence-confirm', 'node-forget', 'node-forget'] as const) {
    world.timers.after(world.dice.between(500, 8000), () => {
      const asked = world.machines.find(({ node }) => node?.view.phase.kind === 'open');
      if (asked !== undefined) world.request(asked, { kind, node: name, by });
    });
  }
}

/** Those who heard it may not have been able to act; who is taken out and remembered holds a newer version back. */
export function forgetTakenOut(world: World, asked: Machine): void {
  for (const { name, isConfigured, absence } of world.machines) {
    const isRemembered = asked.node?.cluster.nodes[name] !== undefined;
    if (isConfigured || absence !== 'off' || !isRemembered) continue;
    world.request(asked, { kind: 'node-forget', node: name, by });
  }
}
