import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askProgram, figureOf } from './ask.ts';
import { figure } from './figure.ts';
import { measureParts } from './parts.ts';
import type { Part } from './parts.ts';

const code = process.exitCode;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-'));
});
afterEach(() => {
  process.exitCode = code;
  rmSync(folder, { recursive: true });
});

const good = (name: string): Part => ({
  figures: [name],
  measure: async () => [figure(name, 'ms', [1])],
});
const bad: Part = {
  figures: ['broken-ms'],
  measure: async () => {
    throw new Error('the lab did not come up');
  },
};

test('a part that breaks off leaves the others their figures, and is told', async () => {
  const { names, leftOut } = await measured([good('a-ms'), bad, good('b-ms')], undefined);
  expect(names).toEqual(['a-ms', 'b-ms']);
  expect(leftOut).toEqual({ 'broken-ms': 'broke off: the lab did not come up' });
  expect(process.exitCode).toBe(1);
});

test('what was not chosen is not measured, and is told', async () => {
  const { names, leftOut } = await measured([bad, good('b-ms')], 'b-');
  expect(names).toEqual(['b-ms']);
  expect(leftOut).toEqual({ 'broken-ms': 'not chosen' });
});

test('a program tells its progress as it goes, and its figures in the end', async () => {
  const figures = [{ name: 'x-ms', unit: 'ms', value: 3, max: 9, count: 4 }];
  const program = written(
    `console.error('half way'); console.log(${JSON.stringify(JSON.stringify({ figures }))}); process.exit(1)`,
  );
  const told: string[] = [];
  const answer = await askProgram(program, [], (line) => told.push(line));
  expect(told).toEqual(['half way']);
  expect(figureOf(answer, 'x-ms')).toEqual({ ...figures[0], value: undefined, ...shown });
  expect(() => figureOf(answer, 'y-ms')).toThrow('there is no figure y-ms');
});

const shown = { count: undefined, median: 3, min: 3, max: 9, runs: 4 };

test('a program without figures is an error with its last words', async () => {
  const program = written(`console.error('needs root'); process.exit(2)`);
  await expect(askProgram(program, ['--all'], () => {})).rejects.toThrow(
    /--all ended with 2 without figures: needs root/,
  );
});

async function measured(parts: readonly Part[], only: string | undefined) {
  const leftOut: Record<string, string> = {};
  const leaveOut = (name: string, why: string) => void (leftOut[name] = why);
  const figures = await measureParts(parts, { runs: 1, only, say: () => {}, leaveOut });
  return { names: figures.map(({ name }) => name), leftOut };
}

function written(text: string): string {
  const path = join(folder, 'program.mjs');
  writeFileSync(path, text);
  return path;
}
