/** Links that are cut in one direction or between two nodes, and a network whose delay changes. */
import type { NetworkFault } from './fault.ts';
import type { Machine } from './machine.ts';
import { linksOf } from './links.ts';
import type { World } from './world.ts';

export function beginNetwork(world: World, machine: Machine, fault: NetworkFault): void {
  if (fault.kind === 'cut-link') cutLink(world, machine, fault);
  else slowDown(world, fault.mostMs, fault.forMs);
}

function cutLink(
  { engine, machines, timers, tally }: World,
  { name }: Machine,
  { other, way, forMs }: Extract<NetworkFault, { kind: 'cut-link' }>,
): void {
  const others = machines.filter((each, at) => each.name !== name && at === (other ?? at));
  if (others.length === 0) return;
  const links = linksOf(
    name,
    others.map((each) => each.name),
    way,
  );
  tally.count(`links cut: ${way}, ${other === undefined ? 'of all others' : 'of a pair'}`);
  engine.relink((all) => {
    all.cut(links);
  });
  timers.after(forMs, () => {
    engine.relink((all) => {
      all.mend(links);
    });
  });
}

/** The last one to change it counts. */
function slowDown({ engine, timers }: World, mostMs: number, forMs: number): void {
  const slowness = Math.max(1, mostMs / engine.usualMostMs);
  engine.slowness = slowness;
  timers.after(forMs, () => {
    if (engine.slowness === slowness) engine.slowness = 1;
  });
}
