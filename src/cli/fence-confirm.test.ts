import { expect, it, vi } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import { nodeName } from '../core/model/ids.ts';
import { NOON, clusterOf, node } from '../core/view/testing/states.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';

const asked = vi.hoisted((): string[] => []);

/** Somebody goes to the machine, looks, and comes back to say yes. */
vi.mock('./ask.ts', async (original) => ({
  ...(await original<object>()),
  mustAgree: (question: string) => {
    asked.push(question);
    return Promise.resolve();
  },
}));

it('sends the life of the node that was asked about', async () => {
  const cluster = clusterOf([node('n1'), node('n2', { condition: 'lost' })]);
  const backend = testBackend(cluster);
  const { code } = await runCommand(backend, ['fence', 'confirm', 'n2'], { now: NOON });
  expect(code).toBe(EXIT.ok);
  const { incarnation } = cluster.nodes[nodeName('n2')]!;
  expect(incarnation).not.toBe('');
  expect(backend.commands).toEqual([
    expect.objectContaining({ kind: 'fence-confirm', node: 'n2', incarnation }),
  ]);
});

it('says what is risked before anything is confirmed', async () => {
  asked.length = 0;
  const cluster = clusterOf([node('n1'), node('n2', { condition: 'lost' })]);
  await runCommand(testBackend(cluster), ['fence', 'confirm', 'n2'], { now: NOON });
  expect(asked).toEqual([
    expect.stringMatching(/If n2 still runs.*started a second time, which can destroy data/),
  ]);
});
