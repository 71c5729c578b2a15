import { expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import {
  NOON,
  action,
  chain,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
} from '../core/view/testing/states.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit.ts';
import { Failure } from './failure.ts';
import { runCommand } from './testing/session.ts';
import { PLAIN } from './terminal.ts';
import { waitUntilSettled } from './wait.ts';

const configuration = configured([primitive('web')]);
const stopped = clusterOf([node('n1', { history: histories(history('web', 'monitor 7')) })], {
  configuration,
});

/** What the cluster makes of a command, a moment later. */
function after(change: (cluster: ClusterState) => ClusterState) {
  const backend = testBackend(stopped);
  return {
    ...backend,
    submit: async (command: Parameters<typeof backend.submit>[0]) => {
      const reply = await backend.submit(command);
      const starting = chain([action('start web n1', 0), 'ready']);
      setTimeout(() => backend.change({ ...backend.cluster(), transition: starting }), 10);
      setTimeout(() => backend.change(settled(change(backend.cluster()))), 250);
      return reply;
    },
  };
}

const settled = (cluster: ClusterState): ClusterState => ({
  ...cluster,
  transition: undefined,
  decision: { ...cluster.decision, answered: cluster.decision.wanted },
});

const withHistory = (...records: readonly string[]) =>
  after((cluster) => ({
    ...cluster,
    nodes: { n1: node('n1', { history: histories(history('web', ...records)) }) } as never,
  }));

it('tells what is under way, and ends when it runs', async () => {
  const words = ['resource', 'restart', 'web', '--wait'];
  const { text, code } = await runCommand(withHistory('start 0'), words, { now: NOON });
  expect(code).toBe(EXIT.ok);
  expect(text).toContain('start web on n1 …');
});

it.each([
  [true, EXIT.ok],
  [false, EXIT.unreachable],
])('a daemon that has ended at once: it was to end: %s', async (untilItEnds, code) => {
  const gone = async function* (): AsyncGenerator<never> {
    yield await Promise.reject(new Failure(EXIT.unreachable, 'it does not run'));
  };
  const context = { client: { follow: gone } } as unknown as Context;
  const wait = { timeoutMs: 1000, expectation: () => [], untilItEnds };
  const ended = waitUntilSettled(context, wait).catch((error: Failure) => error.code);
  expect(await ended).toBe(code);
});

it('ends with 10 and the reason when it does not run', async () => {
  const words = ['resource', 'restart', 'web', '--wait'];
  const backend = withHistory('start 1 no disk');
  const { text, code } = await runCommand(backend, words, { now: NOON });
  expect(code).toBe(EXIT.failed);
  expect(text).toContain('web does not run as wanted: The start of web on n1 exited 1 (error)');
  expect(text).toContain('→ mend the cause');
});

const off = [{ id: 'meta', score: 0, values: { 'target-role': 'Stopped' } }];
const web = primitive('web');
const webIsOff = primitive('web', { meta: off });

it.each([
  ['what it has stopped is stopped', [webIsOff], 'monitor 7', EXIT.ok],
  ['so it is of a group', [group('site', [webIsOff])], 'monitor 7', EXIT.ok],
  ['what it has stopped and what does not start', [webIsOff, primitive('app')], '', EXIT.failed],
  ['both in a group', [group('site', [webIsOff, primitive('app')])], '', EXIT.failed],
  ['what does not start', [web], 'start 1 no disk', EXIT.failed],
  ['what cannot be stopped', [webIsOff], 'stop 1 no disk', EXIT.failed],
] as const)('a configuration is in force: %s', async (_, resources, operation, code) => {
  const { model } = configured([...resources]);
  const own = operation === '' ? 'monitor 7' : operation;
  const found = histories(history('web', own), history('app', 'start 1 no disk'));
  const n1 = node('n1', { history: found });
  const backend = testBackend(clusterOf([n1], { configuration }), {
    checkConfiguration: async () => ({ configuration: model, findings: [] }),
  });
  const submit: typeof backend.submit = async (command) => {
    const reply = await backend.submit(command);
    backend.change(settled(backend.cluster()));
    return reply;
  };
  const words = ['apply', '--yes', '-f', import.meta.filename, '--wait'];
  const ended = await runCommand({ ...backend, submit }, words, { now: NOON });
  expect(ended).toMatchObject({ code });
});

it('ends with 9 when the time is over, and says what is still under way', async () => {
  const words = ['resource', 'stop', 'web', '--wait', '--timeout', '100ms'];
  const { text, code } = await runCommand(testBackend(stopped), words, { now: NOON });
  expect(code).toBe(EXIT.timeout);
  expect(text).toContain('has not settled within 100 ms; under way: decide what to');
});

it('says whose progress it is where several move at once', async () => {
  const transfer = { stage: 'memory', percent: 42, sentBytes: 0, leftBytes: 0, bytesPerSecond: 0 };
  const step = (text: string) => ({ text, transfer: { ...transfer, dirtyBytesPerSecond: 0 } });
  const both = [step('migrate a from n1 to n2'), step('migrate b from n1 to n3')];
  const states = async function* () {
    yield await Promise.resolve({ settled: false, underWay: both });
    yield { settled: false, underWay: both.slice(0, 1) };
    yield { settled: true, underWay: [] };
  };
  const lines: string[] = [];
  const context = {
    client: { follow: states },
    terminal: { note: (text: string) => lines.push(text.trimEnd()) },
    look: { style: PLAIN, columns: 80 },
  } as unknown as Context;
  await waitUntilSettled(context, { timeoutMs: 1000, expectation: () => [] });
  const told = lines.filter((line) => line.includes('%')).map((line) => line.split(' %')[0]);
  expect(told).toEqual([
    '    migrate a from n1 to n2: 42',
    '    migrate b from n1 to n3: 42',
    '    42',
  ]);
});
