import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastWords } from './last-words.ts';

test('the last lines of the logs that there are', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-last-words-'));
  expect(lastWords(directory)).toBe('');
  mkdirSync(join(directory, 'log/holdfast'), { recursive: true });
  const lines = Array.from({ length: 20 }, (_, at) => `line ${String(at)}`);
  writeFileSync(join(directory, 'log/holdfast/holdfastd.log'), `${lines.join('\n')}\n`);
  const said = lastWords(directory).split('\n');
  expect(said).toHaveLength(9);
  expect(said[0]).toBe('the end of log/holdfast/holdfastd.log:');
  expect(said.at(-1)).toBe('  line 19');
  rmSync(directory, { recursive: true });
});
