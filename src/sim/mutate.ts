/** Runs the checks on copies of the source with one planted bug each, and expects them to fail. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Change, Mutant } from './mutant.ts';

const source = join(import.meta.dirname, '..');
const copies = join(source, '../.cache/mutants');

const vitest = join(source, '../node_modules/vitest/vitest.mjs');
/** Within so many runs whole nodes must catch each. */
const runs = ['src/sim/main.ts', '--seed', '1', '--runs', '2000', '--no-shrink'];

/** The program that must fail in the copy. */
export const checksOf = ({ caughtBy }: Mutant): readonly string[] =>
  caughtBy === 'nodes' ? runs : [vitest, 'run', '--root', '.', `src/core/${caughtBy}`];

export interface Caught {
  readonly mutant: Mutant;
  readonly isCaught: boolean;
  /** Lines that tell what was found wrong. */
  readonly told: readonly string[];
  /** What the check said. */
  readonly words: string;
}

/** Throws when the text to change is not there exactly once: the list must follow the code. */
export function tryMutant(mutant: Mutant, command: readonly string[]): Caught {
  const copy = join(copies, String(process.pid));
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  try {
    cpSync(source, join(copy, 'src'), { recursive: true });
    cpSync(join(source, '../scenarios'), join(copy, 'scenarios'), { recursive: true });
    for (const change of mutant.changes) plant(mutant.name, change, join(copy, 'src'));
    const run = spawnSync(process.execPath, command, {
      cwd: copy,
      encoding: 'utf8',
      timeout: 1_800_000,
      maxBuffer: 1 << 26,
    });
    const words = stripVTControlCharacters(`${run.stdout}${run.stderr}`).trim();
    const told = toldIn(mutant, words);
    const hasFailed = run.status !== 0 && run.signal === null;
    return { mutant, isCaught: hasFailed && isTold(mutant, told), told, words };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** `seed 4: two active copies: …` of whole nodes; of the store each test that failed, with why. */
function toldIn({ caughtBy }: Mutant, words: string): readonly string[] {
  const lines = words.split('\n').map((line) => line.trim());
  if (caughtBy === 'nodes') return lines.filter((line) => /^seed \d+: /.test(line));
  return lines.flatMap((line, at) => {
    if (!line.startsWith('FAIL ')) return [];
    const why = lines.slice(at).find((next) => !next.startsWith('FAIL '));
    return [`${line}: ${why ?? ''}`];
  });
}

/** A program that breaks was not only made wrong: the checks need not have seen it. */
const CRASH = /: (TypeError|ReferenceError|SyntaxError|RangeError)\b/;

const isTold = ({ says }: Mutant, told: readonly string[]): boolean =>
  told.some((line) => says.test(line) && !CRASH.test(line));

function plant(name: string, change: Change, directory: string): void {
  const path = join(directory, change.file);
  const parts = readFileSync(path, 'utf8').split(change.find);
  if (parts.length !== 2) {
    throw new Error(
      `mutant "${name}": its text occurs ${parts.length - 1} times in ${change.file}`,
    );
  }
  writeFileSync(path, parts.join(change.replace));
}
