/** Faults that are about fencing, watchdogs and marks. */
import type { Mark } from '../core/cluster/marks.ts';
import { resourceId, wallMs } from '../core/model/ids.ts';
import { leaderOf } from '../core/node/state.ts';
import { simulatedConfiguration } from './configuration.ts';
import type { Machine } from './machine.ts';
import type { SpecialFault } from './fault.ts';
import { beginPeople } from './people.ts';
import { beginProvoked } from './provoked.ts';
import { killFeeder } from './watchdog.ts';
import type { World } from './world.ts';

const by = 'anna';
/** From here on everybody has to notice (core/model/said.ts). */
const leapMs = 60_000;

export function beginSpecial(world: World, machine: Machine, fault: SpecialFault): void {
  switch (fault.kind) {
    case 'held-feeder':
      hold(world, machine, fault.percent, 0);
      return;
    case 'starve':
      starve(world, machine, fault);
      return;
    case 'kill-feeder':
      killFeeder(world, machine);
      return;
    case 'want-off':
      wantOff(world, machine, fault.afterMs);
      return;
    case 'rehearse':
      rehearse(world, machine, fault.forReal);
      return;
    case 'confirm':
      confirm(world, machine);
      return;
    case 'maintain':
      maintain(world, machine, fault);
      return;
    case 'stuck':
      stick(world, machine, fault.resource);
      return;
    case 'stale-order':
      staleOrder(world, machine, fault);
      return;
    case 'leap':
      leap(world, machine, fault.byMs);
      return;
    case 'cluster-stop':
    case 'evacuate':
    case 'upgrade':
    case 'downgrade':
      beginPeople(world, machine, fault);
      return;
    default:
      beginProvoked(world, machine, fault);
  }
}

export function setClock(world: World, machine: Machine, byMs: number): void {
  machine.clockAheadMs += byMs;
  if (Math.abs(byMs) >= leapMs) machine.leaptAtMs = world.timers.nowMs;
}

const others = (world: World, machine: Machine): readonly Machine[] =>
  world.machines.filter((each) => each !== machine);

function hold(world: World, { watchdog }: Machine, percent: number, afterMs: number): void {
  if (watchdog !== undefined) watchdog.hold = { fromMs: world.timers.nowMs + afterMs, percent };
}

/** Its feeder still finds everything well, and feeds when the others have long gone on without it. */
function starve(
  world: World,
  machine: Machine,
  { percent, forMs }: Extract<SpecialFault, { kind: 'starve' }>,
): void {
  hold(world, machine, percent, world.chance.between(0, 1000));
  cutOff(world, machine, forMs);
}

function cutOff(world: World, { name }: Machine, forMs: number): void {
  world.engine.isolate(name, true);
  world.timers.after(forMs, () => {
    world.engine.isolate(name, false);
  });
}

function wantOff(world: World, machine: Machine, afterMs: number): void {
  world.fencing = 'late';
  cutOff(world, machine, 25_000);
  world.timers.after(25_000, () => (world.fencing = undefined));
  world.timers.after(afterMs, () => {
    const configuration = simulatedConfiguration('3', 'stays-off', world.setting);
    const asked = world.chance.pick(others(world, machine));
    world.request(asked, { kind: 'configure', configuration, source: '', by });
  });
}

/** For real only of a node that is empty. */
function rehearse(world: World, machine: Machine, forReal: boolean): void {
  const asked = world.chance.pick(others(world, machine));
  const id = `rehearsal-${world.timers.nowMs}-${machine.name}`;
  const begin = (): void => {
    world.request(asked, { kind: 'fence-test', id, node: machine.name, by, forReal });
  };
  begin();
  if (!forReal) return;
  const standby = `standby:${machine.name}`;
  const node = machine.name;
  const mark = { kind: 'node-standby', id: standby, node, by, setAt: wallMs(0) } as const;
  world.request(asked, { kind: 'set-mark', mark });
  world.timers.after(world.chance.between(300, 5000), begin);
  world.timers.after(world.chance.between(5000, 12_000), () => {
    world.request(asked, { kind: 'clear-mark', id: standby, by });
  });
}

function confirm(world: World, machine: Machine): void {
  if (machine.isOn) return;
  const asked = world.chance.pick(others(world, machine));
  world.request(asked, { kind: 'fence-confirm', node: machine.name, by });
}

function maintain(
  world: World,
  machine: Machine,
  { what, forMs }: Extract<SpecialFault, { kind: 'maintain' }>,
): void {
  const common = { id: `maintenance:${what}`, by, setAt: wallMs(0) };
  const mark: Mark =
    what === 'node'
      ? { kind: 'node-maintenance', node: machine.name, ...common }
      : { kind: 'resource-maintenance', resource: resourceId(what), ...common };
  world.request(world.chance.pick(world.machines), { kind: 'set-mark', mark });
  world.timers.after(forMs, () => {
    world.request(world.chance.pick(world.machines), { kind: 'clear-mark', id: common.id, by });
  });
}

/** Its stop hangs wherever it runs; then it is to run elsewhere. */
function stick(world: World, machine: Machine, resource: string): void {
  for (const each of world.machines) {
    if (each.active.has(resource)) each.script.set(`stop ${resource}`, 'hangs');
  }
  move(world, machine, resource);
}

function move(world: World, to: Machine, resource: string): void {
  const id = `move:${resource}`;
  const mark = {
    kind: 'move',
    id,
    resource: resourceId(resource),
    to: to.name,
    by,
    setAt: wallMs(0),
  } as const;
  const asked = world.machines.find(({ node }) => node?.view.phase.kind === 'open');
  if (asked !== undefined) world.request(asked, { kind: 'set-mark', mark });
}

/** Nobody can be fenced meanwhile, so it is there again when the others have gone on. */
function staleOrder(
  world: World,
  machine: Machine,
  { resource, forMs }: Extract<SpecialFault, { kind: 'stale-order' }>,
): void {
  const dc = leaderIn(world);
  const where = world.machines.find((each) => each.active.has(resource));
  if (dc === undefined || where === undefined || where === dc) return;
  world.fencing = 'failing';
  world.timers.after(forMs + 2000, () => (world.fencing = undefined));
  dc.standsAfterPlanMs = forMs;
  where.active.delete(resource);
  const id = resourceId(resource);
  world.give(where, { kind: 'child-exited', resource: id, text: 'its process ended' });
  const third = world.machines.find((each) => each !== dc && each !== where);
  world.timers.after(forMs / 2, () => {
    move(world, third ?? machine, resource);
  });
}

const leaderIn = (world: World): Machine | undefined =>
  world.machines.find(({ node, name }) => node !== undefined && leaderOf(node) === name);

function leap(world: World, machine: Machine, byMs: number): void {
  const node = machine.name;
  const expiresAt = wallMs(Math.round(world.wallMs + 50_000));
  const id = `leap:${node}`;
  const mark = { kind: 'node-standby', id, node, by, setAt: wallMs(0), expiresAt } as const;
  world.request(machine, { kind: 'set-mark', mark });
  world.timers.after(world.chance.between(500, 2000), () => {
    const dc = leaderIn(world);
    if (dc === undefined || world.isHealed) return;
    world.tally.count('leaders whose clock leapt');
    setClock(world, dc, byMs);
  });
}
