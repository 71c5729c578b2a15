/** How soon a node that is cut off is replaced, without ever being two. Needs root. */
import { runBench } from './lib/bench.ts';
import type { Bench } from './lib/bench.ts';
import { measureCutoff } from './lib/cutoff.ts';

export const measure: Bench = async ({ runs, only, say }) =>
  ['cutoff-own-ms', 'cutoff-total-ms'].some((name) => name.includes(only ?? ''))
    ? measureCutoff(runs ?? 20, say)
    : [];

if (import.meta.main) await runBench(measure);
