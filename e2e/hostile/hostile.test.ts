/** A short run of `./dev hostile`, and that it would notice what it looks for. */
import { expect, test } from 'vitest';

import { step } from '../../src/core/node/node.ts';
import type { NodeState } from '../../src/core/node/state.ts';
import { hurlRequests } from './api.ts';
import { hurlMessages } from './messages.ts';
import type { StepFunction } from './messages.ts';
import { OPERATIONS } from './requests.ts';

const MESSAGES = 1500;

test('messages of any kind are taken or refused, and no node fails', () => {
  const report = hurlMessages(1, MESSAGES);
  expect(report.failures).toEqual([]);
  const reasons = ['checksum', 'command', 'newer-version', 'parts', 'replayed', 'shape'];
  expect(Object.keys(report.refused)).toEqual(
    expect.arrayContaining([...reasons, 'not-a-frame', 'not-json', 'stranger', 'truncated']),
  );
});

const withReplica = (node: NodeState, more: Partial<NodeState['replica']>): NodeState => ({
  ...node,
  replica: { ...node.replica, ...more },
});

const PLANTED: Readonly<Record<string, StepFunction>> = {
  'a message that throws': (node, input, clocks) => {
    const isWord = input.kind === 'engine' && input.event.kind === 'engine-message';
    if (isWord && input.event.text.includes('constructor')) throw new Error('no such thing');
    return step(node, input, clocks);
  },
  'replays that are taken': (node, input, clocks) =>
    step(withReplica(node, { newestNumbers: {} }), input, clocks),
  'refusals that nobody counts': (node, input, clocks) => {
    const done = step(node, input, clocks);
    return { ...done, node: withReplica(done.node, { refused: node.replica.refused }) };
  },
};

test.each(Object.keys(PLANTED))('%s would be noticed', (name) => {
  expect(hurlMessages(1, MESSAGES, PLANTED[name]).failures).not.toEqual([]);
});

test('requests of any kind are answered or ended, to the writing and the reading server', async () => {
  expect(OPERATIONS.length).toBeGreaterThan(30);
  const report = await hurlRequests(1, 1500, 'write');
  expect(report.failures).toEqual([]);
  expect(report.commands).toBeGreaterThan(20);
  const { refused } = report;
  expect(refused['not-http']).toBeGreaterThan(10);
  expect(refused['bad-request']).toBeGreaterThan(10);
  const read = await hurlRequests(1, 500, 'read');
  expect(read.failures).toEqual([]);
  expect(read.refused['not-allowed']).toBeGreaterThan(10);
});

test('a handler that throws would be noticed', async () => {
  const metrics = (): never => {
    throw new Error('no figures');
  };
  const { failures } = await hurlRequests(1, 500, 'write', { metrics });
  expect(failures.map(({ why }) => why)).toEqual(
    expect.arrayContaining([expect.stringContaining('no figures')]),
  );
});
