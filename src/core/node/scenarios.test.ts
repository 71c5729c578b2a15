/**
 * The stories of scenarios/cluster: a whole cluster in virtual time. `UPDATE=1` writes what happens
 * now into the files.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runScenario } from './testing/scenario.ts';

const folder = new URL('../../../scenarios/cluster/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are scenarios', () => {
  expect(names.length).toBeGreaterThan(10);
});

test.each(names)('%s', (name) => {
  const path = new URL(name, folder);
  const story = readFileSync(path, 'utf8');
  const now = runScenario(story);
  if (process.env['UPDATE'] === '1') writeFileSync(path, now);
  expect(now).toBe(readFileSync(path, 'utf8'));
});

test('a story is the same in every run', () => {
  const story = readFileSync(new URL(names[0] ?? '', folder), 'utf8');
  expect(runScenario(story)).toBe(runScenario(story));
});
