/**
 * Replicas with disks on a network that can be divided, driven step by step. The world knows what
 * was really answered and what is really on which disk, and checks the store's promises after each
 * step; everything that may happen by chance is chosen by the caller.
 */
import type { EngineConfiguration } from '../../model/engine.ts';
import { MAJORITY } from '../../model/engine.ts';
import type { NodeName } from '../../model/ids.ts';
import { incarnation, monotonicMs, nodeName, wallMs } from '../../model/ids.ts';
import { createReplica, step } from '../replica.ts';
import type { Machine, StoreInput, StoreOutput } from '../types.ts';
import type { WordCommand, Words } from './machine.ts';
import { words } from './machine.ts';
import type { Choose } from './network.ts';
import { Network } from './network.ts';
import { Checker } from './checker.ts';
import type { Daemon, DiskJob } from './daemon.ts';

export interface WorldOptions {
  readonly nodes: readonly string[];
  readonly quorumOptions?: Partial<EngineConfiguration['quorumOptions']>;
  readonly isQuorate?: (nodes: readonly NodeName[]) => boolean;
  readonly logRecordsMax?: number;
  readonly pendingCommandsMax?: number;
  readonly messageBytesMax?: number;
  readonly heartbeatMs?: number;
  /** What its program knows at each start. Default 1. */
  readonly featureLevelOf?: (node: NodeName) => number;
  /** Another machine for one node: a fault that the digests must find. */
  readonly machineOf?: (node: NodeName) => Machine<Words, WordCommand>;
}

export type Answer = Extract<StoreOutput, { kind: 'answer' }>;

export class World {
  nowMs = 1000;
  readonly network: Network;
  readonly daemons: readonly Daemon[];
  readonly checker: Checker;
  readonly answers: Answer[] = [];
  readonly outputs: { readonly node: NodeName; readonly output: StoreOutput }[] = [];
  readonly #options: WorldOptions;
  #submitted = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const majority = (nodes: readonly NodeName[]): boolean =>
      2 * nodes.length > options.nodes.length;
    this.network = new Network(options.nodes, options.isQuorate ?? majority);
    this.checker = new Checker(options.quorumOptions?.twoNode === true);
    this.daemons = options.nodes.map((name) => ({
      node: nodeName(name),
      isNodeUp: false,
      replica: undefined,
      lives: 0,
      disk: { snapshot: undefined, records: [], aside: [], isDamaged: false },
      jobs: [],
      isStopped: false,
      clockAheadMs: 0,
    }));
  }

  daemon(name: string): Daemon {
    const daemon = this.daemons.find((each) => each.node === name);
    if (daemon === undefined) throw new Error(`there is no node ${name}`);
    return daemon;
  }

  start(daemon: Daemon, choose: Choose): void {
    if (daemon.replica !== undefined) return;
    daemon.lives += 1;
    const { snapshot, records } = daemon.disk;
    const life = `${daemon.node}/${daemon.lives}`;
    const machine = this.#options.machineOf?.(daemon.node) ?? words;
    daemon.replica = createReplica(
      machine,
      {
        engine: this.#engineOf(daemon),
        incarnation: incarnation(life),
        boot: life,
        featureLevel: this.#options.featureLevelOf?.(daemon.node) ?? 1,
        heartbeatMs: this.#options.heartbeatMs ?? 1000,
        pendingCommandsMax: this.#options.pendingCommandsMax ?? 100,
        logRecordsMax: this.#options.logRecordsMax ?? 1000,
      },
      { snapshot, records, findings: [], damaged: daemon.disk.isDamaged },
    );
    this.network.join(daemon.node, choose, daemon.isNodeUp);
    daemon.isNodeUp = true;
    this.checker.look(this.daemons);
  }

  /** A crash: of the jobs that the disk has not finished a part is there or not. */
  crash(daemon: Daemon, withNode: boolean, choose: Choose): void {
    if (daemon.replica !== undefined) {
      this.checker.forget(daemon);
      daemon.replica = undefined;
      daemon.isStopped = false;
      for (const job of daemon.jobs) this.#tear(daemon, job, choose);
      daemon.jobs = [];
      this.network.leave(daemon.node, withNode ? 'node-down' : 'process-down', choose);
    }
    if (withNode) daemon.isNodeUp = false;
  }

  /** The engine under one daemon dies. */
  loseEngine(daemon: Daemon, choose: Choose): void {
    if (daemon.replica === undefined) return;
    this.network.leave(daemon.node, 'node-down', choose);
    this.give(daemon, { kind: 'engine', event: { kind: 'engine-lost', reason: 'corosync died' } });
  }

  submit(daemon: Daemon, command: WordCommand): string | undefined {
    if (daemon.replica === undefined || daemon.isStopped) return undefined;
    this.#submitted += 1;
    const tag = `${daemon.node}/${daemon.lives} ${this.#submitted} ${command.word}`;
    this.checker.submitted(daemon, tag, command);
    this.give(daemon, { kind: 'submit', command, durable: command.kind === 'keep', tag });
    return tag;
  }

  override(daemon: Daemon): void {
    this.#submitted += 1;
    const tag = `${daemon.node}/${daemon.lives} ${this.#submitted} override`;
    this.checker.submitted(daemon, tag, { kind: 'note', word: 'override' });
    this.give(daemon, { kind: 'override-freeze', tag });
  }

  /** Gives the next event of the engine; false if there is none. */
  deliver(daemon: Daemon): boolean {
    if (daemon.replica === undefined || daemon.isStopped) return false;
    const event = this.network.next(daemon.node);
    if (event === undefined) return false;
    this.give(daemon, { kind: 'engine', event });
    return true;
  }

  deliverQuorum(daemon: Daemon): boolean {
    if (daemon.replica === undefined || daemon.isStopped) return false;
    const event = this.network.nextQuorum(daemon.node);
    if (event === undefined) return false;
    this.give(daemon, { kind: 'engine', event });
    return true;
  }

  /** The disk finishes its oldest job; `fails` says how. */
  finishDisk(daemon: Daemon, fails?: Choose): boolean {
    const [job, ...jobs] = daemon.jobs;
    if (daemon.replica === undefined || daemon.isStopped || job === undefined) return false;
    daemon.jobs = jobs;
    if (fails !== undefined) {
      this.#tear(daemon, job, fails);
      this.give(daemon, { kind: 'disk-failed', ticket: job.ticket, reason: 'input/output error' });
    } else {
      this.#write(daemon, job);
      this.give(daemon, { kind: 'disk-done', ticket: job.ticket });
    }
    return true;
  }

  tick(daemon: Daemon): void {
    if (daemon.replica !== undefined && !daemon.isStopped) this.give(daemon, { kind: 'tick' });
  }

  give(daemon: Daemon, input: StoreInput<WordCommand>): void {
    const { replica } = daemon;
    if (replica === undefined) return;
    const clocks = {
      nowMs: monotonicMs(this.nowMs),
      wallMs: wallMs(1_700_000_000_000 + this.nowMs + daemon.clockAheadMs),
    };
    const result = step(replica, input, clocks);
    daemon.replica = result.replica;
    for (const output of result.outputs) this.#carryOut(daemon, output);
    this.checker.look(this.daemons);
  }

  #carryOut(daemon: Daemon, output: StoreOutput): void {
    this.outputs.push({ node: daemon.node, output });
    if (output.kind === 'send') this.network.send(daemon.node, output.text);
    else if (output.kind === 'answer') {
      this.answers.push(output);
      this.checker.answered(output);
    } else daemon.jobs = [...daemon.jobs, output];
  }

  #write({ disk }: Daemon, job: DiskJob): void {
    if (job.kind === 'append') {
      disk.records = [...disk.records, ...job.records];
      return;
    }
    disk.snapshot = job.text;
    disk.records = [];
    disk.aside = [...disk.aside, ...job.keepAside];
  }

  /** Any number of the records is there; a snapshot is there or not. */
  #tear(daemon: Daemon, job: DiskJob, choose: Choose): void {
    const there = choose(job.kind === 'append' ? job.records.length + 1 : 2);
    if (job.kind === 'append') {
      this.#write(daemon, { ...job, records: job.records.slice(0, there) });
    } else if (there === 1) this.#write(daemon, job);
  }

  #engineOf(daemon: Daemon): EngineConfiguration {
    const { nodes, quorumOptions, messageBytesMax } = this.#options;
    const all = nodes.map((name) => {
      const node = nodeName(name);
      return { node, number: this.network.numberOf(node) };
    });
    return {
      kind: 'simulated',
      clusterName: 'test',
      self: { node: daemon.node, number: this.network.numberOf(daemon.node) },
      nodes: all,
      quorumOptions: { ...MAJORITY, ...quorumOptions },
      messageBytesMax: messageBytesMax ?? 60_000,
    };
  }
}
