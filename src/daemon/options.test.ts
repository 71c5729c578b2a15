import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { checkOptions, parseInvocation, readSettings } from './options.ts';

const wrong = (text: string): unknown =>
  expect.objectContaining({ code: 2, message: expect.stringContaining(text) });

it('takes the command line over the file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-options-'));
  const file = join(directory, 'holdfastd.yaml');
  writeFileSync(file, 'heartbeat: 500ms\nstate: /srv/a\noperations-max: 7\n');
  const invocation = parseInvocation(['--config', file, '--state', '/srv/b']);
  if (invocation.kind !== 'run') throw new Error('no run');
  const settings = { ...(await readSettings(invocation.file)), ...invocation.flags };
  expect(checkOptions(settings, true)).toMatchObject({
    engine: 'corosync',
    stateDirectory: '/srv/b',
    heartbeatMs: 500,
    operationsMax: 7,
    daemonGraceMs: 30_000,
  });
  rmSync(directory, { recursive: true });
});

it('chooses Corosync where it is configured, and never the local engine by itself', () => {
  expect(checkOptions({}, true).engine).toBe('corosync');
  expect(() => checkOptions({}, false)).toThrow(wrong('--engine local'));
});

it.each([
  [{ engine: 'etcd' }, 'the setting "engine" cannot be "etcd"'],
  [{ engine: 'local' }, 'the setting "name" is missing'],
  [{ heartbeat: 'often' }, 'the setting "heartbeat" cannot be "often"'],
  [{ heartbeat: '1ms' }, 'at least 100ms'],
  [{ 'operations-max': '0' }, 'a whole number from 1'],
  [{ run: `/run/${'x'.repeat(60)}` }, 'the setting "run" is longer than 50 bytes'],
  [{ 'log-level': 'loud' }, 'debug, info, warn or error'],
  [{ hartbeat: '1s' }, 'the setting "hartbeat" is not a setting'],
])('refuses %j', (settings, text) => {
  expect(() => checkOptions(settings as Record<string, string>, true)).toThrow(wrong(text));
});

it('refuses flags that it does not know, and files that it cannot read', async () => {
  expect(() => parseInvocation(['--stat', '/srv'])).toThrow(wrong('--stat'));
  await expect(readSettings('/nowhere.yaml')).rejects.toThrow(wrong('/nowhere.yaml'));
});
