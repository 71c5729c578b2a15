import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runScenario } from './testing/scenario.ts';

const directory = join(import.meta.dirname, '../../../scenarios/store');
const files = readdirSync(directory).filter((name) => name.endsWith('.txt'));

test('there are stories', () => {
  expect(files.length).toBeGreaterThan(10);
});

test.each(files)('%s', (name) => {
  const path = join(directory, name);
  const text = readFileSync(path, 'utf8');
  const now = runScenario(text);
  if (process.env['UPDATE'] === '1') writeFileSync(path, now);
  expect(now).toBe(readFileSync(path, 'utf8'));
});
