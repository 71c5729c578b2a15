/** Strikes round after round, looks all the time, and at the end heals and asks what is left. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../lab/node.ts';
import { sleep } from '../lab/run.ts';
import { statusOf, underWay } from './ask.ts';
import { ledgers, resources } from './configuration.ts';
import { LedgerCheck, parseRecord, tail } from './ledger.ts';
import { Plan, kindsWith } from './plan.ts';
import type { Fault, FaultKind, Round } from './plan.ts';
import { Promises } from './promises.ts';
import { bootReset } from './equipment.ts';
import { untilWhole } from './stage.ts';
import type { Stage } from './stage.ts';
import { holdfast, strike } from './strike.ts';
import { doubles } from './suite/truth.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly forMs: number;
  /** Strike no more after so many; undefined: when the time is over. */
  readonly faults?: number | undefined;
  /** Only these rounds; default all that there is time for. */
  readonly rounds: readonly number[] | undefined;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface StruckFault {
  readonly kind: FaultKind;
  /** Something was under way when it struck. */
  readonly during: boolean;
}

export interface Outcome {
  /** All that there was to strike with in this cluster. */
  readonly kinds: readonly FaultKind[];
  readonly faults: readonly StruckFault[];
  /** From the moment at which everything was put right again until all was whole. */
  readonly recoveriesMs: readonly number[];
  readonly violations: readonly string[];
  /** Why the cluster did not become whole again; undefined when it did. */
  readonly notConverged: string | undefined;
  readonly records: number;
  readonly holders: number;
  readonly acknowledged: number;
  readonly rounds: number;
  /** Machines that their watchdog has reset. */
  readonly resets: number;
}

const convergeMs = 120_000;

/** Of each kind, in a run whose faults are counted and suffice for it. */
const leastOfEach = 15;

export async function runChaos(stage: Stage, options: ChaosOptions): Promise<Outcome> {
  const chaos = new Chaos(stage, options);
  return chaos.run();
}

class Chaos {
  readonly #stage: Stage;
  readonly #kinds: readonly FaultKind[];
  readonly #options: ChaosOptions;
  readonly #promises = new Promises();
  readonly #books: readonly {
    readonly lines: () => readonly string[];
    readonly check: LedgerCheck;
  }[];
  readonly #faults: StruckFault[] = [];
  readonly #recoveriesMs: number[] = [];
  readonly #violations: string[] = [];
  /** Of this round and those before it that nobody waited for. */
  #undone: Promise<void>[] = [];
  #notConverged: string | undefined;
  #rounds = 0;
  #resets = 0;
  #ended = false;

  constructor(stage: Stage, options: ChaosOptions) {
    this.#stage = stage;
    this.#kinds = kindsWith(stage.equipment);
    this.#options = options;
    this.#books = ledgers.map((name) => ({
      lines: tail(join(stage.lab.sharedDirectory, `ledger-${name}`)),
      check: new LedgerCheck(name),
    }));
  }

  async run(): Promise<Outcome> {
    const aside = [this.#watch(), this.#ask()];
    try {
      await this.#strikeAll();
      await this.#settle();
    } finally {
      this.#ended = true;
      await Promise.all(aside);
    }
    this.#read();
    return {
      kinds: this.#kinds,
      faults: this.#faults,
      recoveriesMs: this.#recoveriesMs,
      violations: this.#violations,
      notConverged: this.#notConverged,
      records: this.#books.reduce((sum, { check }) => sum + check.records, 0),
      holders: this.#books.reduce((sum, { check }) => sum + check.holders, 0),
      acknowledged: this.#promises.acknowledged,
      rounds: this.#rounds,
      resets: this.#resets,
    };
  }

  async #strikeAll(): Promise<void> {
    const { seed, forMs, rounds } = this.#options;
    const deadline = performance.now() + forMs;
    const count = this.#stage.nodes.length;
    const plan = new Plan(seed, count, this.#kinds);
    for (let at = 0; performance.now() < deadline && !this.#isOver(); at += 1) {
      const number = rounds === undefined ? at : rounds[at];
      const rare = this.#rareKinds();
      if (number === undefined || rare?.length === 0) return;
      // Of some there was nothing to strike: at the end only these come.
      await this.#play((rare === undefined ? plan : new Plan(seed, count, rare)).round(number));
      this.#rounds += 1;
    }
  }

  /** Once there are enough faults: the kinds that there were too few of. */
  #rareKinds(): readonly FaultKind[] | undefined {
    const { faults } = this.#options;
    if (faults === undefined || this.#faults.length < faults) return undefined;
    const least = Math.min(leastOfEach, Math.floor(faults / this.#kinds.length));
    return this.#kinds.filter(
      (wanted) => this.#faults.filter(({ kind }) => kind === wanted).length < least,
    );
  }

  #isOver(): boolean {
    this.#options.signal.throwIfAborted();
    return this.#violations.length > 0 || this.#notConverged !== undefined;
  }

  async #play(round: Round): Promise<void> {
    for (const fault of round.faults) {
      await sleep(fault.afterMs);
      if (this.#isOver()) break;
      await this.#strike(round, fault);
    }
    if (!round.waits) return;
    await this.#allTakenBack();
    if (!this.#isOver()) await this.#recover();
  }

  async #allTakenBack(): Promise<void> {
    await Promise.all(this.#undone);
    this.#undone = [];
  }

  async #strike({ number }: Round, fault: Fault): Promise<void> {
    const stage = this.#stage;
    const steps = fault.during ? await this.#transition(fault) : await underWay(stage.nodes);
    const what = `round ${String(number)} ${fault.kind}`;
    const struck = await strike({ stage, promises: this.#promises }, fault);
    if (struck === undefined) {
      this.#note(`${what}: nothing to strike`);
      return;
    }
    this.#faults.push({ kind: fault.kind, during: steps.length > 0 });
    const meanwhile = steps.length > 0 ? `; under way: ${steps.slice(0, 3).join(', ')}` : '';
    this.#note(`${what}: ${struck.text}, for ${String(fault.forMs)} ms${meanwhile}`);
    const undone = this.#takeBack(what, fault, struck.undo);
    undone.catch(() => {}); // Whoever waits for it hears of it.
    this.#undone.push(undone);
  }

  async #takeBack(what: string, { forMs }: Fault, undo: () => Promise<unknown>): Promise<void> {
    await sleep(forMs);
    await undo();
    this.#note(`${what}: taken back`);
  }

  /** What is under way now; if it is nothing, begins something and waits until it is. */
  async #transition({ pick }: Fault): Promise<readonly string[]> {
    const { nodes } = this.#stage;
    const already = await underWay(nodes);
    if (already.length > 0) return already;
    const node = await acting(nodes);
    if (node === undefined) return [];
    const resource = resources[pick % resources.length] ?? 'web';
    const words = pick % 2 === 0 ? ['restart', resource] : ['move', resource, '--for', '5s'];
    void holdfast(node, 'resource', ...words);
    for (let left = 60; left > 0; left -= 1) {
      const steps = await underWay(nodes);
      if (steps.length > 0) return steps;
      await sleep(25);
    }
    return [];
  }

  async #recover(): Promise<void> {
    try {
      const afterMs = await untilWhole(this.#stage, convergeMs, true, this.#options.signal);
      this.#recoveriesMs.push(afterMs);
      this.#note(`whole after ${String(Math.round(afterMs))} ms`);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#notConverged = error instanceof Error ? error.message : String(error);
      this.#note(`NOT CONVERGED: ${this.#notConverged}`);
      return;
    }
    if (this.#recoveriesMs.length % 10 === 0) await this.#ownUp(this.#stage.nodes[0]);
  }

  async #settle(): Promise<void> {
    const { nodes, heal } = this.#stage;
    await this.#allTakenBack();
    await heal();
    const node = await acting(nodes);
    if (node !== undefined && !this.#isOver()) {
      for (const { name } of nodes) await holdfast(node, 'node', 'online', name);
      for (const id of resources) await holdfast(node, 'resource', 'clear', id);
    }
    if (this.#notConverged === undefined) await this.#recover();
    if (this.#notConverged !== undefined) return;
    for (const each of nodes) await this.#ownUp(each);
  }

  /** What was acknowledged and is missing there is a violation. */
  async #ownUp(node: LabNode | undefined): Promise<void> {
    if (node === undefined) return;
    for (const broken of await this.#promises.broken(node, holdfast)) this.#violation(broken);
  }

  /** The ledgers are read as they grow, so that the story of a violation is still at hand. */
  async #watch(): Promise<void> {
    while (!this.#ended) {
      this.#read();
      for (const name of await bootReset(this.#stage)) {
        this.#resets += 1;
        this.#note(`${name} was reset by its watchdog`);
      }
      for (const text of doubles(this.#stage.nodes))
        if (!this.#violations.includes(text)) this.#violation(text);
      await sleep(300);
    }
  }

  #read(): void {
    for (const { lines, check } of this.#books) {
      for (const line of lines()) {
        const record = parseRecord(line);
        const wrong = record === undefined ? undefined : check.add(record);
        if (wrong !== undefined) this.#violation(wrong.text);
      }
    }
  }

  /** Somebody makes small changes all the time, on one node after the other. */
  async #ask(): Promise<void> {
    const { nodes } = this.#stage;
    for (let at = 0; !this.#ended; at += 1) {
      const node = nodes[at % nodes.length];
      if (node?.pid() !== undefined) await this.#promises.promise(node, holdfast);
      await sleep(1500);
    }
  }

  #violation(text: string): void {
    this.#violations.push(text);
    this.#note(`VIOLATION: ${text}`);
  }

  #note(text: string): void {
    const monotonicMs = Number(process.hrtime.bigint() / 1_000_000n);
    const line = `${new Date().toISOString()} ${(monotonicMs / 1000).toFixed(3)} ${text}`;
    appendFileSync(join(this.#stage.lab.directory, 'chaos.log'), `${line}\n`);
    this.#options.say(line);
  }
}

/** A node whose daemon may act. */
async function acting(nodes: readonly LabNode[]): Promise<LabNode | undefined> {
  const views = await Promise.all(nodes.map(statusOf));
  return nodes[views.findIndex((seen) => seen?.quorum.acting)];
}
