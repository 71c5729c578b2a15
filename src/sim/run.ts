/** One run: the cluster comes up, faults as planned, then nothing goes wrong and all must be well. */
import { isFinished } from '../core/transition/advance.ts';
import { loseInCalm, moveInCalm } from './calm-loss.ts';
import { confirmAway, isPresent, leaveAway, whatIsWrongAway } from './absence.ts';
import { promotable, simulatedConfiguration, uniqueResources } from './configuration.ts';
import { begin } from './faults.ts';
import type { Machine } from './machine.ts';
import { forgetTakenOut } from './newcomer.ts';
import type { Plan } from './plan.ts';
import { releaseAll } from './provoked.ts';
import type { Tally } from './tally.ts';
import { loseSwitches } from './unreached.ts';
import { newest, whatIsOld } from './versions.ts';
import { Violation } from './violation.ts';
import type { Watch } from './world.ts';
import { World } from './world.ts';

export interface Outcome {
  /** Undefined when everything held. */
  readonly problem: string | undefined;
  readonly told: readonly string[];
  readonly steps: number;
  readonly tally: Tally;
}

const configureAtMs = 8000;
/** How long a healed cluster may take until it is as configured. */
const patienceMs = 180_000;
/** And how many operations it may need for that. */
const operationsMax = 1000;

export const nodeNames = (plan: Plan): readonly string[] =>
  Array.from(
    { length: plan.nodes + (plan.profile.newcomer === true ? 1 : 0) },
    (_, at) => `n${at + 1}`,
  );

/** @param watch sees each step of each node */
export function run(plan: Plan, watch?: Watch): Outcome {
  const world = new World(nodeNames(plan), plan.profile, plan.seed + 1, watch);
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
    if (plan.unreached !== undefined) loseSwitches(world, plan.unreached);
    if (plan.absence !== undefined) leaveAway(world, plan.absence);
    converge(world, patienceMs + (plan.absence?.fencedAfterMs ?? 0));
    if (plan.absence !== undefined) world.tally.count('runs that healed without a node');
    if (plan.calmLoss !== undefined) {
      moveInCalm(world, plan.calmLoss, () => {
        converge(world, patienceMs);
      });
      loseInCalm(world, plan.calmLoss);
      converge(world, patienceMs);
    }
    return outcomeOf(world, undefined);
  } catch (error) {
    // A violation, or a bug's own exception: both are found.
    const problem = error instanceof Violation ? error.message : String((error as Error).stack);
    return outcomeOf(world, problem);
  }
}

function outcomeOf({ told, steps, tally, engine, operations }: World, problem?: string): Outcome {
  tally.count('rings merged', engine.merges);
  tally.count('rings disturbed by who is in none of them', engine.disturbed);
  tally.count('agents run (monitors that repeat not counted)', operations);
  return { problem, told, steps, tally };
}

/** Somebody of those who stay who can answer. */
const someone = (world: World): Machine | undefined =>
  world.machines.find((each) => isPresent(each) && each.node?.view.phase.kind === 'open');

function configure(world: World): void {
  const threshold = world.random.pick(['1', '3', '1000000']);
  const configuration = simulatedConfiguration(threshold, 'standard', world.setting);
  const machine = someone(world);
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

/** Everything that can be repaired is; marks and failures of the time before are cleared. */
function heal(world: World): void {
  world.tell('** from here on nothing goes wrong any more');
  world.engine.divide(world.machines.map(() => 0));
  world.engine.relink((links) => {
    links.mendAll();
  });
  world.engine.slowness = 1;
  world.isHealed = true;
  world.fencing = undefined;
  world.areAgentsSlow = false;
  for (const machine of world.machines) {
    world.continueMachine(machine, false);
    world.engine.isolate(machine.name, false);
    machine.disk.isSlow = false;
    machine.disk.isFailing = false;
    machine.script.clear();
    machine.clockAheadMs = 0;
    machine.holds.clear();
    machine.lostDisks.clear();
    machine.unreached = undefined;
    machine.awayUntilMs = 0;
    world.continueDaemon(machine);
    world.powerOn(machine);
    if (isPresent(machine)) world.engine.start(machine.name);
    world.startDaemon(machine);
  }
}

/**
 * A node that was forgotten does not hold back the others' version: whoever lets it come back installs that.
 * Where nodes are upgraded, in the end all are.
 */
function installNewest(world: World, machine: Machine): void {
  const { name, node } = machine;
  const isForgotten = world.machines.some((each) => each.node?.cluster.forgotten?.includes(name));
  if (!isForgotten && world.setting.upgrades !== true) return;
  const others = world.machines.map((each) => each.featureLevel);
  machine.install(world.setting.upgrades === true ? newest : Math.max(...others));
  const running = node?.replica.options.featureLevel ?? machine.featureLevel;
  if (running < machine.featureLevel) world.endDaemon(machine, 'process-down');
}

function converge(world: World, withinMs: number): void {
  const end = world.timers.nowMs + withinMs;
  const operationsBefore = world.operations;
  let problem: string | undefined = 'nothing';
  for (let round = 0; world.timers.nowMs < end; round += 1) {
    world.timers.runUntil(world.timers.nowMs + 5000);
    for (const machine of world.machines) {
      installNewest(world, machine);
      world.startDaemon(machine);
    }
    if (round === 2 || round === 12) {
      clear(world);
      continue;
    }
    if (world.operations > operationsBefore + operationsMax) {
      throw new Violation(`work without end: ${operationsMax} operations to heal`);
    }
    problem = whatIsWrong(world);
    if (problem === undefined && round > 3) {
      const first = world.machines.find(isPresent);
      if (first !== undefined) world.checks.fates(first);
      return;
    }
  }
  throw new Violation(`no convergence: ${problem ?? ''}`);
}

function clear(world: World): void {
  const machine = someone(world);
  if (machine?.node === undefined) return;
  for (const id of Object.keys(machine.node.cluster.marks).sort()) {
    world.request(machine, { kind: 'clear-mark', id, by: 'anna' });
  }
  world.request(machine, { kind: 'cleanup', by: 'anna' });
  releaseAll(world, machine);
  confirmAway(world, machine);
  forgetTakenOut(world, machine);
  configure(world);
}

function whatIsWrong(world: World): string | undefined {
  const present = world.machines.filter(isPresent);
  const tag = world.checks.unanswered(present);
  if (tag !== undefined) return `request ${tag} is not answered`;
  for (const machine of present) {
    const problem = whatIsWrongAt(machine, present);
    if (!machine.hasAccess) return `${machine.name} has no access`;
    if (problem !== undefined) return problem;
  }
  const old = whatIsOld(world.setting, world.machines);
  if (old !== undefined) return old;
  const wanted = mayRun(world) ? 1 : 0;
  const wrong = uniqueResources.find((each) => copies(world, each) !== wanted);
  if (wrong !== undefined) return `${wrong} runs ${copies(world, wrong)} times`;
  const agents = present.filter((machine) => [...machine.active].some(isAgent));
  if (agents.length !== wanted * present.length) return 'an agent is missing';
  return whatIsPromotedWrong(world, wanted) ?? (wanted === 1 ? whatIsWrongAway(world) : undefined);
}

function whatIsWrongAt({ name, node }: Machine, present: readonly Machine[]): string | undefined {
  const { view, cluster } = node ?? {};
  if (view === undefined || cluster === undefined) return `the daemon of ${name} is down`;
  const { phase } = view;
  if (phase.kind !== 'open' || !phase.acting) return `${name} is ${JSON.stringify(phase)}`;
  if (view.members.length !== present.length) return `${name} misses members`;
  const records = present.flatMap((each) => cluster.nodes[each.name] ?? []);
  if (records.length !== present.length) return `${name} does not know all who are there`;
  const ill = records.find((each) => each.condition !== 'online');
  if (ill !== undefined) return `${ill.name} is ${ill.condition}: ${ill.because}`;
  if (cluster.decision.wanted > cluster.decision.answered) return 'a decision is wanted';
  if (cluster.decision.frozen !== undefined) return `frozen: ${cluster.decision.frozen}`;
  const { transition } = cluster;
  const isBusy = transition !== undefined && !isFinished(transition);
  return isBusy ? 'something is to be done' : undefined;
}

/** A copy on each node that is there, one of them promoted. */
function whatIsPromotedWrong(world: World, wanted: number): string | undefined {
  if (world.setting.promotes === undefined) return undefined;
  const present = world.machines.filter(isPresent);
  const running = present.filter((machine) => machine.active.has(promotable));
  if (running.length !== wanted * present.length) return `a ${promotable} is missing`;
  const promoted = running.filter((machine) => machine.isPromoted(promotable));
  if (promoted.length === wanted) return undefined;
  return `${promoted.length} of ${promotable} are promoted`;
}

/** Without any way to fence that counts, what needs it is not started (self-fencing.md). */
function mayRun({ setting, isPair }: World): boolean {
  const { means, noQuorumPolicy, watchdog } = setting;
  if (means !== 'watchdog') return true;
  const goesOn = noQuorumPolicy === 'freeze' || noQuorumPolicy === 'ignore';
  return !isPair && !goesOn && watchdog?.isVirtual !== true;
}

const isAgent = (resource: string): boolean => resource.split(':')[0] === 'agent';

const copies = (world: World, resource: string): number =>
  world.machines.filter((machine) => machine.isLive(resource)).length;
