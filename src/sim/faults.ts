/** How each fault begins, and how it ends by itself. */
import { resourceId, wallMs } from '../core/model/ids.ts';
import { promotable, simulatedConfiguration } from './configuration.ts';
import type { Machine } from './machine.ts';
import type { Fault, SpecialFault, TimedFault } from './fault.ts';
import { beginNetwork } from './network.ts';
import { changeNodelist } from './newcomer.ts';
import { beginSpecial, setClock } from './special.ts';
import { beginUnreached } from './unreached.ts';
import type { World } from './world.ts';

export function begin(world: World, { fault }: TimedFault): void {
  world.tell(`** ${JSON.stringify(fault)}`);
  world.tally.count(`faults: ${fault.kind}`);
  const machine = 'node' in fault ? world.machines[fault.node] : world.machines[0];
  if (machine === undefined) throw new Error('a plan for another world');
  if (!beginOnMachine(world, machine, fault)) beginOnAll(world, machine, fault);
}

/** Faults of one machine; false for the others. */
function beginOnMachine(world: World, machine: Machine, fault: Fault): boolean {
  const { timers } = world;
  const until = (forMs: number, end: () => void): void => {
    timers.after(forMs, end);
  };
  switch (fault.kind) {
    case 'flap':
      flap(world, machine, fault);
      return true;
    case 'one-way':
      beHeardOnly(world, machine, fault.forMs);
      return true;
    case 'pause-machine':
      if (!world.pause(machine)) return true;
      if (fault.forMs > 3000) world.tally.count('stalls of a machine for more than 3 s');
      until(fault.forMs, () => {
        world.continueMachine(machine, fault.clockStands);
      });
      return true;
    case 'power-off':
      powerOff(world, machine, fault.forMs);
      return true;
    case 'kill-daemon':
      world.endDaemon(machine, 'process-down');
      world.startDaemonAfter(machine, fault.forMs);
      return true;
    case 'stop-daemon':
      world.stopDaemon(machine);
      if (fault.forMs > 3000) world.tally.count('stalls of a daemon for more than 3 s');
      until(fault.forMs, () => {
        world.continueDaemon(machine);
      });
      return true;
    case 'kill-engine':
      world.killEngine(machine);
      until(fault.forMs, () => {
        if (machine.isOn) world.engine.start(machine.name);
      });
      return true;
    case 'slow-disk':
      machine.disk.isSlow = true;
      until(fault.forMs, () => (machine.disk.isSlow = false));
      return true;
    case 'failing-disk':
      machine.disk.isFailing = true;
      until(fault.forMs, () => (machine.disk.isFailing = false));
      return true;
    case 'agent':
      machine.script.set(`${fault.operation} ${fault.resource}`, fault.how);
      return true;
    case 'clock':
      setClock(world, machine, fault.byMs);
      return true;
    case 'repeated-result':
      machine.repeatsResult = true;
      return true;
    case 'shutdown':
      world.give(machine, { kind: 'shutdown', by: 'anna' });
      world.startDaemonAfter(machine, fault.forMs);
      return true;
    default:
      return false;
  }
}

/** Nobody is struck where nothing is promoted at that moment. */
function strikePromoted(
  world: World,
  { how, forMs }: Extract<Fault, { kind: 'strike-promoted' }>,
): void {
  const node = world.machines.findIndex((each) => each.isPromoted(promotable));
  const machine = world.machines[node];
  if (machine === undefined) return;
  world.tally.count('nodes of a promoted copy that were struck');
  const fault: Fault = { kind: how, node, forMs, clockStands: world.dice.percent(50) };
  if (!beginOnMachine(world, machine, fault)) command(world, machine, fault);
}

function powerOff(world: World, machine: Machine, forMs: number): void {
  machine.awayUntilMs = world.timers.nowMs + forMs;
  world.powerOff(machine);
  world.timers.after(forMs, () => {
    world.powerOn(machine);
  });
}

function flap(world: World, { name }: Machine, fault: Extract<Fault, { kind: 'flap' }>): void {
  for (let at = 0; at < 2 * fault.count; at += 1) {
    world.timers.after((at * fault.everyMs) / 2, () => {
      world.engine.isolate(name, at % 2 === 0);
    });
  }
}

/** Until it hears the others again, each of its calls makes them form anew. */
function beHeardOnly(world: World, { name }: Machine, forMs: number): void {
  world.engine.isolate(name, true);
  for (let atMs = 1000; atMs < forMs; atMs += 2500) {
    world.timers.after(atMs, () => {
      world.engine.disturb(name);
    });
  }
  world.timers.after(forMs, () => {
    world.engine.isolate(name, false);
  });
}

function beginOnAll(world: World, machine: Machine, fault: Fault): void {
  const { timers } = world;
  switch (fault.kind) {
    case 'divide':
      world.engine.divide(fault.parts);
      timers.after(fault.forMs, () => {
        world.engine.divide(world.machines.map(() => 0));
      });
      return;
    case 'cut-off':
      for (let count = 0; count < fault.count; count += 1) world.requestTicket(machine);
      // Long enough for some to be ordered, too short for all to be heard.
      timers.after(world.random.between(0, 100) / (world.isNetworkSlow ? 1 : 40), () => {
        world.engine.divide(world.machines.map((each) => (each === machine ? 1 : 0)));
      });
      timers.after(40 + fault.forMs, () => {
        const others = world.machines.filter((each) => each !== machine);
        world.requestTicket(world.random.pick(others));
      });
      timers.after(140 + fault.forMs, () => {
        world.engine.divide(world.machines.map(() => 0));
      });
      return;
    case 'power-loss':
      for (const each of world.machines) powerOff(world, each, fault.forMs);
      return;
    case 'pause-all':
      pauseAll(world, fault);
      return;
    case 'fencing':
      world.fencing = fault.how;
      timers.after(fault.forMs, () => (world.fencing = undefined));
      return;
    case 'slow-agents':
      world.areAgentsSlow = true;
      timers.after(fault.forMs, () => (world.areAgentsSlow = false));
      return;
    case 'resource-dies':
      resourceDies(world, fault);
      return;
    case 'strike-promoted':
      strikePromoted(world, fault);
      return;
    case 'no-switch':
      beginUnreached(world, machine, fault);
      return;
    case 'cut-link':
    case 'slow-network':
      beginNetwork(world, machine, fault);
      return;
    case 'join-cluster':
    case 'leave-cluster':
      changeNodelist(world, machine, fault);
      return;
    default:
      command(world, machine, fault);
  }
}

/** They go on one after the other. */
function pauseAll(world: World, fault: Extract<Fault, { kind: 'pause-all' }>): void {
  world.tally.count('stalls of all machines at once');
  for (const machine of world.machines) {
    if (!world.pause(machine, fault.isMissed) && !machine.isPaused) continue;
    const forMs = fault.forMs + world.random.between(0, 300);
    machine.heldUntilMs = world.timers.nowMs + forMs;
    world.timers.after(forMs, () => {
      world.continueMachine(machine, fault.clockStands);
    });
  }
}

function resourceDies(world: World, fault: Extract<Fault, { kind: 'resource-dies' }>): void {
  for (const machine of world.machines) {
    const instances = [...machine.active].filter((each) => each.split(':')[0] === fault.resource);
    for (const instance of instances) {
      machine.active.delete(instance);
      if (!fault.isNoticed) continue;
      const resource = resourceId(instance);
      world.give(machine, { kind: 'child-exited', resource, text: 'its process ended' });
    }
  }
}

function command(world: World, machine: Machine, fault: Fault): void {
  const common = { by: 'anna', setAt: wallMs(0) };
  switch (fault.kind) {
    case 'ticket':
      for (let count = 0; count < fault.count; count += 1) world.requestTicket(machine);
      return;
    case 'standby': {
      const node = machine.name;
      const id = `standby:${node}`;
      const mark = { kind: 'node-standby', id, node, ...common } as const;
      world.request(machine, { kind: 'set-mark', mark });
      world.timers.after(fault.forMs, () => {
        world.request(machine, { kind: 'clear-mark', id, by: 'anna' });
      });
      return;
    }
    case 'move': {
      const { resource } = fault;
      const to = machine.name;
      const mark = {
        kind: 'move',
        id: `move:${resource}`,
        resource: resourceId(resource),
        to,
        ...common,
      } as const;
      world.request(world.random.pick(world.machines), { kind: 'set-mark', mark });
      return;
    }
    case 'configure': {
      const configuration = simulatedConfiguration('3', fault.variant, world.setting);
      world.request(machine, { kind: 'configure', configuration, source: '', by: 'anna' });
      return;
    }
    case 'restart': {
      const { resource } = fault;
      const mark = {
        kind: 'restart',
        id: `restart:${resource}`,
        resource: resourceId(resource),
        ...common,
      } as const;
      world.request(world.random.pick(world.machines), { kind: 'set-mark', mark });
      return;
    }
    case 'cleanup':
      world.request(machine, { kind: 'cleanup', by: 'anna' });
      return;
    default:
      beginSpecial(world, machine, fault as SpecialFault);
  }
}
