import { randomBytes } from 'node:crypto';

import { expect, it, vi } from 'vitest';

import { applyCommand } from '../core/cluster/apply.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { nodeName } from '../core/model/ids.ts';
import { clusterOf, node, viewOf } from '../core/view/testing/states.ts';
import { Inquiry } from './inquiry.ts';
import type { NodeLoop } from './loop.ts';
import { Sayings } from './sayings.ts';

/** Daemons on one state: each is told of each change, and hears of it a turn later. */
function cluster(names: readonly string[]) {
  let state: ClusterState = clusterOf(names.map((name) => node(name)));
  const listeners = new Set<() => void>();
  const change = (next: ClusterState): void => {
    state = next;
    for (const listener of listeners) setImmediate(listener);
  };
  const loop = {
    get node() {
      return { cluster: state };
    },
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as NodeLoop;
  let count = 0;
  const daemon = (
    self: string,
    answer: (question: unknown) => Promise<unknown>,
    limitMs = 10_000,
  ) => {
    const sayings = new Sayings(
      {
        cluster: () => state,
        view: () => viewOf(names),
        submit: async (command) => {
          const sender = nodeName(self);
          const at = { epoch: 1, index: (count += 1), time: state.time, sender };
          const more = { dc: sender, quorate: true, members: [sender] };
          change(applyCommand(state, command, { ...at, ...more }).state);
          return { kind: 'applied', answer: undefined, index: count };
        },
      },
      self,
      loop,
    );
    return new Inquiry({ self, loop, sayings, answer, limitMs });
  };
  const attributes = (): readonly string[] =>
    Object.values(state.nodes).flatMap((one) => Object.keys(one.attributes));
  return { daemon, attributes, change, state: () => state };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

it('every node answers, and nothing of it is left in the state', async () => {
  const { daemon, attributes } = cluster(['n1', 'n2', 'n3']);
  const asked: unknown[] = [];
  const n1 = daemon('n1', async () => 1);
  daemon('n2', async (question) => {
    asked.push(question);
    return { many: 'x'.repeat(100_000) };
  });
  daemon('n3', () => Promise.reject(new Error('podman: no space left')));
  const { given, problems } = await n1.ask({ kind: 'search' });
  expect(asked).toEqual([{ kind: 'search' }]);
  expect(Object.fromEntries(given)).toEqual({ n1: 1, n2: { many: 'x'.repeat(100_000) } });
  expect(problems).toEqual(['n3: podman: no space left']);
  await vi.waitFor(() => expect(attributes()).toEqual([]), { timeout: 5000 });
});

it('who does not answer is named after the time', async () => {
  const { daemon } = cluster(['n1', 'n2', 'n3']);
  const n1 = daemon('n1', async () => 1, 30);
  daemon('n3', () => new Promise(() => undefined));
  const { given, problems } = await n1.ask('?');
  expect([...given.keys()]).toEqual(['n1']);
  expect(problems.map((text) => text.slice(0, 17))).toEqual([
    'n2 did not answer',
    'n3 did not answer',
  ]);
});

it('questions of several nodes at one time, and of one after the other, get their own answers', async () => {
  const { daemon } = cluster(['n1', 'n2']);
  const own = (name: string) => async (question: unknown) => `${name} ${String(question)}`;
  const [n1, n2] = [daemon('n1', own('a')), daemon('n2', own('b'))];
  const all = await Promise.all([n1.ask(1), n1.ask(2, ['n2']), n2.ask(3)]);
  expect(all.map(({ given }) => Object.fromEntries(given))).toEqual([
    { n1: 'a 1', n2: 'b 1' },
    { n2: 'b 2' },
    { n1: 'a 3', n2: 'b 3' },
  ]);
});

it('an answer that is too long is a problem with a word of advice, and questions have a limit', async () => {
  const { daemon } = cluster(['n1']);
  const noise = randomBytes(900_000).toString('base64');
  const n1 = daemon('n1', async (question) => (question === 'all' ? noise : 1));
  expect((await n1.ask('all')).problems).toEqual([expect.stringContaining('ask for a part')]);
  await expect(n1.ask(noise)).rejects.toThrow('too long');
  const many = Array.from({ length: 9 }, () => n1.ask('?'));
  await expect(many.at(-1)).rejects.toThrow('wait already');
  await Promise.all(many.slice(0, 8));
});

it('an attribute that somebody has set by hand harms nobody', async () => {
  const { daemon, change, state } = cluster(['n1', 'n2']);
  const n1 = daemon('n1', async () => 1);
  daemon('n2', async (question) => question ?? 'nothing');
  const broken = {
    ...state().nodes[nodeName('n2')]!,
    attributes: { '#ask': 'x y', '#answer:n1': 'z' },
  };
  change({ ...state(), nodes: { ...state().nodes, [broken.name]: broken } });
  await settled();
  expect(Object.fromEntries((await n1.ask(7)).given)).toEqual({ n1: 1, n2: 7 });
});
