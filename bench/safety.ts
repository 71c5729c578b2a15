/**
 * What shows that nothing runs twice: the simulator's pace and what it catches, a real cluster under
 * faults, the tests of the field by name, and how soon a node that is cut off is replaced. All but the
 * simulator needs root; all of it takes more than an hour, `--only NAME` less.
 */
import { join } from 'node:path';
import { run } from '../e2e/lab/run.ts';
import { repository } from '../e2e/lab/toolchain.ts';
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { measureCutoff } from './lib/cutoff.ts';
import { figure } from './lib/figure.ts';
import type { Figure } from './lib/figure.ts';

interface Part {
  readonly figures: readonly string[];
  readonly measure: (options: BenchOptions) => Promise<readonly Figure[]>;
}

const simulator = join(repository, 'src/sim/main.ts');
const chaos = join(repository, 'e2e/chaos/main.ts');
const simulatedRuns = 200;
const chaosFaults = 500;

const parts: readonly Part[] = [
  { figures: ['sim-runs-per-hour'], measure: measureSimulator },
  { figures: ['mutants-caught'], measure: measureMutants },
  { figures: ['chaos-faults', 'chaos-violations'], measure: measureChaos },
  { figures: ['cts-tests-passed'], measure: measureTests },
  {
    figures: ['cutoff-own-ms', 'cutoff-total-ms'],
    measure: ({ runs, say }) => measureCutoff(runs ?? 20, say),
  },
];

export const measure: Bench = async (options) => {
  const wanted = parts.filter(({ figures }) =>
    figures.some((name) => name.includes(options.only ?? '')),
  );
  const figures: Figure[] = [];
  for (const part of wanted) figures.push(...(await part.measure(options)));
  return figures;
};

/** One core; each run has twenty faults or more. */
async function measureSimulator({ runs = 3, say }: BenchOptions): Promise<readonly Figure[]> {
  const paces: number[] = [];
  for (let at = 0; at < runs; at++) {
    const from = 1 + at * simulatedRuns;
    const words = ['--from', String(from), '--to', String(from + simulatedRuns - 1), '--json'];
    const { runsPerHour, failed } = await ask(say, simulator, words);
    if (failed !== 0) throw new Error(`seeds from ${from} on: ${String(failed)} runs failed`);
    say(`${at + 1}/${runs}  sim-runs-per-hour ${String(runsPerHour)}`);
    paces.push(Number(runsPerHour));
  }
  return [figure('sim-runs-per-hour', 'runs', paces)];
}

async function measureMutants({ say }: BenchOptions): Promise<readonly Figure[]> {
  const { caught } = await ask(say, simulator, ['mutants', '--promised', '--json']);
  return [figure('mutants-caught', 'mutants', [Number(caught)])];
}

async function measureChaos({ say }: BenchOptions): Promise<readonly Figure[]> {
  const words = ['--seed', '1', '--faults', String(chaosFaults), '--json'];
  const answer = await ask(say, chaos, words);
  return ['chaos-faults', 'chaos-violations'].map((name) => figureOf(answer, name));
}

async function measureTests({ say }: BenchOptions): Promise<readonly Figure[]> {
  return [figureOf(await ask(say, chaos, ['--tests', '--json']), 'cts-tests-passed')];
}

interface Answer {
  readonly [key: string]: unknown;
}

/** The last line that a program prints; that it failed is said by its figures. */
async function ask(
  say: (line: string) => void,
  program: string,
  words: readonly string[],
): Promise<Answer> {
  const { stdout, stderr } = await run([process.execPath, program, ...words], {
    timeoutMs: 4 * 3_600_000,
  });
  say(stderr.trimEnd());
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (last.startsWith('{')) return JSON.parse(last) as Answer;
  throw new Error(`${program} ${words.join(' ')} says nothing: ${last}`);
}

function figureOf({ figures }: Answer, name: string): Figure {
  const list = (figures ?? []) as readonly {
    readonly name: string;
    readonly unit: string;
    readonly value: number;
  }[];
  const found = list.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no figure ${name}`);
  return figure(name, found.unit, [found.value]);
}

if (import.meta.main) await runBench(measure);
