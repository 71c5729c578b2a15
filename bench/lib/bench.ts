import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

export interface BenchOptions {
  /** How often each figure is measured; undefined: as often as the bench finds fit. */
  readonly runs: number | undefined;
  /** Only figures whose name contains this; a bench may skip the work for the others. */
  readonly only: string | undefined;
  /** Progress for people; goes to standard error. */
  readonly say: (line: string) => void;
  /** A figure of this bench that is not measured, and why; stands beside the figures. */
  readonly leaveOut: (name: string, why: string) => void;
}

/** Measures and answers its figures. Every file of bench/ exports one as `measure`. */
export type Bench = (options: BenchOptions) => Promise<readonly Figure[]>;

/**
 * The command line of a bench: `[--json] [--runs N] [--only TEXT]`. Prints a table, or with --json
 * `{ "figures": [{ "name", "unit", "median", "min", "max", "runs" }] }`, and `"leftOut": { NAME: WHY }`
 * where the bench says what it has left out. Call it when the file is the program:
 * `if (import.meta.main) await runBench(measure);`
 */
export async function runBench(measure: Bench, words = process.argv.slice(2)): Promise<void> {
  const read = readWords(words);
  if (typeof read === 'string') {
    process.stderr.write(read);
    process.exitCode = 2;
    return;
  }
  const { json, only, runs } = read;
  const leftOut: Record<string, string> = {};
  const figures = await measure({
    runs,
    only,
    say: (line) => process.stderr.write(`${line}\n`),
    leaveOut: (name, why) => void (leftOut[name] = why),
  });
  const shown = figures.filter(({ name }) => name.includes(only ?? ''));
  const missing = Object.entries(leftOut);
  const answer = { figures: shown, ...(missing.length === 0 ? {} : { leftOut }) };
  const lines = missing.map(([name, why]) => `left out: ${name} (${why})\n`);
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : table(shown) + lines.join(''));
}

const usage = `usage: ./dev bench NAME [--only TEXT] [--runs N] [--json]

  --only  figures whose name contains this
  --runs  how often each is measured
  --json  { "figures": […] } on standard output
`;

interface Wanted extends Pick<BenchOptions, 'runs' | 'only'> {
  readonly json: boolean;
}

/** A text says what is wrong with the words. */
export function readWords(words: readonly string[]): Wanted | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        json: { type: 'boolean', default: false },
        runs: { type: 'string' },
        only: { type: 'string' },
      },
    });
    const runs = values.runs === undefined ? undefined : positive(values.runs);
    return { json: values.json, only: values.only, runs };
  } catch (error) {
    return `bench: ${(error as Error).message}\n${usage}`;
  }
}

/** For people: one line for each figure, columns aligned. */
export function table(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'median', 'min', 'max', 'unit', 'runs'],
    ...figures.map((f) => [f.name, ...[f.median, f.min, f.max].map(short), f.unit, short(f.runs)]),
  ];
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const pad = (cell: string, at: number) =>
    at === 0 ? cell.padEnd(widths?.[at] ?? 0) : cell.padStart(widths?.[at] ?? 0);
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

function short(value: number): string {
  return String(value >= 100 ? Math.round(value) : value);
}

function positive(word: string): number {
  const runs = Number(word);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs ${word}: give a number from 1 on`);
  return runs;
}
