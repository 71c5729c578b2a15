/**
 * What needs no daemon, told in text: each file of scenarios/simulate holds some files (`--- NAME`)
 * and what commands print about them. `UPDATE=1` rewrites the answers.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { NOON } from '../core/view/testing/states.ts';
import { runCommand } from './testing/session.ts';
import type { Ended } from './testing/session.ts';
import { stories } from './testing/stories.ts';

const scenarios = join(import.meta.dirname, '../../scenarios/simulate');
const directory = mkdtempSync(join(tmpdir(), 'holdfast-offline-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Scenario {
  /** Everything before the first command, as it is. */
  readonly head: string;
  readonly files: ReadonlyMap<string, string>;
  readonly commands: readonly string[];
}

function parse(text: string): Scenario {
  const [head = '', ...rest] = text.split(/^(?=\$ )/m);
  const files = new Map<string, string>();
  for (const part of head.split(/^--- /m).slice(1)) {
    const end = part.indexOf('\n');
    files.set(part.slice(0, end), part.slice(end + 1).trimEnd() + '\n');
  }
  return { head, files, commands: rest.map((part) => part.split('\n')[0] ?? '') };
}

/** Every word that is the name of a file of the scenario becomes its path, and back in the answer. */
async function run(line: string, files: Scenario['files']): Promise<Ended> {
  const words = line.split(' ').slice(2);
  const given = words.map((word) => (files.has(word) ? join(directory, word) : word));
  const backend = stories['calm']?.();
  if (backend === undefined) throw new Error('there is no story "calm"');
  const { text, code } = await runCommand(backend, given, { now: NOON });
  return { text: text.replaceAll(`${directory}/`, ''), code };
}

async function play(text: string): Promise<string> {
  const { head, files, commands } = parse(text);
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
  let played = head;
  for (const line of commands) {
    const { text: answer, code } = await run(line, files);
    played += `${line}\n${answer.trimEnd()}\n${code === 0 ? '' : `[${code}]\n`}\n`;
  }
  return `${played.trimEnd()}\n`;
}

const names = readdirSync(scenarios).filter((name) => name.endsWith('.txt'));

it('has scenarios', () => {
  expect(names.length).toBeGreaterThan(2);
});

it.each(names)('%s', async (name) => {
  const path = join(scenarios, name);
  const text = readFileSync(path, 'utf8');
  const played = await play(text);
  if (process.env['UPDATE'] === '1') writeFileSync(path, played);
  expect(played).toBe(process.env['UPDATE'] === '1' ? played : text);
});

const example = join(import.meta.dirname, '../../examples/web.yaml');
const ask = (...words: readonly string[]): Promise<Ended> => {
  const backend = stories['calm']?.();
  if (backend === undefined) throw new Error('there is no story "calm"');
  return runCommand(backend, words, { now: NOON });
};
const json = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await ask(...words, '-o', 'json')).text) as Record<string, unknown>;

it('JSON has the actions and the states before and after', async () => {
  const decision = await json('simulate', '--config', example, '--now', '2026-07-01T12:00:00Z');
  expect(Object.keys(decision)).toEqual([
    'case',
    'actions',
    'order',
    'placement',
    'error',
    'now',
    'before',
    'after',
    'reasons',
    'unplaced',
    'heldUp',
    'findings',
    'nextChangeAt',
  ]);
  expect(decision['now']).toBe(Date.parse('2026-07-01T12:00:00Z'));
});

it('graphs are printed as dot and as SVG', async () => {
  const dot = await ask('simulate', '--config', example, '--format', 'dot');
  expect(dot.text).toMatch(/^digraph [^]*start address on n1[^]*}\n$/);
  const svg = await ask('simulate', '--config', example, '--format', 'svg');
  expect(svg.text).toMatch(/^<svg [^]*<\/svg>\n$/);
});

it('the live picture is asked of the daemon, and is of this moment', async () => {
  const decision = await json(
    'simulate',
    '--live',
    '--node-down',
    'n1',
    '--fail',
    'report',
    '--on',
    'n2',
  );
  expect(decision['case']).toBe('live');
  expect(decision['now']).toBeGreaterThanOrEqual(NOON);
  const reasons = JSON.stringify(decision['reasons']);
  expect(reasons).toContain('n1');
  expect(decision).toMatchObject({
    actions: expect.arrayContaining([
      expect.objectContaining({ op: 'stop', rsc: 'report', node: 'n2' }),
    ]) as unknown,
  });
});

it('a batch answers a line for each file, also for those that are none', async () => {
  const { files } = parse(readFileSync(join(scenarios, 'node-fails.txt'), 'utf8'));
  writeFileSync(join(directory, 'web.xml'), files.get('cib.xml') ?? '');
  const lines = [`${directory}/web.xml`, `${directory}/none.xml`, `${directory}/web.xml\tnoon`];
  writeFileSync(join(directory, 'list'), `${lines.join('\n')}\n`);
  const { text, code } = await ask('simulate', '--batch', join(directory, 'list'));
  const answers = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { case: string; error: string | null; placement: unknown });
  expect(code).toBe(0);
  expect(answers.map((one) => one.case)).toEqual(['web.xml', 'none.xml', 'web.xml']);
  expect(answers.map(({ error }) => error === null)).toEqual([true, false, false]);
  expect(answers[0]?.placement).toEqual([
    { rsc: 'web', node: 'n1', role: 'Started' },
    { rsc: 'power', node: 'n2', role: 'Started' },
  ]);
  expect((await ask('simulate', '--batch', '/nowhere')).code).toBe(5);
});

it('import and export give text and notes apart in JSON', async () => {
  const cib = await json('export', '--cib', '-f', example);
  writeFileSync(join(directory, 'web.xml'), String(cib['cib']));
  const imported = await json('import', join(directory, 'web.xml'));
  expect(imported['yaml']).toContain('agent: ocf:heartbeat:nginx');
  expect(imported['notes']).toEqual(expect.any(Array));
});

it('export --cib without a file is of the configuration in force', async () => {
  const backend = stories['calm']?.();
  if (backend === undefined) throw new Error('there is no story "calm"');
  const cluster = backend.cluster();
  const source = readFileSync(example, 'utf8');
  backend.change({ ...cluster, configuration: { ...cluster.configuration, source } });
  const { text, code } = await runCommand(backend, ['export', '--cib'], { now: NOON });
  expect(code).toBe(0);
  expect(text).toMatch(
    /^<cib [^]*<primitive id="server" class="ocf" provider="heartbeat"[^]*<\/cib>/,
  );
  backend.change({ ...cluster, configuration: { ...cluster.configuration, version: 0 } });
  const none = await runCommand(backend, ['export', '--cib'], { now: NOON });
  expect(none).toMatchObject({
    code: 5,
    text: expect.stringContaining('-f cluster.yaml') as string,
  });
});
