/** One run: the cluster comes up, faults as planned, then nothing goes wrong and all must be well. */
import { sortedValues } from '../core/cluster/order.ts';
import { resourceId, wallMs } from '../core/model/ids.ts';
import { isFinished } from '../core/transition/advance.ts';
import { Violation } from './checks.ts';
import { simulatedConfiguration, uniqueResources } from './configuration.ts';
import type { Machine } from './machine.ts';
import type { Fault, Plan, TimedFault } from './plan.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

export interface Outcome {
  /** Undefined when everything held. */
  readonly problem: string | undefined;
  readonly told: readonly string[];
  readonly steps: number;
}

const configureAtMs = 8000;
/** How long a healed cluster may take until it is as configured. */
const patienceMs = 180_000;

export const nodeNames = (plan: Plan): readonly string[] =>
  Array.from({ length: plan.nodes }, (_, at) => `n${at + 1}`);

export function run(plan: Plan): Outcome {
  const world = new World(nodeNames(plan), plan.profile, new Random(plan.seed + 1));
  try {
    for (const machine of world.machines) world.powerOn(machine);
    world.timers.at(configureAtMs, () => {
      configure(world);
    });
    askForTickets(world, plan, configureAtMs + 1000);
    for (const each of plan.faults) {
      world.timers.at(each.atMs, () => {
        begin(world, each);
      });
    }
    world.timers.runUntil(plan.healAtMs);
    heal(world);
    converge(world);
    return { problem: undefined, told: world.told, steps: world.steps };
  } catch (error) {
    // A violation, or a bug's own exception: both are found.
    const problem = error instanceof Violation ? error.message : String((error as Error).stack);
    return { problem, told: world.told, steps: world.steps };
  }
}

function configure(world: World): void {
  const threshold = world.random.pick(['1', '3', '1000000']);
  const configuration = simulatedConfiguration(threshold);
  const machine = world.machines.find((each) => each.node?.view.phase.kind === 'open');
  if (machine === undefined) throw new Violation('no view opened in a quiet beginning');
  world.request(machine, { kind: 'configure', configuration, source: '', by: 'anna' });
}

/** Clients never stop asking: something is always under way. */
function askForTickets(world: World, plan: Plan, atMs: number): void {
  if (atMs >= plan.healAtMs) return;
  world.timers.at(atMs, () => {
    world.requestTicket(world.random.pick(world.machines));
    askForTickets(world, plan, atMs + world.random.between(...plan.profile.requestMs));
  });
}

function begin(world: World, { fault }: TimedFault): void {
  world.tell(`** ${JSON.stringify(fault)}`);
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
    case 'power-off':
      powerOff(world, machine, fault.forMs);
      return true;
    case 'kill-daemon':
      world.endDaemon(machine, 'process-down');
      world.startDaemonAfter(machine, fault.forMs);
      return true;
    case 'stop-daemon':
      world.stopDaemon(machine);
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
      machine.clockAheadMs += fault.byMs;
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

function powerOff(world: World, machine: Machine, forMs: number): void {
  machine.awayUntilMs = world.timers.nowMs + forMs;
  world.powerOff(machine);
  world.timers.after(forMs, () => {
    world.powerOn(machine);
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
    case 'failing-fencing':
      world.isFencingFailing = true;
      timers.after(fault.forMs, () => (world.isFencingFailing = false));
      return;
    case 'slow-agents':
      world.areAgentsSlow = true;
      timers.after(fault.forMs, () => (world.areAgentsSlow = false));
      return;
    case 'resource-dies':
      resourceDies(world, fault);
      return;
    default:
      command(world, machine, fault);
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
    default:
      world.request(machine, { kind: 'cleanup', by: 'anna' });
  }
}

/** Everything that can be repaired is; marks and failures of the time before are cleared. */
function heal(world: World): void {
  world.tell('** from here on nothing goes wrong any more');
  world.engine.divide(world.machines.map(() => 0));
  world.isFencingFailing = false;
  world.areAgentsSlow = false;
  for (const machine of world.machines) {
    machine.disk.isSlow = false;
    machine.disk.isFailing = false;
    machine.script.clear();
    machine.clockAheadMs = 0;
    machine.awayUntilMs = 0;
    world.continueDaemon(machine);
    world.powerOn(machine);
    world.engine.start(machine.name);
    world.startDaemon(machine);
  }
}

function converge(world: World): void {
  const end = world.timers.nowMs + patienceMs;
  let problem: string | undefined = 'nothing';
  for (let round = 0; world.timers.nowMs < end; round += 1) {
    world.timers.runUntil(world.timers.nowMs + 5000);
    for (const machine of world.machines) world.startDaemon(machine);
    if (round === 2 || round === 12) {
      clear(world);
      continue;
    }
    problem = whatIsWrong(world);
    if (problem === undefined && round > 3) {
      const [first] = world.machines;
      if (first !== undefined) world.checks.fates(first);
      return;
    }
  }
  throw new Violation(`no convergence: ${problem ?? ''}`);
}

function clear(world: World): void {
  const machine = world.machines.find((each) => each.node?.view.phase.kind === 'open');
  if (machine?.node === undefined) return;
  for (const id of Object.keys(machine.node.cluster.marks).sort()) {
    world.request(machine, { kind: 'clear-mark', id, by: 'anna' });
  }
  world.request(machine, { kind: 'cleanup', by: 'anna' });
  if (machine.node.cluster.configuration.version === 0) configure(world);
}

function whatIsWrong(world: World): string | undefined {
  for (const { name, node } of world.machines) {
    const { view, cluster } = node ?? {};
    if (view === undefined || cluster === undefined) return `the daemon of ${name} is down`;
    const { phase } = view;
    if (phase.kind !== 'open' || !phase.acting) return `${name} is ${JSON.stringify(phase)}`;
    if (view.members.length !== world.machines.length) return `${name} misses members`;
    const ill = sortedValues(cluster.nodes).find((each) => each.condition !== 'online');
    if (ill !== undefined) return `${ill.name} is ${ill.condition}: ${ill.because}`;
    if (cluster.decision.wanted > cluster.decision.answered) return 'a decision is wanted';
    if (cluster.decision.frozen !== undefined) return `frozen: ${cluster.decision.frozen}`;
    const { transition } = cluster;
    if (transition !== undefined && !isFinished(transition)) return 'something is to be done';
  }
  const missing = uniqueResources.find((each) => copies(world, each) !== 1);
  if (missing !== undefined) return `${missing} runs ${copies(world, missing)} times`;
  const agents = world.machines.filter((machine) => [...machine.active].some(isAgent));
  return agents.length === world.machines.length ? undefined : 'an agent is missing';
}

const isAgent = (resource: string): boolean => resource.split(':')[0] === 'agent';

const copies = (world: World, resource: string): number =>
  world.machines.filter((machine) => machine.active.has(resource)).length;
