/** Whole nodes in virtual time: the real step function, on simulated engine, disks and agents. */
import type { Command } from '../core/cluster/commands.ts';
import type { EngineEvent } from '../core/model/engine.ts';
import type { NodeName } from '../core/model/ids.ts';
import { monotonicMs, nodeName, wallMs } from '../core/model/ids.ts';
import { step } from '../core/node/node.ts';
import type { RecordedStep } from '../core/node/incident.ts';
import type { NodeState } from '../core/node/state.ts';
import { leaderOf } from '../core/node/state.ts';
import type { NodeEffect, NodeInput } from '../core/node/types.ts';
import type { StoreView } from '../core/store/types.ts';
import { isFinished } from '../core/transition/advance.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { callBack, lateInputs, runOperation } from './agents.ts';
import { Checks } from './checks.ts';
import { switchesOf } from './configuration.ts';
import { newDaemon } from './daemon.ts';
import { SimulatedDisk } from './disk.ts';
import { timesOf } from './engine-times.ts';
import { SimulatedEngine } from './engine.ts';
import { FencingChecks } from './fencing-checks.ts';
import { LoopChecks } from './loop-checks.ts';
import { Halves } from './halves.ts';
import { Machine } from './machine.ts';
import { MarkChecks } from './mark-checks.ts';
import type { Fencing, Profile } from './fault.ts';
import { PillDisk } from './pill-disk.ts';
import { shoot } from './power.ts';
import { hearQuorum, withoutWaitForAll } from './quorum-word.ts';
import { Random } from './random.ts';
import { Tally } from './tally.ts';
import { Timers } from './timers.ts';
import { Undisturbed } from './undisturbed.ts';
import { UnreachedChecks } from './unreached-checks.ts';
import { ticketName } from './versions.ts';
import { SimulatedWatchdog } from './watchdog-device.ts';
import {
  endWatchdog,
  hearProof,
  hearRelease,
  standWatchdog,
  startFeeder,
  tellDaemon,
} from './watchdog.ts';

const tickMs = 250;
const daemonRestartMs = 1000;
const compareMs = 2000;
/** 2026-11-20T12:00:00Z */
const noonMs = 1_795_176_000_000;
const toldMax = 5000;

function phaseText({ phase, epoch, members }: StoreView): string {
  const names = members.map((member) => member.node).join(' ');
  const acting = phase.kind === 'open' && phase.acting ? ' and acting' : '';
  const reason = 'reason' in phase ? `, ${phase.reason}` : '';
  return `${phase.kind}${acting}${reason}; epoch ${epoch} of ${names}`;
}

/** What a node was before a step, and what the step was made from and did. */
export type Watch = (machine: Machine, before: NodeState, step: RecordedStep) => void;

export class World {
  readonly timers = new Timers();
  readonly machines: readonly Machine[];
  readonly engine: SimulatedEngine;
  readonly checks: Checks;
  /** What happened, the newest last. */
  readonly told: string[] = [];
  readonly random: Random;
  /** Of what is special (plan.ts). */
  readonly chance: Random;
  /** Of what only some runs are drawn for (draw-settings.ts). */
  readonly dice: Random;
  readonly pillDisks: readonly PillDisk[];
  readonly setting: Profile;
  readonly isPair: boolean;
  readonly halves: Halves;
  readonly fencingChecks: FencingChecks;
  readonly markChecks: MarkChecks;
  readonly loopChecks: LoopChecks;
  readonly unreachedChecks: UnreachedChecks;
  readonly undisturbed = new Undisturbed();
  readonly isNetworkSlow: boolean;
  /** What happened that is dangerous, and how often. */
  readonly tally = new Tally();
  fencing: Fencing | undefined;
  areAgentsSlow = false;
  /** From here on nothing goes wrong any more. */
  isHealed = false;
  /** Steps of nodes so far. */
  steps = 0;
  /** Agents' runs that are no recurring monitors. */
  operations = 0;
  #requests = 0;
  readonly #watch: Watch | undefined;
  readonly #operationsMax: number;
  /** Of agents, as a factor. */
  readonly slowness: number;
  /** two_node: who has seen the other since its engine's start. */
  readonly #seenAll = new Set<string>();

  constructor(names: readonly string[], profile: Profile, seed: number, watch?: Watch) {
    this.#watch = watch;
    this.random = new Random(seed);
    this.chance = new Random(seed + 1);
    this.dice = new Random(seed + 2);
    this.pillDisks =
      profile.pillDisks === 3 ? [1, 2, 3].map((at) => new PillDisk(at)) : [new PillDisk(1)];
    this.setting = profile;
    this.isPair = names.length === 2;
    this.#operationsMax = profile.operationsMax;
    this.slowness = profile.areAgentsSlow ? 10 : 1;
    this.halves = new Halves(this.isPair, this.tally);
    this.checks = new Checks(this.halves);
    const isQuorate = (nodes: readonly NodeName[]): boolean =>
      this.isPair ? this.#isPairQuorate(nodes) : 2 * nodes.length > this.#votes();
    this.isNetworkSlow = profile.isNetworkSlow;
    this.engine = new SimulatedEngine(names, isQuorate, timesOf(profile), this.timers, this.random);
    const writeMsMax = profile.areDisksSlow ? 300 : 8;
    this.machines = names.map(
      (name) =>
        new Machine(
          nodeName(name),
          new SimulatedDisk(this.timers, this.random, writeMsMax, this.tally),
          switchesOf(profile.means),
          profile.watchdog && new SimulatedWatchdog(profile.watchdog),
          profile.storage,
        ),
    );
    const { machines, timers, tally } = this;
    this.fencingChecks = new FencingChecks(machines, timers, tally, profile.storage);
    this.markChecks = new MarkChecks(this.halves);
    this.unreachedChecks = new UnreachedChecks(tally);
    this.loopChecks = new LoopChecks(this.machines, this.tally, this.halves);
    // The last one: the others keep their numbers.
    if (profile.newcomer === true) this.machines.at(-1)?.expectLater();
    const [first] = this.machines;
    for (const machine of this.machines) {
      machine.featureLevel = profile.isMixed && machine !== first ? 2 : 1;
    }
    this.#compareStates();
  }

  /** What a clock says that is right. */
  get wallMs(): number {
    return noonMs + this.timers.nowMs;
  }

  tell(text: string): void {
    this.told.push(`${(this.timers.nowMs / 1000).toFixed(3).padStart(9)}  ${text}`);
    if (this.told.length > toldMax) this.told.splice(0, toldMax / 2);
  }

  // --- power, daemons, engines ---

  powerOn(machine: Machine): void {
    if (machine.isOn || !machine.hasPower || machine.isKeptOff) return;
    this.tell(`** ${machine.name} boots`);
    machine.isOn = true;
    machine.boots += 1;
    machine.bootedAtMs = this.timers.nowMs;
    machine.onSinceMs = this.timers.nowMs;
    this.#seenAll.delete(machine.name);
    this.engine.start(machine.name);
    startFeeder(this, machine);
    this.startDaemon(machine);
  }

  powerOff(machine: Machine): void {
    if (!machine.isOn) return;
    this.tell(`** ${machine.name} has no power`);
    machine.shots += 1;
    this.undisturbed.forget();
    this.#noteLeader(machine);
    this.#resume(machine);
    this.#lifeEnds(machine);
    this.engine.kill(machine.name, 'node');
    this.#loseRings(machine);
    machine.isOn = false;
    machine.endDaemon(() => false);
    machine.losePower();
    endWatchdog(machine);
  }

  #loseRings({ name }: Machine): void {
    if (this.setting.areRingsLost !== true || this.isHealed || this.dice.percent(40)) return;
    if (!this.engine.loseRings(name, this.dice.between(0, 6000))) return;
    this.tally.count('machines that forgot their last rings with the power');
  }

  startDaemon(machine: Machine): void {
    if (!machine.isOn || machine.isPaused || machine.node !== undefined) return;
    machine.beginDaemon(this.engine.ringOf(machine.name), this.machines.length === 2);
    machine.lives += 1;
    const { lives } = machine;
    const listener = (event: EngineEvent): void => {
      if (machine.lives === lives) this.give(machine, { kind: 'engine', event });
    };
    const reason = this.engine.join(machine.name, listener);
    if (reason !== undefined) {
      this.timers.after(daemonRestartMs, () => {
        if (machine.lives === lives) this.startDaemon(machine);
      });
      return;
    }
    const configured = this.machines.filter(({ isConfigured }) => isConfigured);
    machine.node = newDaemon(machine, configured, this.#operationsMax);
    tellDaemon(this, machine);
    this.#tick(machine, lives);
  }

  /** The daemon is gone; its manager starts it again unless something keeps it away. */
  endDaemon(machine: Machine, reason: 'leave' | 'process-down'): void {
    if (machine.node === undefined || machine.isPaused) return;
    this.#noteLeader(machine);
    this.#lifeEnds(machine);
    machine.lastRing = this.engine.ringOf(machine.name);
    this.engine.end(machine.name, reason);
    machine.endDaemon(() => this.random.percent(50));
    this.checks.oneCopy(this.machines);
  }

  #lifeEnds(machine: Machine): void {
    this.checks.lifeEnded(machine);
    this.tally.receivingEnded(machine.node, undefined);
  }

  startDaemonAfter(machine: Machine, ms: number): void {
    const { boots } = machine;
    this.timers.after(ms, () => {
      if (machine.boots === boots) this.startDaemon(machine);
    });
  }

  stopDaemon(machine: Machine): void {
    if (machine.node === undefined || machine.isStopped) return;
    machine.isStopped = true;
    machine.stopped = { atMs: this.timers.nowMs, stoodMs: machine.stoodMs };
  }

  /** The late tick may come before what waits in the sockets, or after. */
  continueDaemon(machine: Machine): void {
    if (!machine.isStopped || machine.isPaused) return;
    machine.isStopped = false;
    machine.noteStall(this.timers.nowMs);
    const held = lateInputs(this, machine);
    if (this.random.percent(50)) this.give(machine, { kind: 'tick' });
    for (const input of held) this.give(machine, input);
  }

  /**
   * `isMissed`: the others' engines find it gone. False where it stands still already: whoever made
   * it do so lets it go on.
   */
  pause(machine: Machine, isMissed = true): boolean {
    if (!machine.isOn || machine.isPaused) return false;
    machine.isPaused = true;
    machine.pausedAtMs = this.timers.nowMs;
    this.stopDaemon(machine);
    if (isMissed) this.engine.isolate(machine.name, true);
    return true;
  }

  /** Goes on where it stood; what ended meanwhile ends now. */
  continueMachine(machine: Machine, clockStood: boolean): void {
    if (!machine.isPaused || this.timers.nowMs < machine.heldUntilMs) return;
    const pausedMs = this.timers.nowMs - machine.pausedAtMs;
    if (clockStood) machine.stand(pausedMs);
    standWatchdog(this, machine, pausedMs);
    const { ends } = machine;
    this.#resume(machine);
    const daemonFirst = this.random.percent(50);
    if (daemonFirst) this.continueDaemon(machine);
    for (const end of ends) end();
    this.continueDaemon(machine);
    this.startDaemon(machine);
  }

  #resume(machine: Machine): void {
    machine.isPaused = false;
    machine.heldUntilMs = 0;
    machine.ends = [];
    this.engine.isolate(machine.name, false);
  }

  killEngine(machine: Machine): void {
    if (machine.isPaused) return;
    this.#noteLeader(machine);
    this.engine.kill(machine.name, 'engine');
    this.#seenAll.delete(machine.name);
  }

  // --- what clients ask ---

  request(machine: Machine, command: Command): void {
    if (machine.node === undefined || machine.isStopped) return;
    this.#requests += 1;
    const tag = String(this.#requests);
    this.checks.requested(tag, machine, command);
    this.markChecks.requested(command);
    this.loopChecks.requested(command);
    this.tell(`request ${tag} to ${machine.name}: ${command.kind}`);
    this.give(machine, { kind: 'request', tag, command });
  }

  /** A change of which nothing but its trace is wanted: each asks for a ticket of its own. */
  requestTicket(machine: Machine): void {
    const ticket = ticketName(this.setting, machine, this.#requests + 1);
    this.request(machine, { kind: 'ticket', ticket, granted: true, by: 'anna' });
  }

  // --- the step function and its effects ---

  give(machine: Machine, input: NodeInput): void {
    if (machine.node === undefined) return;
    if (machine.isStopped) {
      if (input.kind !== 'tick') machine.held.push(input);
      return;
    }
    if (input.kind === 'engine') hearQuorum(machine, input.event);
    const heard = this.isPair ? withoutWaitForAll(input, this.machines) : input;
    const { nowMs } = this.timers;
    const clocks = {
      nowMs: monotonicMs(machine.clockMs(nowMs)),
      wallMs: wallMs(Math.round(noonMs + nowMs + machine.clockAheadMs)),
      ...(this.setting.delayMaxMs !== undefined && { chance: this.dice.below(1000) / 1000 }),
    };
    this.steps += 1;
    const was = machine.node;
    const before = was.view;
    if (input.kind === 'decided' && was.deciding?.number === input.number) {
      this.checks.decided(input.plan, was.deciding.view);
    }
    const { node, effects } = step(was, heard, clocks);
    machine.node = node;
    this.#watch?.(machine, was, { clocks, input: heard, effects });
    this.checks.patience(machine, was, nowMs);
    if (node.cluster !== was.cluster) this.#changed(machine, was, node);
    this.halves.look(node.view);
    this.unreachedChecks.look(machine, nowMs);
    this.tally.receivingEnded(was, node);
    if (node.view !== before && phaseText(node.view) !== phaseText(before)) {
      this.tell(`${machine.name}: ${phaseText(node.view)}`);
      this.tally.phaseChanged(before.phase, node.view.phase);
    }
    for (const effect of effects) this.#perform(machine, effect);
    if (input.kind === 'decided') this.#standAfterPlan(machine);
  }

  /** Its engine has taken the order, and does not get it to the others before it goes on. */
  #standAfterPlan(machine: Machine): void {
    const { standsAfterPlanMs: forMs, boots } = machine;
    machine.standsAfterPlanMs = 0;
    if (forMs === 0 || this.isHealed) return;
    this.tally.count('machines that stood still with an order unsent');
    if (!this.pause(machine)) return;
    this.engine.freeze(machine.name, true);
    this.timers.after(forMs, () => {
      this.engine.freeze(machine.name, false);
      if (machine.boots === boots) this.continueMachine(machine, false);
    });
  }

  #changed(machine: Machine, was: NodeState, is: NodeState): void {
    const { cluster: before } = was;
    const { cluster: after } = is;
    this.checks.needlessFailure(machine);
    this.checks.accepted(before, after);
    this.fencingChecks.look(before, after);
    this.loopChecks.look(before, after, this.timers.nowMs);
    this.markChecks.evacuated(before, after, this.machines, this.timers.nowMs);
    this.markChecks.look(was, is, this.machines, this.timers.nowMs, this.wallMs);
  }

  #perform(machine: Machine, effect: NodeEffect): void {
    switch (effect.kind) {
      case 'send':
        this.engine.send(machine.name, effect.text);
        return undefined;
      case 'append':
      case 'write-snapshot':
        return this.#write(machine, effect);
      case 'run-operation':
        return runOperation(this, machine, effect.request);
      case 'run-fence':
        return shoot(this, machine, effect.request);
      case 'decide':
        return this.#decide(machine, effect);
      case 'cancel-operation':
        return callBack(this, machine, effect.operationId);
      case 'abandon-decision':
        return undefined;
      case 'reply':
        return this.#reply(effect);
      case 'wake':
        return this.#wake(machine, effect.atMs);
      case 'log':
        machine.noteRefusal(effect.text);
        return this.tell(`${machine.name} logs: ${effect.text}`);
      case 'prove-health':
        return hearProof(this, machine, effect.atMs);
      case 'release-watchdog':
        return hearRelease(this, machine);
      case 'exit':
        return this.#exit(machine, effect.restart, effect.reason);
      default:
        throw new Error(`the simulator does not know this effect: ${JSON.stringify(effect)}`);
    }
  }

  #reply({ tag, result }: Extract<NodeEffect, { kind: 'reply' }>): void {
    this.tell(`reply ${tag}: ${result.kind}${'reason' in result ? ` (${result.reason})` : ''}`);
    const request = this.checks.replied(tag, result);
    if (result.kind === 'applied') this.markChecks.applied(request.command, this.timers.nowMs);
  }

  /** Gives it to the daemon that asked, if that still lives. */
  answer(machine: Machine, lives: number, input: NodeInput): void {
    if (machine.lives === lives) this.give(machine, input);
  }

  #write(
    machine: Machine,
    write: Extract<NodeEffect, { kind: 'append' | 'write-snapshot' }>,
  ): void {
    const { lives } = machine;
    machine.disk.write(write, (ticket, problem) => {
      const input: NodeInput =
        problem === undefined
          ? { kind: 'disk-done', ticket }
          : { kind: 'disk-failed', ticket, reason: problem };
      this.answer(machine, lives, input);
    });
  }

  #decide(
    machine: Machine,
    { number, picture, now }: Extract<NodeEffect, { kind: 'decide' }>,
  ): void {
    const { lives } = machine;
    const plan = schedule(picture, now);
    this.timers.after(this.random.between(1, 60), () => {
      this.answer(machine, lives, { kind: 'decided', number, plan });
    });
  }

  #wake(machine: Machine, atMs: number): void {
    const { lives } = machine;
    this.timers.at(atMs + machine.bootedAtMs - 1000, () => {
      this.answer(machine, lives, { kind: 'tick' });
    });
  }

  #exit(machine: Machine, restart: boolean, reason: string): void {
    this.tell(`the daemon of ${machine.name} ends: ${reason}`);
    this.endDaemon(machine, 'leave');
    if (restart) this.startDaemonAfter(machine, daemonRestartMs);
  }

  #tick(machine: Machine, lives: number): void {
    this.timers.after(tickMs, () => {
      if (machine.lives !== lives) return;
      this.give(machine, { kind: 'tick' });
      this.#tick(machine, lives);
    });
  }

  #compareStates(): void {
    this.checks.equalStates(this.machines);
    this.fencingChecks.believed();
    this.timers.after(compareMs, () => {
      this.#compareStates();
    });
  }

  #votes(): number {
    return this.machines.filter(({ isConfigured }) => isConfigured).length;
  }

  #isPairQuorate(nodes: readonly NodeName[]): boolean {
    if (nodes.length === 2) for (const node of nodes) this.#seenAll.add(node);
    return nodes.every((node) => this.#seenAll.has(node));
  }

  /** The one that leads goes while something is to be done. */
  #noteLeader({ node }: Machine): void {
    if (node === undefined || leaderOf(node) !== node.view.self) return;
    const { transition } = node.cluster;
    if (transition !== undefined && !isFinished(transition)) {
      this.tally.count('leaders lost amid a transition');
    }
  }
}
