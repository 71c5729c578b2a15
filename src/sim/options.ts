/** The command line of `./dev sim`. */
import { parseArgs } from 'node:util';

export const usage = `usage: ./dev sim [--seed N] [--runs M] [--faults 0,3,4] [--no-shrink] [--story] [--json]
       ./dev sim --from N --to M [--story] [--json]
       ./dev sim --incident FILE
       ./dev sim mutants [--promised] [--json] [WORD...]

  --seed       the first run's seed, default 1; the next run has the next seed
  --runs       how many runs, default 1; the first that fails is made small and told, and ends it
  --from, --to instead: these seeds, both included; all that fail are named
  --faults     only these faults of the seed's plan, by number
  --no-shrink  leave the plan of a run that fails as it is
  --story      tell everything that happens
  --incident   what a daemon did, again (made by holdfast report --incident)
  --json       how it ended in one line, for a bench

mutants: plants bugs whose names have all the WORDs; each must be found within 2000 runs.
  --promised   only those that are promised by name
`;

export interface Options {
  readonly first: number;
  readonly runs: number;
  /** Go on after one that fails, and only name it. */
  readonly isSurvey: boolean;
  /** Numbers of the faults to keep; undefined: all. */
  readonly faults: ReadonlySet<number> | undefined;
  readonly shrinks: boolean;
  readonly story: boolean;
  readonly json: boolean;
  readonly incident: string | undefined;
  /** Plant bugs whose names have all these words; undefined: none. */
  readonly mutants: readonly string[] | undefined;
  readonly promised: boolean;
}

/** A text says what is wrong with the words. */
export function readOptions(words: readonly string[]): Options | string {
  try {
    return read(words);
  } catch (error) {
    return `sim: ${(error as Error).message}\n\n${usage}`;
  }
}

function read(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options });
  const [verb, ...names] = positionals;
  if (verb !== undefined && verb !== 'mutants') throw new Error(`unknown word "${verb}"`);
  const first = whole('--seed', values.from ?? values.seed);
  const to = values.to === undefined ? undefined : whole('--to', values.to);
  if (to !== undefined && to < first) throw new Error(`--to ${to} is before the first, ${first}`);
  return {
    first,
    runs: to === undefined ? whole('--runs', values.runs) : to - first + 1,
    isSurvey: to !== undefined,
    faults: values.faults === undefined ? undefined : numbers(values.faults),
    shrinks: !values['no-shrink'],
    story: values.story,
    json: values.json,
    incident: values.incident,
    mutants: verb === undefined ? undefined : names,
    promised: values.promised,
  };
}

const options = {
  seed: { type: 'string', default: '1' },
  runs: { type: 'string', default: '1' },
  from: { type: 'string' },
  to: { type: 'string' },
  incident: { type: 'string' },
  faults: { type: 'string' },
  story: { type: 'boolean', default: false },
  promised: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
} as const;

const numbers = (text: string): ReadonlySet<number> =>
  new Set(
    text
      .split(',')
      .filter(Boolean)
      .map((word) => whole('--faults', word)),
  );

function whole(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${option} must be a number, is "${text}"`);
}
