/** The command line of `./dev chaos`. */
import { parseArgs } from 'node:util';
import { drawEquipment, drawNodes, equipmentKinds } from './plan.ts';
import type { Equipment } from './plan.ts';
import { chosenTests, clusterTests } from './suite/catalogue.ts';
import type { ClusterTest } from './suite/catalogue.ts';

export const usage = `usage: ./dev chaos [--seed N] [--for 5m | --faults 500] [--nodes 3..5] [--with WHAT] [--rounds 0,4,7]
                   [--json]
       ./dev chaos --tests [NAME,NAME] [--seed N] [--nodes 3..5] [--json]

  --seed     chooses the faults (1)
  --for      how long they go on: 90s, 5m, 1h (2m); the cluster then gets two minutes to be whole
  --faults   instead: how many, each kind about as often as any other
  --nodes    3 to 5; else the seed chooses (--tests: 3)
  --with     watchdog: each machine has one, whose feeder is killed (the lab's: there is no kernel to reset);
             qdevice: a quorum device, whose daemons are killed and whose server is cut off;
             watchdog,qdevice: both; none; else the seed chooses (--tests: none)
  --rounds   only these rounds of the seed
  --tests    instead of chance: tests by name, all of them unless some are given
  --json     { "figures": […], "kinds": {…} } or { "figures": […], "tests": […] } on standard output

Needs root. Logs, ledgers and stories stay in .cache/chaos/SEED, or .cache/chaos/tests. Ends with 1
when anything ran twice, an acknowledged change is missing, the cluster did not recover, or a test failed.
`;

export interface Options {
  readonly seed: number;
  readonly nodes: number;
  readonly equipment: readonly Equipment[];
  readonly json: boolean;
  readonly forMs: number;
  /** End after so many; undefined: when the time is over. */
  readonly faults: number | undefined;
  readonly rounds: readonly number[] | undefined;
  /** Carry these out instead of faults; undefined: faults. */
  readonly tests: readonly ClusterTest[] | undefined;
}

/** Answers what is wrong, where something is. */
export function parse(words: readonly string[]): Options | string {
  try {
    return read(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Faults that are counted have no other limit than this. */
const faultsForMs = 24 * 3_600_000;

function read(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: words.map((word, at) => (isBare(words, at) ? '--tests=' : word)),
    options: {
      seed: { type: 'string', default: '1' },
      for: { type: 'string' },
      faults: { type: 'string' },
      nodes: { type: 'string' },
      with: { type: 'string' },
      rounds: { type: 'string' },
      tests: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = whole('--seed', values.seed, 0, 1_000_000_000);
  const faults =
    values.faults === undefined ? undefined : whole('--faults', values.faults, 1, 100_000);
  const tests = values.tests === undefined ? undefined : testsOf(values.tests);
  const drawn = tests === undefined ? drawNodes(seed) : 3;
  const equipment = tests === undefined ? drawEquipment(seed) : [];
  const forWord = values.for ?? (faults === undefined ? '2m' : undefined);
  return {
    seed,
    nodes: values.nodes === undefined ? drawn : whole('--nodes', values.nodes, 3, 5),
    equipment: values.with === undefined ? equipment : equipmentOf(values.with),
    json: values.json,
    forMs: forWord === undefined ? faultsForMs : duration(forWord),
    faults,
    rounds: values.rounds?.split(',').map((word) => whole('--rounds', word, 0, 1_000_000)),
    tests,
  };
}

/** `--tests` alone: no name follows. */
function isBare(words: readonly string[], at: number): boolean {
  return words[at] === '--tests' && (words[at + 1] ?? '--').startsWith('--');
}

function testsOf(names: string): readonly ClusterTest[] {
  return names === '' ? clusterTests : chosenTests(names.split(','));
}

const isEquipment = (word: string): word is Equipment => Object.hasOwn(equipmentKinds, word);

function equipmentOf(word: string): readonly Equipment[] {
  const words = word === 'none' ? [] : word.split(',');
  const unknown = words.find((each) => !isEquipment(each));
  if (unknown === undefined) return [...new Set(words.filter(isEquipment))];
  const known = Object.keys(equipmentKinds).join(', ');
  throw new Error(`--with must be none or some of ${known}, separated by commas, is "${word}"`);
}

function whole(option: string, word: string, min: number, max: number): number {
  const value = /^\d+$/.test(word) ? Number(word) : -1;
  if (value >= min && value <= max) return value;
  throw new Error(`${option} must be a number from ${String(min)} to ${String(max)}, is "${word}"`);
}

function duration(word: string): number {
  const [, count, unit] = /^(\d+)(s|m|min|h)$/.exec(word) ?? [];
  const factor = unit === 's' ? 1000 : unit === 'h' ? 3_600_000 : 60_000;
  if (count !== undefined && Number(count) > 0) return Number(count) * factor;
  throw new Error(`--for must be a time such as 90s, 5m or 1h, is "${word}"`);
}
