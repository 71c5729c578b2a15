/** Carries the tests out one by one; after each the audits say whether all is as it must be. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../src/sim/random.ts';
import { sleep } from '../../lab/run.ts';
import { ledgers } from '../configuration.ts';
import { LedgerCheck, parseRecord, tail } from '../ledger.ts';
import { untilWhole } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { audit } from './audits.ts';
import { putRight, startNode } from './bed.ts';
import type { Bed } from './bed.ts';
import type { ClusterTest } from './catalogue.ts';
import { logReader } from './logs.ts';
import type { LogReader } from './logs.ts';
import { doubles } from './truth.ts';

export interface TestResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What was wrong, and where; empty when nothing was. */
  readonly problems: readonly string[];
}

export interface SuiteOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Called after a test that failed, while everything is as it was. */
  readonly failed: (result: TestResult) => Promise<void>;
}

export async function runSuite(
  stage: Stage,
  tests: readonly ClusterTest[],
  options: SuiteOptions,
): Promise<readonly TestResult[]> {
  const witness = new Witness(stage);
  const results: TestResult[] = [];
  try {
    for (const [at, test] of tests.entries()) {
      const random = new Random(options.seed * 100 + at);
      const result = await carryOut(stage, test, random, witness, options);
      results.push(result);
      if (result.ok) continue;
      await options.failed(result);
      if (!(await repaired(stage, options))) break;
      witness.take();
    }
  } finally {
    await witness.close();
  }
  const missing = tests.slice(results.length);
  const problems = ['not carried out: the cluster did not recover from the test before'];
  return [...results, ...missing.map(({ name }) => ({ name, ok: false, seconds: 0, problems }))];
}

async function carryOut(
  stage: Stage,
  test: ClusterTest,
  random: Random,
  witness: Witness,
  { signal, say }: SuiteOptions,
): Promise<TestResult> {
  const note = (text: string) => {
    const line = `${new Date().toISOString()} ${test.name}: ${text}\n`;
    appendFileSync(join(stage.lab.directory, 'chaos.log'), line);
  };
  const mayBeShot = new Set<string>();
  const stoppedIn = new Map<string, number>();
  const bed: Bed = { stage, nodes: stage.nodes, random, note, mayBeShot, stoppedIn, signal };
  const shotBefore = stage.lab.power.requests().length;
  const begin = performance.now();
  const problems: string[] = [];
  try {
    await test.run(bed);
    problems.push(...(await audit(bed, shotBefore)));
  } catch (error) {
    signal.throwIfAborted();
    problems.push(error instanceof Error ? error.message : String(error));
  }
  problems.push(...witness.take(test.expects));
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  const ok = problems.length === 0;
  say(`${ok ? 'passed' : 'FAILED'}  ${test.name} (${seconds.toFixed(1)} s)`);
  for (const problem of problems) say(`        ${problem}`);
  note(ok ? 'passed' : `FAILED: ${problems.join('; ')}`);
  return { name: test.name, ok, seconds, problems };
}

/** Everything is put right; the tests that follow need a cluster that is whole. */
async function repaired(stage: Stage, { signal }: SuiteOptions): Promise<boolean> {
  await stage.lab.part([]);
  await stage.heal();
  try {
    for (const node of stage.nodes) await startNode(stage, node);
    await untilWhole(stage, 60_000, false, signal);
    await putRight(stage);
    await untilWhole(stage, 60_000, true, signal);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

const everyMs = 200;

/** Looks all the time: at the ledgers, at processes on two nodes, at the logs. */
class Witness {
  readonly #stage: Stage;
  readonly #logs: LogReader;
  readonly #books: readonly {
    readonly lines: () => readonly string[];
    readonly check: LedgerCheck;
  }[];
  #seen: string[] = [];
  #ended = false;
  readonly #watching: Promise<void>;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#logs = logReader(stage.nodes);
    this.#books = ledgers.map((name) => ({
      lines: tail(join(stage.lab.sharedDirectory, `ledger-${name}`)),
      check: new LedgerCheck(name),
    }));
    this.take();
    this.#watching = this.#watch();
  }

  /** What was wrong since it was asked last; `expected`: lines of the logs that are not. */
  take(expected: readonly RegExp[] = []): readonly string[] {
    this.#look();
    const seen = [...new Set([...this.#seen, ...this.#logs(expected)])];
    this.#seen = [];
    return seen;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    for (; !this.#ended; await sleep(everyMs)) this.#look();
  }

  #look(): void {
    this.#seen.push(...doubles(this.#stage.nodes));
    for (const { lines, check } of this.#books) {
      for (const line of lines()) {
        const record = parseRecord(line);
        const wrong = record === undefined ? undefined : check.add(record);
        if (wrong !== undefined) this.#seen.push(wrong.text);
      }
    }
  }
}
