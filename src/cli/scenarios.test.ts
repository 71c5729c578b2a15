/**
 * What people see: each file of scenarios/cli holds one state of a cluster, described in its head,
 * and what commands print about it. `UPDATE=1` rewrites the answers.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { NOON } from '../core/view/testing/states.ts';
import { runCommand } from './testing/session.ts';
import { stories } from './testing/stories.ts';

process.env['TZ'] = 'UTC';

const directory = join(import.meta.dirname, '../../scenarios/cli');

/** Lines `$ holdfast …` are commands; `[10]` behind an answer is an exit code other than 0. */
async function play(text: string, name: string): Promise<string> {
  const story = stories[name];
  if (story === undefined) throw new Error(`${name}.txt has no state in testing/stories.ts`);
  const backend = story();
  const head = text.split('\n').filter((line) => line.startsWith('#'));
  const played = [...head];
  for (const line of text.split('\n')) {
    if (!line.startsWith('$ ')) continue;
    const words = line.slice(2).split(' ').slice(1);
    const { text: answer, code } = await runCommand(backend, words, { now: NOON + 5000 });
    played.push('', line, ...answer.trimEnd().split('\n'), ...(code === 0 ? [] : [`[${code}]`]));
  }
  return `${played.join('\n')}\n`;
}

const files = readdirSync(directory).filter((name) => name.endsWith('.txt'));

it('has scenarios, one for each state', () => {
  expect(files.map((name) => name.replace('.txt', '')).sort()).toEqual(Object.keys(stories).sort());
});

it.each(files)('%s', async (file) => {
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  const played = await play(text, file.replace('.txt', ''));
  if (process.env['UPDATE'] === '1') writeFileSync(path, played);
  expect(played).toBe(process.env['UPDATE'] === '1' ? played : text);
});

it.each(files)('%s fits 80 columns', (file) => {
  const text = readFileSync(join(directory, file), 'utf8');
  // Not ours: what was typed, and Commander's own lines.
  const ours = text.split('\n').filter((line) => !/^([#$]|error:)/.test(line));
  expect(ours.filter((line) => line.length > 80)).toEqual([]);
});
