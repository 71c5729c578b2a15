/** Levelling the load, as a client asks for it. */
import { expect, it } from 'vitest';

import type { Balance } from '../core/balance/balance.ts';
import { readLoad } from '../core/balance/read.ts';
import {
  LOCAL,
  NOON,
  clone,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from '../core/view/testing/states.ts';
import { nodeName, resourceId, wallMs } from '../core/model/ids.ts';
import { read } from '../core/view/reading.ts';
import { routes } from './routes.ts';
import { testBackend } from './testing/backend.ts';

const SHARES = [
  { node: 'n1', now: { memory: 50 }, later: { memory: 25 } },
  { node: 'n2', now: { memory: 0 }, later: { memory: 25 } },
];
const move = { resource: 'a', from: 'n1', to: 'n2' };

function call(found: Partial<Balance>, nodes = SHARES) {
  const balance = { moves: [], refused: [], unsettled: [], ...found };
  const backend = testBackend(clusterOf([]), { balance: async () => ({ balance, nodes }) });
  const { signal } = new AbortController();
  return {
    backend,
    asked: { backend, params: {}, query: undefined, body: undefined, by: 'anna', signal },
  };
}

it('is suggested with how full the nodes are and would be, and sets nothing', async () => {
  const { backend, asked } = call({ moves: [move] });
  expect(await routes['GET /v1/balance'].handle(asked)).toEqual({
    moves: [move],
    nodes: SHARES,
    refused: [],
    text: '1 live move would level the load.',
  });
  expect(backend.commands).toEqual([]);
});

it('is done by moves that end by themselves', async () => {
  const { backend, asked } = call({ moves: [move] });
  expect(await routes['POST /v1/balance'].handle(asked)).toMatchObject({ text: '1 move begun.' });
  const [command] = backend.commands;
  expect(command).toMatchObject({
    kind: 'set-mark',
    mark: { kind: 'move', id: 'move:a', resource: 'a', to: 'n2', by: 'anna' },
  });
  const mark = command?.kind === 'set-mark' ? command.mark : undefined;
  expect(mark?.expiresAt).toBe((mark?.setAt ?? 0) + 30 * 60_000);
});

it('is refused where nothing says what it uses, or the cluster has something to do', async () => {
  const plain = call({}, [{ node: 'n1', now: {} as never, later: {} as never }]);
  await expect(routes['GET /v1/balance'].handle(plain.asked)).rejects.toThrow(
    'No resource says what it uses',
  );
  const busy = call({ unsettled: ['c'] });
  await expect(routes['POST /v1/balance'].handle(busy.asked)).rejects.toThrow('about to change c');
  expect(busy.backend.commands).toEqual([]);
});

it('says why nothing that would help may be moved', async () => {
  const because = 'the cluster would move it back, or elsewhere';
  const { asked } = call({ refused: [{ move, because }] });
  expect(await routes['GET /v1/balance'].handle(asked)).toMatchObject({
    text: 'Nothing that may move live makes the load more level.',
    refused: [`a does not go to n2: ${because}`],
  });
});

it('counts all that runs, and moves what can move live and nobody has placed', () => {
  const utilization = [{ id: 'u', score: 0, values: { memory: '100' } }];
  const vm = (id: string, more = {}) =>
    primitive(id, { agent: { class: 'vm', type: '' }, utilization, ...more });
  const plain = primitive('plain', { utilization });
  const meta = [{ id: 'm', score: 0, values: { 'is-managed': 'false' } }];
  const resources = [
    vm('a'),
    group('g', [vm('b'), vm('c')]),
    vm('moved'),
    vm('free', { meta }),
    plain,
    clone('all', vm('each')),
  ];
  const ids = ['a', 'b', 'c', 'moved', 'free', 'plain', 'each'];
  const runs = histories(...ids.map((id) => history(id, 'start 0')));
  const rest = histories(...ids.map((id) => history(id, 'monitor 7')));
  const attributes = { '#capacity': 'memory=4000 cpu=4' };
  const state = clusterOf(
    [
      node('n1', { history: runs, attributes }),
      node('n2', { history: rest, attributes }),
      node('n3', { history: rest, attributes, shutdownRequested: true }),
    ],
    {
      configuration: configured(resources),
      marks: {
        'move:moved': {
          kind: 'move',
          id: 'move:moved',
          resource: resourceId('moved'),
          to: nodeName('n1'),
          by: 'anna',
          setAt: wallMs(NOON),
        },
      },
    },
  );
  const { nodes, pieces } = readLoad(read(state, viewOf(['n1', 'n2', 'n3']), LOCAL));
  expect(nodes).toEqual([
    { node: 'n1', capacity: { memory: 4000, cpu: 4 }, used: { memory: 700 } },
    { node: 'n2', capacity: { memory: 4000, cpu: 4 }, used: {} },
  ]);
  expect(pieces).toEqual([
    { resource: 'a', node: 'n1', uses: { memory: 100 } },
    { resource: 'g', node: 'n1', uses: { memory: 200 } },
  ]);
});
