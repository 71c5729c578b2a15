import { expect, it } from 'vitest';

import type { StoryEvent } from '../core/cluster/story.ts';
import type { AgentName } from '../core/model/operation.ts';
import { nodeName, resourceId, wallMs } from '../core/model/ids.ts';
import { clusterOf, configured, primitive } from '../core/view/testing/states.ts';
import { createLogReader, logsOf } from './logs.ts';

const agent = (name: string): AgentName => ({ class: name, provider: '', type: '' });
const web = primitive('web', { agent: agent('command') });
const db = primitive('db', { agent: { class: 'ocf', provider: 'heartbeat', type: 'pgsql' } });
const failed = (number: number, node: string): StoryEvent => ({
  kind: 'action',
  severity: 'error',
  text: `start of db on ${node}: exited 1`,
  operation: 'start',
  outcome: 'exited 1',
  durationMs: 1,
  output: `no disk ${String(number)}\nno space`,
  node: nodeName(node),
  resource: resourceId('db'),
  number,
  time: wallMs(number),
});
const story = [1, 2, 3, 4, 5, 6].map((number) => failed(number, number % 2 === 0 ? 'n2' : 'n1'));
const cluster = clusterOf([], { story, configuration: configured([web, db]) });

it('who has processes is asked, and who has nothing to tell beside others is left out', async () => {
  const asked: unknown[] = [];
  const answers: Record<string, string> = { n1: '', n2: 'hello' };
  const ask = async (question: unknown, nodes: readonly string[] = ['n1', 'n2']) => {
    asked.push(question);
    return { given: new Map(nodes.map((node) => [node, answers[node]])), problems: ['n3: no'] };
  };
  const all = await logsOf(cluster, ask, 'web', { lines: 7 });
  const n2 = { node: 'n2', what: 'what it has printed', text: 'hello' };
  expect(all).toEqual({ resource: 'web', parts: [n2], problems: ['n3: no'] });
  expect(asked).toEqual([{ kind: 'logs', resource: 'web', lines: 7 }]);
  const one = await logsOf(cluster, ask, 'web', { lines: 7, nodes: ['n1'] });
  expect(one.parts).toMatchObject([{ node: 'n1', text: '' }]);
});

it('of an agent that leaves printing to others, what its last operations said, without asking', async () => {
  const ask = () => Promise.reject(new Error('nobody is asked'));
  const { parts } = await logsOf(cluster, ask, 'db', { lines: 1 });
  expect(parts).toHaveLength(5);
  expect(parts[0]).toEqual({ node: 'n2', what: 'start of db on n2: exited 1', text: 'no space' });
  const wish = { lines: 2, nodes: ['n1'] };
  const { parts: own } = await logsOf(cluster, ask, 'db', wish);
  expect(own.map(({ text }) => text)).toEqual(
    [1, 3, 5].map((n) => `no disk ${String(n)}\nno space`),
  );
});

it('no escape sequence gets to the terminal of who asks', async () => {
  const output =
    'one\n\u001b]0;title\u0007\u001b[2J\u001b[1;31mtwo\u001b[0m\r\n\tthree\u009b5n\n\n';
  const outcome = { kind: 'exited', exitCode: 0, exitReason: '' } as const;
  const run = async () => ({ operationId: '', outcome, durationMs: 1, output });
  const read = createLogReader({ runner: { run }, self: nodeName('n1'), cluster: () => cluster });
  const ask = (lines: number) => read({ kind: 'logs', resource: 'web', lines });
  expect(await ask(9)).toBe('one\ntwo\n\tthree5n');
  expect(await ask(2)).toBe('two\n\tthree5n');
  const missing = { kind: 'not-run', exitCode: 5, reason: 'no journalctl' } as const;
  const not = async () => ({ operationId: '', outcome: missing, durationMs: 1, output: '' });
  const cannot = createLogReader({
    runner: { run: not },
    self: nodeName('n1'),
    cluster: () => cluster,
  });
  await expect(cannot({ kind: 'logs', resource: 'web', lines: 1 })).rejects.toThrow('journalctl');
});
