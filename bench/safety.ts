/**
 * What shows that nothing runs twice: the simulator's pace and what it catches, a real cluster under
 * faults, the tests of the field by name, and how soon a node that is cut off is replaced. All but the
 * simulator needs root. All of it takes three quarters of an hour, and each part is chosen by the name
 * of a figure: `--only sim`, `mutants`, `cutoff`, `cts`, `chaos`.
 */
import { join } from 'node:path';
import { repository } from '../e2e/lab/toolchain.ts';
import { askProgram, figureOf } from './lib/ask.ts';
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { measureCutoff } from './lib/cutoff.ts';
import { figure } from './lib/figure.ts';
import type { Figure } from './lib/figure.ts';
import { measureParts } from './lib/parts.ts';
import type { Part } from './lib/parts.ts';

const simulator = join(repository, 'src/sim/main.ts');
const chaos = join(repository, 'e2e/chaos/main.ts');
const simulatedRuns = 200;
const chaosFaults = 500;
const chaosFigures = [
  'chaos-faults',
  'chaos-faults-in-transition',
  'chaos-kinds-least',
  'chaos-violations',
  'chaos-recovery-ms',
] as const;

/** The short ones first: who breaks it off has these. */
const parts: readonly Part[] = [
  { figures: ['sim-runs-per-hour', 'sim-failed-runs'], measure: measureSimulator },
  {
    figures: ['cutoff-own-ms', 'cutoff-total-ms'],
    measure: ({ runs, say }) => measureCutoff(runs ?? 20, say),
  },
  { figures: ['cts-tests-passed'], measure: measureTests },
  { figures: ['mutants-caught'], measure: measureMutants },
  {
    figures: chaosFigures,
    measure: measureChaos,
  },
];

export const measure: Bench = (options) => measureParts(parts, options);

/** One core; each run has twenty faults or more. */
async function measureSimulator({ runs = 3, say }: BenchOptions): Promise<readonly Figure[]> {
  const paces: number[] = [];
  let failures = 0;
  for (let at = 0; at < runs; at++) {
    const from = 1 + at * simulatedRuns;
    const words = ['--from', String(from), '--to', String(from + simulatedRuns - 1), '--json'];
    const { runsPerHour, failed } = await askProgram(simulator, words, say);
    say(`${at + 1}/${runs}  sim-runs-per-hour ${String(runsPerHour)}`);
    paces.push(Number(runsPerHour));
    failures += Number(failed);
  }
  return [
    figure('sim-runs-per-hour', 'runs', paces),
    figure('sim-failed-runs', 'runs', [failures]),
  ];
}

async function measureMutants({ say }: BenchOptions): Promise<readonly Figure[]> {
  const { caught } = await askProgram(simulator, ['mutants', '--promised', '--json'], say);
  return [figure('mutants-caught', 'mutants', [Number(caught)])];
}

async function measureChaos({ say }: BenchOptions): Promise<readonly Figure[]> {
  const all = ['--with', 'watchdog,qdevice'];
  const words = ['--seed', '1', ...all, '--faults', String(chaosFaults), '--json'];
  const answer = await askProgram(chaos, words, say);
  return chaosFigures.map((name) => figureOf(answer, name));
}

async function measureTests({ say }: BenchOptions): Promise<readonly Figure[]> {
  return [figureOf(await askProgram(chaos, ['--tests', '--json'], say), 'cts-tests-passed')];
}

if (import.meta.main) await runBench(measure);
