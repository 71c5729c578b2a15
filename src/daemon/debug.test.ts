import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { nodeName } from '../core/model/ids.ts';
import type { OperationResult } from '../core/model/operation.ts';
import { clusterOf, configured, primitive } from '../core/view/testing/states.ts';
import { createDebugger } from './debug.ts';
import type { DebuggerParts } from './debug.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-debug-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const parameters = [{ id: 'p', score: 0, values: { password: 'secret:db' } }];
const cluster = clusterOf([], { configuration: configured([primitive('web', { parameters })]) });
const secrets = { read: async () => 'geheim' };
const debuggerWith = (runner: DebuggerParts['runner']) =>
  createDebugger({ runner, secrets, self: nodeName('n1'), directory });

it('an operation in the foreground ends with whoever asked for it', async () => {
  let end: ((result: OperationResult) => void) | undefined;
  const debug = debuggerWith({
    run: () => new Promise((resolve) => (end = resolve)),
    cancel: async (operationId) =>
      end?.({ operationId, outcome: { kind: 'cancelled' }, durationMs: 3, output: 'half' }),
  });
  const gone = new AbortController();
  const foreground = { signal: gone.signal, onOutput: () => undefined };
  const result = debug(cluster, 'web', 'start', foreground);
  await new Promise((resolve) => setTimeout(resolve, 10));
  gone.abort();
  expect(await result).toMatchObject({ ok: false, outcome: 'cancelled', output: 'half' });
});

it('whole lines are told as they come, without secrets; nothing of them stays', async () => {
  const told: string[] = [];
  let file = '';
  const debug = debuggerWith({
    run: async ({ operationId }, path = '') => {
      file = path;
      expect(statSync(path).mode & 0o777).toBe(0o600);
      appendFileSync(path, 'connecting with geh');
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(told).toEqual([]);
      appendFileSync(path, 'eim\ndone');
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(told).toEqual(['connecting with [secret]\n']);
      const outcome = { kind: 'exited', exitCode: 0, exitReason: '' } as const;
      return { operationId, outcome, durationMs: 3, output: '' };
    },
    cancel: async () => undefined,
  });
  const foreground = {
    signal: new AbortController().signal,
    onOutput: (lines: string) => void told.push(lines),
  };
  expect(await debug(cluster, 'web', 'monitor', foreground)).toMatchObject({ ok: true });
  expect(told).toEqual(['connecting with [secret]\n', 'done\n']);
  expect(existsSync(file)).toBe(false);
});
