/**
 * A few nodes in virtual time on a network without faults, with agents and a power switch that do
 * as they are told. Synchronous and the same in every run; for chance and faults there is src/sim.
 */
import { sortedValues } from '../../cluster/order.ts';
import type { Command } from '../../cluster/commands.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { incarnation, monotonicMs, nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { NodeName, ResourceId } from '../../model/ids.ts';
import type { LeaveReason, QuorumOptions } from '../../model/engine.ts';
import { MAJORITY } from '../../model/engine.ts';
import type { FenceRequest, OperationRequest, OperationResult } from '../../model/operation.ts';
import { schedule } from '../../scheduler/schedule.ts';
import { Network } from '../../store/testing/network.ts';
import type { RestoredStore, StoreOptions } from '../../store/types.ts';
import { createNode, step } from '../node.ts';
import type { NodeEffect, NodeInput } from '../types.ts';
import { Machine } from './machine.ts';

const DISK_MS = 1;
const DECISION_MS = 5;
const TICK_MS = 250;
const AGENT_MS = 100;
const FENCING_MS = 1000;
const DAEMON_RESTART_MS = 1000;
/** 2026-11-20T12:00:00Z, the wall clock when the story begins. */
const NOON_MS = 1_795_176_000_000;

/** They take access away, and leave the power on. */
const RESERVATION = 'fence_reservation';
const FABRICS: readonly string[] = ['fence_fabric', RESERVATION];

/** More than one step can tell. */
const STORY_LOOK_BACK = 50;
/** A node that comes later hears the same, or what its disk says of an earlier time. */
const NEWS_MS = 2000;

interface Timer {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void;
}

/** Everything that was sent arrives, and nothing is lost with its sender. */
const everything = (below: number): number => below - 1;

export interface Told {
  readonly atMs: number;
  readonly text: string;
}

export class World {
  nowMs = 0;
  readonly machines: readonly Machine[];
  readonly network: Network;
  /** What happened, in order: what was done to the world, and the cluster's own story. */
  readonly told: Told[] = [];
  /** How long an agent takes, `start web`; others take a tenth of a second. */
  readonly durations = new Map<string, number>();
  /** Resources of which there must never be two copies. */
  unique: readonly string[] = [];
  /** What must not be started where the machine was not given access. */
  needsAccess: (resource: ResourceId) => boolean = () => false;
  doesFencingWork = true;
  doesUnfencingWork = true;
  #timers: Timer[] = [];
  #number = 0;
  #requests = 0;

  readonly #quorumOptions: QuorumOptions;

  /** `isTwoNode`: `two_node` with `wait_for_all: 0`, so that the engine calls each half quorate. */
  constructor(names: readonly string[], isTwoNode = false) {
    this.machines = names.map((name) => new Machine(nodeName(name)));
    this.#quorumOptions = { ...MAJORITY, twoNode: isTwoNode };
    const isQuorate = (nodes: readonly NodeName[]): boolean =>
      isTwoNode || 2 * nodes.length > names.length;
    this.network = new Network(names, isQuorate);
  }

  machine(name: string): Machine {
    const found = this.machines.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }

  /** The state of the first daemon of an open view. */
  get cluster(): ClusterState | undefined {
    const open = this.machines.find((each) => each.node?.view.phase.kind === 'open');
    return open?.node?.cluster;
  }

  tell(text: string): void {
    this.told.push({ atMs: this.nowMs, text });
  }

  at(atMs: number, run: () => void): void {
    this.#number += 1;
    this.#timers.push({ atMs, number: this.#number, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.nowMs + ms, run);
  }

  /** Lets time go on until then. */
  runUntil(endMs: number): void {
    for (;;) {
      this.#deliver();
      const next = this.#nextTimer();
      if (next === undefined || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = endMs;
  }

  #nextTimer(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      const isEarlier =
        first === undefined ||
        timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.number < first.number);
      if (isEarlier) first = timer;
    }
    return first;
  }

  /** Everything that the network holds, in turn, until nobody has news. */
  #deliver(): void {
    for (let busy = true; busy;) {
      busy = false;
      for (const machine of this.machines) {
        if (machine.node === undefined || machine.isHanging) continue;
        const event = this.network.nextQuorum(machine.name) ?? this.network.next(machine.name);
        if (event === undefined) continue;
        busy = true;
        this.give(machine, { kind: 'engine', event });
      }
    }
  }

  give(machine: Machine, input: NodeInput): void {
    if (machine.node === undefined) return;
    if (machine.isHanging) {
      machine.held.push(input);
      return;
    }
    const clocks = {
      nowMs: monotonicMs(this.nowMs),
      wallMs: wallMs(NOON_MS + this.nowMs + machine.clockAheadMs),
    };
    const { node, effects } = step(machine.node, input, clocks);
    machine.node = node;
    if (node.view.phase.kind === 'open' || node.view.phase.kind === 'alone') {
      this.#hearStory(node.cluster);
    }
    for (const effect of effects) this.#perform(machine, effect);
    this.#checkCopies();
  }

  /** Parts of a divided cluster have stories of their own: each event is told once, while it is new. */
  #hearStory(cluster: ClusterState): void {
    for (const event of cluster.story.slice(-STORY_LOOK_BACK)) {
      if (event.time < NOON_MS + this.nowMs - NEWS_MS) continue;
      const key = `${event.number} ${event.time} ${event.text}`;
      if (this.#heard.has(key)) continue;
      this.#heard.add(key);
      this.tell(event.text);
      if (event.kind === 'decision') for (const line of event.actions) this.tell(`    ${line}`);
    }
  }

  readonly #heard = new Set<string>();

  #checkCopies(): void {
    for (const resource of this.unique) {
      // What has no access can change nothing.
      const where = this.machines.filter(
        (each) =>
          each.active.has(resource) && (each.hasAccess || !this.needsAccess(resourceId(resource))),
      );
      if (where.length < 2) continue;
      throw new Error(
        `${this.nowMs} ms: ${resource} runs on ${where.map((each) => each.name).join(' and ')}`,
      );
    }
  }

  #perform(machine: Machine, effect: NodeEffect): void {
    const life = machine.lives;
    const answer = (ms: number, input: () => NodeInput): void => {
      this.after(ms, () => {
        const result = input();
        if (machine.lives === life) this.give(machine, result);
      });
    };
    switch (effect.kind) {
      case 'send':
        return this.network.send(machine.name, effect.text);
      case 'append':
      case 'write-snapshot':
        return this.#write(machine, effect);
      case 'run-operation':
        return this.#runOperation(machine, effect.request);
      case 'run-fence':
        return this.#runFence(machine, effect.request);
      case 'decide': {
        const plan = schedule(effect.picture, effect.now);
        return answer(DECISION_MS, () => ({ kind: 'decided', number: effect.number, plan }));
      }
      case 'cancel-operation':
        return this.#cancelOperation(machine, effect.operationId);
      case 'abandon-decision':
        return undefined;
      case 'reply':
        if (effect.result.kind === 'applied') return undefined;
        return this.tell(`${effect.result.kind}: ${effect.result.reason}`);
      case 'wake':
        return this.at(effect.atMs, () => {
          if (machine.lives === life) this.give(machine, { kind: 'tick' });
        });
      case 'log':
        if (effect.severity === 'error') this.tell(`${machine.name} logs: ${effect.text}`);
        return undefined;
      case 'prove-health':
      case 'release-watchdog':
        throw new Error(`no machine has a watchdog here: ${effect.kind}`);
      case 'exit':
        return this.#exit(machine, effect.restart, effect.reason);
    }
  }

  #write(machine: Machine, job: Extract<NodeEffect, { kind: 'append' | 'write-snapshot' }>): void {
    const life = machine.lives;
    this.after(DISK_MS, () => {
      if (machine.lives !== life || !machine.isOn) return;
      const { disk, diskRefuses: reason } = machine;
      if (reason !== undefined) {
        return this.give(machine, { kind: 'disk-failed', ticket: job.ticket, reason });
      }
      if (job.kind === 'append') disk.records = [...disk.records, ...job.records];
      else {
        disk.snapshot = job.text;
        disk.records = [];
      }
      return this.give(machine, { kind: 'disk-done', ticket: job.ticket });
    });
  }

  #runOperation(machine: Machine, request: OperationRequest): void {
    const { boots, lives } = machine;
    const durationMs = this.durations.get(`${request.operation} ${request.resource}`) ?? AGENT_MS;
    machine.begin(request);
    const { operation: what, resource } = request;
    // Whom another half has cut off amid this life of its daemon need not know it.
    const isWithout = !machine.hasAccess && machine.cutInLife !== machine.lives;
    if (what === 'start' && this.needsAccess(resource) && isWithout) {
      throw new Error(`${this.nowMs} ms: ${resource} starts on ${machine.name} without access`);
    }
    this.after(durationMs, () => {
      if (!machine.isOn || machine.boots !== boots) return;
      if (machine.cancelled.delete(`${lives} ${request.operationId}`)) return;
      const target = this.machines.find((each) => each.name === request.meta['migrate_target']);
      const { operation, operationId } = request;
      const containment = operation === 'contain' ? machine.contain(request) : undefined;
      const outcome = containment?.monitor ?? machine.carryOut(request, target);
      this.#checkCopies();
      const result: OperationResult = {
        operationId,
        outcome,
        durationMs,
        output: '',
        ...(containment === undefined ? {} : { containment }),
      };
      if (machine.lives === lives) this.give(machine, { kind: 'operation-ended', result });
    });
  }

  /** Its agent leaves everything as it was. */
  #cancelOperation(machine: Machine, operationId: string): void {
    const { lives } = machine;
    machine.cancelled.add(`${lives} ${operationId}`);
    this.after(AGENT_MS, () => {
      const outcome = { kind: 'cancelled' } as const;
      const result: OperationResult = { operationId, outcome, durationMs: AGENT_MS, output: '' };
      if (machine.lives === lives) this.give(machine, { kind: 'operation-ended', result });
    });
  }

  #runFence(machine: Machine, request: FenceRequest): void {
    const { lives } = machine;
    const { requestId, action, target } = request;
    this.#beginFence(request);
    this.after(FENCING_MS, () => {
      this.#fences = this.#fences.filter((each) => each.requestId !== requestId);
      // A reservation is taken away by who has one.
      const isAble = request.agent !== RESERVATION || action === 'on' || machine.hasAccess;
      const works = isAble && (action === 'on' ? this.doesUnfencingWork : this.doesFencingWork);
      if (works && target !== undefined) this.#carryOutFence(request.agent, action, target);
      const outcome = works
        ? ({ kind: 'ok' } as const)
        : ({ kind: 'failed', reason: 'the power switch does not answer' } as const);
      const result = { requestId, outcome, durationMs: FENCING_MS, output: '' };
      if (machine.lives === lives) this.give(machine, { kind: 'fence-ended', result });
    });
  }

  #fences: FenceRequest[] = [];

  /** Access is never given and taken at a time, unless the node stands still that gives it to itself. */
  #beginFence(request: FenceRequest): void {
    const { action, target } = request;
    this.#fences.push(request);
    const others = this.#fences.filter((each) => each.target === target && target !== undefined);
    const isBoth = new Set(others.map((each) => each.action === 'on')).size > 1;
    if (isBoth && !this.machine(target ?? '').isHanging) {
      throw new Error(`${this.nowMs} ms: ${action} for ${target} beside its opposite`);
    }
  }

  /** A fabric takes access and leaves the power on. */
  #carryOutFence(agent: string, action: FenceRequest['action'], target: NodeName): void {
    const machine = this.machine(target);
    if (action !== 'on' && !FABRICS.includes(agent)) return this.switchOff(target);
    if (!machine.isOn) return undefined;
    machine.hasAccess = action === 'on';
    if (!machine.hasAccess) machine.cutInLife = machine.lives;
    this.tell(`** ${target} has ${machine.hasAccess ? 'access' : 'lost its access'}`);
    return this.#checkCopies();
  }

  #exit(machine: Machine, restart: boolean, reason: string): void {
    this.tell(`the daemon of ${machine.name} ends: ${reason}`);
    this.#endDaemon(machine, 'leave');
    const { lives, boots } = machine;
    if (!restart) return;
    this.after(DAEMON_RESTART_MS, () => {
      if (machine.lives === lives && machine.boots === boots) this.startDaemon(machine.name);
    });
  }

  #endDaemon(machine: Machine, reason: LeaveReason): void {
    if (machine.node !== undefined) this.network.leave(machine.name, reason, everything);
    machine.endDaemon();
    machine.lives += 1;
  }

  boot(name: string): void {
    const machine = this.machine(name);
    if (machine.isOn) return;
    machine.isOn = true;
    machine.boots += 1;
    this.startDaemon(name);
  }

  startDaemon(name: string): void {
    const machine = this.machine(name);
    if (!machine.isOn || machine.node !== undefined) return;
    const wasUp = machine.lives > 0 && this.#daemonsOfBoot.get(name) === machine.boots;
    this.#daemonsOfBoot.set(name, machine.boots);
    machine.lives += 1;
    const { disk } = machine;
    const restored: RestoredStore = {
      snapshot: disk.snapshot,
      records: disk.records,
      findings: [],
    };
    machine.node = createNode(
      {
        self: machine.name,
        incarnation: incarnation(`${machine.boot} ${machine.lives}`),
        configuredNodes: this.machines.map((each) => each.name),
        operationsMax: 8,
        heartbeatMs: 1000,
        daemonGraceMs: 10_000,
      },
      this.#storeOptions(machine),
      restored,
    );
    this.network.join(machine.name, everything, wasUp);
    this.#tick(machine, machine.lives);
  }

  readonly #daemonsOfBoot = new Map<string, number>();

  #tick(machine: Machine, life: number): void {
    this.after(TICK_MS, () => {
      if (machine.lives !== life || machine.node === undefined) return;
      this.give(machine, { kind: 'tick' });
      this.#tick(machine, life);
    });
  }

  #storeOptions(machine: Machine): StoreOptions {
    const numberOf = (name: NodeName) => this.network.numberOf(name);
    return {
      engine: {
        kind: 'simulated',
        clusterName: 'story',
        self: { node: machine.name, number: numberOf(machine.name) },
        nodes: this.machines.map(({ name }) => ({ node: name, number: numberOf(name) })),
        quorumOptions: this.#quorumOptions,
        messageBytesMax: 60_000,
      },
      incarnation: incarnation(`${machine.boot} ${machine.lives}`),
      boot: machine.boot,
      featureLevel: 1,
      heartbeatMs: 1000,
      pendingCommandsMax: 1000,
      logRecordsMax: 1000,
    };
  }

  switchOff(name: string): void {
    const machine = this.machine(name);
    if (!machine.isOn) return;
    this.tell(`** ${name} has no power`);
    this.#endDaemon(machine, 'node-down');
    machine.switchOff();
  }

  killDaemon(name: string): void {
    this.#endDaemon(this.machine(name), 'process-down');
  }

  hang(name: string, isHanging: boolean): void {
    const machine = this.machine(name);
    machine.isHanging = isHanging;
    const { held } = machine;
    machine.held = [];
    for (const input of held) this.give(machine, input);
  }

  loseEngine(name: string): void {
    const machine = this.machine(name);
    this.network.leave(machine.name, 'node-down', everything);
    const event = { kind: 'engine-lost', reason: 'Corosync has died' } as const;
    this.give(machine, { kind: 'engine', event });
  }

  /** Nodes in different parts do not reach each other any more. */
  divide(parts: readonly (readonly string[])[]): void {
    const part = (name: string): number => parts.findIndex((each) => each.includes(name));
    this.network.divide(
      this.machines.map((each) => part(each.name)),
      everything,
    );
  }

  /** A client's command, given to the first daemon of an open view, or to the named one. */
  command(command: Command, name?: string): void {
    const open = this.machines.find((each) => each.node?.view.phase.kind === 'open');
    const machine = name === undefined ? open : this.machine(name);
    if (machine === undefined) throw new Error('nobody is there to take a command');
    this.#requests += 1;
    this.give(machine, { kind: 'request', tag: String(this.#requests), command });
  }

  /** Where each resource is active, as the machines know it. */
  whereabouts(): readonly string[] {
    return this.machines.flatMap((machine) =>
      [...machine.active.keys()].sort().map((resource) => {
        const role = machine.promoted.has(resource) ? ' promoted' : '';
        return `${resource} runs on ${machine.name}${role}`;
      }),
    );
  }

  /** Members of one view must hold one state. */
  differences(): readonly string[] {
    const open = this.machines.filter((each) => each.node?.view.phase.kind === 'open');
    const states = new Map<string, string[]>();
    for (const { name, node } of open) {
      if (node === undefined) continue;
      const text = `${node.cluster.view} ${node.replica.machine.encode(node.cluster)}`;
      states.set(text, [...(states.get(text) ?? []), name]);
    }
    return states.size < 2 ? [] : [...states.values()].map((names) => names.join(' '));
  }

  conditions(): string {
    const nodes = sortedValues(this.cluster?.nodes ?? {});
    return nodes.map((node) => `${node.name} ${node.condition}`).join(', ');
  }
}
