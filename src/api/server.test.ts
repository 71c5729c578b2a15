import { expect, it, describe } from 'vitest';

import type { ClusterState, NodeRecord } from '../core/cluster/state.ts';
import { CLOCK_ATTRIBUTE } from '../core/model/attributes.ts';
import { nodeName, wallMs } from '../core/model/ids.ts';
import {
  NOON,
  action,
  clone,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
} from '../core/view/testing/states.ts';
import type { StatusView } from '../core/view/types.ts';
import { routes } from './routes.ts';
import { plainFenceDevice } from '../core/model/testing/fence-device.ts';
import { createApi } from './server.ts';
import type { AccessRole } from './route.ts';
import { testBackend } from './testing/backend.ts';
import type { TestBackend } from './testing/backend.ts';

const cluster = clusterOf(
  [
    node('n1', { history: histories(history('web', 'start 0'), history('ip', 'start 0')) }),
    node('n2'),
  ],
  {
    configuration: configured([
      group('site', [primitive('ip'), primitive('web')]),
      clone('db-clone', primitive('db'), true),
    ]),
  },
);

/** What the tests look at in answers. */
interface Answer {
  readonly text: string;
  readonly code: string;
  readonly mark: unknown;
  readonly findings: unknown;
  readonly actions: readonly { readonly text: string; readonly after: readonly number[] }[];
}

function client(backend: TestBackend, access: AccessRole = 'write') {
  const errors: unknown[] = [];
  const app = createApi({ backend, access, onError: (error) => errors.push(error) });
  return async (key: string, body?: unknown, headers: Record<string, string> = {}) => {
    const [method = 'GET', path = ''] = key.split(' ');
    const response = await app.request(path, {
      method,
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, answer: JSON.parse(text) as Answer, errors };
  };
}

describe('reading', () => {
  it('answers a status that fits its schema', async () => {
    const { status, answer } = await client(testBackend(cluster))('GET /v1/status');
    expect(status).toBe(200);
    const view = routes['GET /v1/status'].answer.parse(answer) as StatusView;
    expect(view.resources.map(({ id }) => id)).toEqual(['site', 'db-clone']);
  });

  it('answers reasons for a member of a group, and suggests near names', async () => {
    const call = client(testBackend(cluster));
    const { answer } = await call('GET /v1/why/web');
    expect(routes['GET /v1/why/{resource}'].answer.parse(answer)).toMatchObject({
      answer: 'web runs on n1.',
    });
    expect(await call('GET /v1/why/wbe')).toMatchObject({
      status: 404,
      answer: { code: 'not-found', text: 'There is no resource "wbe"; did you mean "web"?' },
    });
  });

  it('filters the history', async () => {
    const story = [1, 2, 3].map((number) => ({
      kind: 'node' as const,
      number,
      time: wallMs(NOON + number),
      text: `event ${number}`,
      severity: 'info' as const,
    }));
    const call = client(testBackend({ ...cluster, story, storyCount: 3 }));
    const numbers = async (query: string) =>
      routes['GET /v1/history'].answer
        .parse((await call(`GET /v1/history?${query}`)).answer)
        .map((event) => event.number);
    expect(await numbers('')).toEqual([1, 2, 3]);
    expect(await numbers('last=2')).toEqual([2, 3]);
    expect(await numbers('after=1')).toEqual([2, 3]);
    expect(await numbers(`since=${NOON + 3}`)).toEqual([3]);
  });
});

describe('changing', () => {
  it('is refused on the socket for readers', async () => {
    const backend = testBackend(cluster);
    const { status, answer } = await client(backend, 'read')('POST /v1/resources/web/stop');
    expect([status, answer.code]).toEqual([403, 'not-allowed']);
    expect(backend.commands).toEqual([]);
  });

  it('lets a mark end by the clock of the DC, however far replicated time has leapt', async () => {
    const saidBy = (attributes: Readonly<Record<string, string>>) => {
      const { n1 } = cluster.nodes as Readonly<Record<string, NodeRecord>>;
      const nodes = { ...cluster.nodes, n1: { ...n1, attributes } } as ClusterState['nodes'];
      return testBackend({ ...cluster, nodes, time: wallMs(NOON + 7_200_000) });
    };
    const standby = async (backend: TestBackend) => {
      const body = { forMs: 60_000 };
      const { answer } = await client(backend)('POST /v1/nodes/n2/standby', body);
      return (answer.mark as { readonly expiresAt: number }).expiresAt - NOON;
    };
    expect(await standby(saidBy({}))).toBe(60_000);
    expect(await standby(saidBy({ [CLOCK_ATTRIBUTE]: 'n2 -90000' }))).toBe(150_000);
  });

  it('moves the whole group, with an end of one hour', async () => {
    const backend = testBackend(cluster);
    const call = client(backend);
    const { answer } = await call(
      'POST /v1/resources/web/move',
      { to: 'n2' },
      {
        'x-holdfast-user': 'anna; rm -rf',
      },
    );
    expect(answer.mark).toMatchObject({
      id: 'move:site',
      text: 'site is moved to n2',
      by: 'annarm-rf@n1',
      expiresAt: NOON + 3_600_000,
    });
    expect(backend.cluster().marks['move:site']).toMatchObject({ kind: 'move', to: 'n2' });
    await call('POST /v1/resources/ip/clear');
    expect(backend.cluster().marks).toEqual({});
  });

  it('moves away from where it runs, and asks for a node when it runs nowhere', async () => {
    const backend = testBackend(cluster);
    const call = client(backend);
    await call('POST /v1/resources/site/move', {});
    expect(backend.cluster().marks['move:site']).toMatchObject({ away: 'n1' });
    const { status, answer } = await call('POST /v1/resources/db-clone/move', {});
    expect([status, answer.text]).toEqual([
      400,
      'db-clone runs nowhere, so it cannot be moved away.',
    ]);
  });

  it('starts by taking the stop back', async () => {
    const backend = testBackend(cluster);
    const call = client(backend);
    await call('POST /v1/resources/site/stop', {});
    expect(backend.cluster().marks['target:site']).toMatchObject({ role: 'Stopped' });
    await call('POST /v1/resources/site/start', {});
    expect(backend.cluster().marks).toEqual({});
  });

  it('starts over a configured target-role by a mark', async () => {
    const meta = [{ id: 'm', score: 0, values: { 'target-role': 'Stopped' } }];
    const backend = testBackend({
      ...cluster,
      configuration: configured([primitive('web', { meta })]),
    });
    await client(backend)('POST /v1/resources/web/start', { forMs: 60_000 });
    expect(backend.cluster().marks['target:web']).toMatchObject({
      role: 'Started',
      expiresAt: NOON + 60_000,
    });
  });

  it('cleans up every member of a group', async () => {
    const backend = testBackend(cluster);
    await client(backend)('POST /v1/resources/site/cleanup', {});
    expect(backend.commands.map((command) => 'resource' in command && command.resource)).toEqual(
      expect.arrayContaining(['ip', 'web']),
    );
  });

  it('takes standby back, the one of on-fail too', async () => {
    const backend = testBackend(
      clusterOf([node('n1'), node('n2', { attributes: { standby: 'on' } })]),
    );
    const call = client(backend);
    await call('POST /v1/nodes/n2/standby', {});
    await call('POST /v1/nodes/n2/online');
    expect(backend.cluster().marks).toEqual({});
    expect(backend.commands).toContainEqual(
      expect.objectContaining({ kind: 'attribute', name: 'standby', value: undefined }),
    );
  });

  it('sets attributes of nodes once', async () => {
    const backend = testBackend(cluster);
    const call = client(backend);
    const key = 'PUT /v1/nodes/n1/attributes/master-db';
    expect((await call(key, { value: '10' })).status).toBe(200);
    await call(key, { value: '10' });
    expect(backend.commands).toHaveLength(1);
    const { answer } = await call('GET /v1/nodes/n1/attributes');
    expect(answer).toEqual({ 'master-db': '10' });
    await call('DELETE /v1/nodes/n1/attributes/master-db');
    expect((await call('GET /v1/nodes/n1/attributes')).answer).toEqual({});
    expect((await call('PUT /v1/nodes/n1/attributes/a%20b', { value: '' })).status).toBe(400);
  });

  it('refuses to count an online node as off', async () => {
    const call = client(testBackend(cluster));
    expect(await call('POST /v1/fencing/n2/confirm', { accept: 'it-is-off' })).toMatchObject({
      status: 409,
      answer: { text: 'n2 is online: it cannot be off.' },
    });
  });

  it('names the life of a node whose end is confirmed', async () => {
    const lost = clusterOf([node('n1'), node('n2', { condition: 'lost' })]);
    const backend = testBackend(lost);
    const call = client(backend);
    const { answer } = await call('GET /v1/fencing/n2/confirm');
    const { incarnation } = lost.nodes[nodeName('n2')]!;
    expect(answer).toMatchObject({ incarnation });
    const key = 'POST /v1/fencing/n2/confirm';
    expect((await call(key, { accept: 'it-is-off', incarnation: 'earlier' })).status).toBe(409);
    expect((await call(key, { accept: 'it-is-off', incarnation })).status).toBe(200);
    expect(backend.commands.at(-1)).toMatchObject({ kind: 'fence-confirm', incarnation });
  });

  it('debugs only what the cluster leaves alone, unless forced', async () => {
    const call = client(testBackend(cluster));
    expect((await call('POST /v1/resources/web/debug/monitor', {})).status).toBe(200);
    expect(await call('POST /v1/resources/web/debug/stop', {})).toMatchObject({
      status: 409,
      answer: { advice: expect.stringContaining('holdfast resource maintenance web') },
    });
    expect((await call('POST /v1/resources/web/debug/stop?force=true', {})).status).toBe(200);
  });

  it('tells what is printed while it goes on, then the result', async () => {
    const result = { resource: 'web', operation: 'monitor', node: 'n1', outcome: 'ok', ok: true };
    const backend = testBackend(cluster, {
      debug: async (_resource, _operation, { onOutput }) => {
        onOutput('one\n');
        await new Promise((resolve) => setTimeout(resolve, 5));
        onOutput('two\n');
        return { ...result, durationMs: 5, output: 'one\ntwo\n' };
      },
    });
    const app = createApi({ backend, access: 'write', onError: () => undefined });
    const path = '/v1/resources/web/debug/monitor';
    const text = await (await app.request(path, { method: 'POST' })).text();
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([{ printed: 'one\n' }, { printed: 'two\n' }, { ok: true }]);
  });
});

describe('what becomes of a command', () => {
  it('refused and unknown are told apart', async () => {
    const backend = testBackend(cluster);
    const call = client(backend);
    backend.answerWith({ kind: 'refused', reason: 'no quorum' });
    expect(await call('POST /v1/resources/web/stop')).toMatchObject({
      status: 409,
      answer: { code: 'refused', text: 'no quorum' },
    });
    backend.answerWith({ kind: 'unknown', reason: 'the view changed' });
    expect(await call('POST /v1/resources/web/stop')).toMatchObject({
      status: 504,
      answer: { code: 'unknown-outcome', text: expect.stringContaining('the view changed') },
    });
    backend.answerWith({ kind: 'applied', answer: { refused: 'another version' }, index: 7 });
    expect(await call('POST /v1/resources/web/stop')).toMatchObject({
      status: 409,
      answer: { text: 'another version' },
    });
  });
});

describe('configuration', () => {
  it('with errors changes nothing and lists them', async () => {
    const findings = [
      { severity: 'error' as const, where: 'cluster.yaml:8:14', text: 'unknown agent' },
    ];
    const backend = testBackend(cluster, { checkConfiguration: async () => ({ findings }) });
    expect(await client(backend)('PUT /v1/configuration', { source: 'x' })).toMatchObject({
      status: 422,
      answer: { code: 'invalid-configuration', findings },
    });
    expect(backend.commands).toEqual([]);
  });

  it('says before it is in force which node lacks which secret', async () => {
    const parameters = [{ id: 'p', score: 0, values: { password: 'secret:db' } }];
    const configuration = configured([primitive('db', { parameters })]).model;
    const { nodes } = clusterOf([node('n1', { attributes: { '#secrets': 'other' } })]);
    const backend = testBackend(
      { ...cluster, nodes },
      { checkConfiguration: async () => ({ configuration, findings: [] }) },
    );
    const finding = {
      severity: 'warning',
      text: 'The secret "db" of resource db is missing on n1',
      advice: 'on n1: holdfast secret set db',
    };
    const call = client(backend);
    expect((await call('POST /v1/plan', { source: 'x' })).answer.findings).toEqual([finding]);
    expect((await call('PUT /v1/configuration', { source: 'x' })).answer.findings).toEqual([
      finding,
    ]);
  });

  it.each([
    [{ 'stonith-enabled': 'false' }, 'Nothing is fenced (fencing-enabled: false): '],
    [{ 'startup-fencing': 'false' }, 'A node that was not seen since the cluster started '],
  ])('says before it is in force what is not fenced any more: %j', async (values, words) => {
    const options = [{ id: 'options', score: 0, values }];
    const configuration = configured([primitive('db')], { options }).model;
    const backend = testBackend(cluster, {
      checkConfiguration: async () => ({ configuration, findings: [] }),
    });
    const text = expect.stringMatching(`^${words.replaceAll(/[()]/g, '.')}.*[^.]$`) as string;
    const finding = expect.objectContaining({ severity: 'warning', text }) as object;
    const call = client(backend);
    for (const line of ['POST /v1/plan', 'PUT /v1/configuration'])
      expect((await call(line, { source: 'x' })).answer.findings).toEqual([finding]);
  });

  it('says before it is in force whose watchdog is not armed, where they are counted on', async () => {
    const options = [{ id: 'options', score: 0, values: { 'fencing-watchdog-timeout': '-1' } }];
    const configuration = configured([primitive('db')], { options }).model;
    const backend = testBackend(cluster, {
      checkConfiguration: async () => ({ configuration, findings: [] }),
    });
    const { findings } = (await client(backend)('POST /v1/plan', { source: 'x' })).answer;
    const said = JSON.stringify(findings);
    expect(said).toContain('The watchdog of n1 is not armed');
    expect(said).toContain('The watchdog of n2 is not armed');
  });

  it('says before it is in force whose hosts are misspelt, and whom no device reaches', async () => {
    const device = { ...plainFenceDevice, id: 'pdu', agent: 'fence_pdu' };
    const hosts = { n1: '1', nn2: '2', 'rack*': '*' };
    const configuration = configured([], { fenceDevices: [{ ...device, hosts }] }).model;
    const backend = testBackend(cluster, {
      checkConfiguration: async () => ({ configuration, findings: [] }),
    });
    const findings = [
      {
        severity: 'warning',
        text: 'No fence device reaches n2: what runs there is not recovered if it is lost',
        advice: 'add it to the hosts of a device under fencing.devices, and apply it',
      },
      {
        severity: 'warning',
        text: 'The hosts of fence device pdu name nn2, which this cluster does not know',
        advice: 'its nodes are n1 and n2, by their names in corosync.conf',
      },
    ];
    const call = client(backend);
    expect((await call('POST /v1/plan', { source: 'x' })).answer.findings).toEqual(findings);
    expect((await call('PUT /v1/configuration', { source: 'x' })).answer.findings).toEqual(
      findings,
    );
  });

  it('that another has changed meanwhile is refused', async () => {
    const configuration = configured([]).model;
    const backend = testBackend(cluster, {
      checkConfiguration: async () => ({ configuration, findings: [] }),
    });
    const call = client(backend);
    expect(await call('PUT /v1/configuration', { source: '{}', expectedVersion: 3 })).toMatchObject(
      {
        status: 409,
      },
    );
    const { answer } = await call('PUT /v1/configuration', { source: '{}', expectedVersion: 4 });
    expect(answer.text).toBe('cluster.yaml is in force as configuration 5.');
  });

  it('is planned without being changed; pseudo actions are looked through', async () => {
    const configuration = configured([]).model;
    const backend = testBackend(cluster, {
      checkConfiguration: async () => ({ configuration, findings: [] }),
      plan: async () => ({
        actions: [
          action('fence n2', 0),
          action('pseudo all', 1, { pseudo: true }),
          action('start web n1', 2),
        ],
        order: [
          [0, 1],
          [1, 2],
        ],
        placements: [],
        unplaced: [],
        findings: [],
      }),
    });
    const { answer } = await client(backend, 'read')('POST /v1/plan', { source: '{}' });
    expect(answer.actions.map(({ text, after }) => [text, after])).toEqual([
      ['fence n2 (off)', []],
      ['start web on n1', [0]],
    ]);
    expect(backend.commands).toEqual([]);
  });
});

describe('secrets', () => {
  it('are stored and listed by name, never shown', async () => {
    const backend = testBackend(cluster);
    const call = client(backend);
    await call('PUT /v1/secrets/ipmi', { value: 'geheim' });
    const { answer } = await call('GET /v1/secrets');
    expect(answer).toEqual([{ name: 'ipmi', nodes: ['n1'], lacking: ['n2'] }]);
    expect(JSON.stringify([answer, backend.commands])).not.toContain('geheim');
  });

  it('have names that can be files', async () => {
    const { status } = await client(testBackend(cluster))('PUT /v1/secrets/..', { value: 'x' });
    expect(status).toBeGreaterThanOrEqual(400);
    const other = await client(testBackend(cluster))('PUT /v1/secrets/a%2Fb', { value: 'x' });
    expect(other).toMatchObject({ status: 400, answer: { code: 'bad-request' } });
  });
});

describe('malformed requests', () => {
  const call = client(testBackend(cluster));

  it.each([
    ['PUT /v1/configuration', '{"source":', 400, 'the body is no JSON'],
    ['PUT /v1/configuration', { source: 3 }, 400, 'source: '],
    ['PUT /v1/configuration', { source: '', colour: 1 }, 400, 'colour'],
    ['GET /v1/history?last=many', undefined, 400, 'last: '],
    ['GET /v1/stauts', undefined, 404, 'did you mean "GET /v1/status"?'],
    ['POST /v1/nodes/n3/standby', {}, 404, 'There is no node "n3"'],
    ['POST /v1/resources/web/stop', { forMs: -1 }, 400, 'forMs: '],
    ['POST /v1/unfreeze', {}, 400, 'accept'],
  ])('%s %j', async (key, body, status, text) => {
    const result = await call(key, body);
    expect(result.status).toBe(status);
    expect(result.answer.text).toContain(text);
    expect(result.errors).toEqual([]);
  });

  it('that are too long are cut off', async () => {
    const result = await call('PUT /v1/configuration', 'x'.repeat(9 * 1024 * 1024));
    expect([result.status, result.answer.code]).toEqual([413, 'too-large']);
  });
});

describe('an unexpected error', () => {
  it('is reported to the log, not to the client', async () => {
    const backend = testBackend(cluster, {
      metrics: () => {
        throw new Error('password is 42');
      },
    });
    const result = await client(backend)('GET /v1/metrics');
    expect([result.status, result.answer.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(result.answer)).not.toContain('42');
    expect(result.errors).toHaveLength(1);
  });
});
