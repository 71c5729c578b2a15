import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { findingsIn, projectOf } from './tools.ts';

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

function functionOf(statements: number): string {
  return `export function long(log: (n: number) => void): void {\n${lines(statements, '  log(1);')}}\n`;
}

test('a file has at most 500 lines, a function 70', async () => {
  const project = projectOf('allowed');
  const write = (name: string, text: string): void =>
    writeFileSync(join(project, 'src/host', name), text);
  mkdirSync(join(project, 'src/host'), { recursive: true });
  write('file-500.ts', `${lines(499, '// a line')}export const end = 1;\n`);
  write('file-501.ts', `${lines(500, '// a line')}export const end = 1;\n`);
  write('function-70.ts', functionOf(68));
  write('function-71.ts', functionOf(69));
  expect(await findingsIn(project)).toEqual([
    'src/host/file-501.ts: lint: eslint(max-lines)',
    'src/host/function-71.ts: lint: eslint(max-lines-per-function)',
  ]);
  rmSync(project, { recursive: true });
});
