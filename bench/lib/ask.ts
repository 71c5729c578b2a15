/** Programs that tell their progress on standard error, and at the end their figures in a line of JSON. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { figure } from './figure.ts';
import type { Figure } from './figure.ts';

export interface Answer {
  readonly [key: string]: unknown;
}

/**
 * The last line that a program of this repository prints; that it failed is said by its figures. What it
 * tells meanwhile is passed on. Throws when there is no such line.
 */
export async function askProgram(
  program: string,
  words: readonly string[],
  say: (line: string) => void,
): Promise<Answer> {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  let told = '';
  createInterface({ input: child.stdout }).on('line', (line) => (last = line));
  createInterface({ input: child.stderr }).on('line', (line) => say((told = line)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (last.startsWith('{')) return JSON.parse(last) as Answer;
  const how = `${program} ${words.join(' ')} ended with ${String(code ?? 'a signal')} without figures`;
  throw new Error(`${how}: ${told}`);
}

/** One of the `figures` in the answer; with `median` and `max` where it has them. */
export function figureOf({ figures }: Answer, name: string): Figure {
  const list = (figures ?? []) as readonly {
    readonly name: string;
    readonly unit: string;
    readonly value: number;
    readonly max?: number;
    readonly count?: number;
  }[];
  const found = list.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no figure ${name}`);
  const { value, unit, max = value, count = 1 } = found;
  return { ...figure(name, unit, [value]), max, runs: count };
}
