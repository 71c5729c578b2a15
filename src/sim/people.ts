/** What people do with a whole node, or with all of them: nothing is broken by it, and nobody is fenced for it. */
import type { Mark } from '../core/cluster/marks.ts';
import { wallMs } from '../core/model/ids.ts';
import type { PeopleFault } from './fault.ts';
import type { Machine } from './machine.ts';
import { newest } from './versions.ts';
import type { World } from './world.ts';

const by = 'anna';
const lookMs = 500;

export function beginPeople(world: World, machine: Machine, fault: PeopleFault): void {
  if (fault.kind === 'cluster-stop') stopCluster(world, machine, fault.forMs);
  else if (fault.kind === 'evacuate') evacuate(world, machine, fault.forMs);
  else if (fault.kind === 'upgrade') upgrade(world, machine, fault.forMs);
  else downgrade(world, machine, fault);
}

/** What runs there goes on without its daemon. */
function upgrade(world: World, machine: Machine, forMs: number): void {
  machine.install(newest);
  world.endDaemon(machine, 'process-down');
  world.startDaemonAfter(machine, forMs);
}

/** Somebody takes back what was installed, and installs it again: no order of an upgrade allows for it. */
function downgrade(
  world: World,
  machine: Machine,
  { forMs, backAfterMs }: Extract<PeopleFault, { kind: 'downgrade' }>,
): void {
  if (machine.featureLevel < newest) return;
  world.tally.count('nodes that came back with the version before');
  machine.install(newest - 1);
  world.endDaemon(machine, 'process-down');
  world.startDaemonAfter(machine, forMs);
  world.timers.after(backAfterMs, () => {
    if (!world.isHealed) upgrade(world, machine, forMs);
  });
}

/** All leave together; when nobody is there any more, or after so long, their daemons are started again. */
function stopCluster(world: World, machine: Machine, forMs: number): void {
  world.request(machine, { kind: 'cluster-stop', by });
  startAgain(world, world.timers.nowMs + forMs);
}

function startAgain(world: World, atMs: number): void {
  if (world.isHealed) return;
  const isEmpty = world.machines.every(({ node }) => node === undefined);
  if (isEmpty && world.machines.every(({ active }) => active.size === 0))
    world.tally.count('clusters stopped, with nothing left running');
  if (!isEmpty && world.timers.nowMs < atMs) {
    world.timers.after(lookMs, () => {
      startAgain(world, atMs);
    });
    return;
  }
  for (const each of world.machines) world.startDaemonAfter(each, world.dice.between(500, 4000));
}

/** Everything moves away, live where that is possible; then nothing is touched there until it is taken back. */
function evacuate(world: World, { name: node }: Machine, forMs: number): void {
  // A name of its own: one that was taken back must not be mixed up with the next.
  const id = `evacuation:${node}:${world.timers.nowMs}`;
  const mark: Mark = {
    kind: 'node-maintenance',
    id,
    node,
    by,
    setAt: wallMs(0),
    evacuation: 'wanted',
  };
  world.request(world.dice.pick(world.machines), { kind: 'set-mark', mark });
  world.timers.after(forMs, () => {
    world.request(world.dice.pick(world.machines), { kind: 'clear-mark', id, by });
  });
}
