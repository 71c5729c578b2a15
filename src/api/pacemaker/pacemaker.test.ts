import { describe, expect, it } from 'vitest';

import { nodeName, resourceId } from '../../core/model/ids.ts';
import {
  clone,
  clusterOf,
  configured,
  group,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from '../../core/view/testing/states.ts';
import { createApi } from '../server.ts';
import { testBackend } from '../testing/backend.ts';
import type { TestBackend } from '../testing/backend.ts';

const options = [{ id: 'o', score: 0, values: { 'no-quorum-policy': 'freeze' } }];
const site = [{ id: 's', score: 0, values: { site: 'a' } }];
const state = clusterOf(
  [
    node('n1', {
      history: histories(history('db', 'start 0', 'promote 0'), history('web', 'start 0')),
      attributes: { 'master-db': '10', 'fail-count-db#monitor_0': '1', gtid: 'a "b"' },
    }),
    node('n2', { history: histories(history('db', 'start 0')), attributes: { 'master-db': '5' } }),
    node('n3', { condition: 'lost', history: histories(history('db', 'start 0')) }),
  ],
  {
    configuration: configured(
      [clone('db-clone', primitive('db'), true), group('site', [primitive('web'), primitive('x')])],
      {
        options,
        nodes: [
          { id: 'n1', name: nodeName('n1'), type: 'member', attributes: site, utilization: [] },
        ],
      },
    ),
  },
);

const backendOf = (): TestBackend => testBackend(state, { storeView: viewOf(['n2', 'n1']) });

async function ask(backend: TestBackend, key: string, body?: object) {
  const app = createApi({
    backend,
    access: 'write',
    onError: (error) => {
      throw error;
    },
  });
  const [method = 'GET', path = ''] = key.split(' ');
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'x-holdfast-user': 'db' };
  const response = await app.request(`/v1/${path}`, { method, headers, ...sent });
  return { status: response.status, text: await response.text() };
}

const read = async (path: string) => (await ask(backendOf(), `GET pacemaker/${path}`)).text;

describe('crm_node', () => {
  it('prints this node, all nodes, those together, and quorum', async () => {
    expect(await read('name')).toBe('n1\n');
    expect(await read('id')).toBe('1\n');
    expect(await read('nodes')).toBe('1 n1 member\n2 n2 member\n3 n3 lost\n');
    expect(await read('partition')).toBe('n1 n2\n');
    expect(await read('quorum')).toBe('1\n');
  });
});

describe('attributes', () => {
  it('are read by scope, and what is not there is not found', async () => {
    expect(await read('attributes/master-db/status/n1')).toBe('10\n');
    expect(await read('attributes/site/nodes/n1')).toBe('a\n');
    expect(await read('attributes/no-quorum-policy/crm_config')).toBe('freeze\n');
    expect(await read('attributes/master-db')).toBe(
      'name="master-db" host="n1" value="10"\nname="master-db" host="n2" value="5"\n',
    );
    for (const path of [
      'attributes/site/status/n1',
      'attributes/master-db/nodes/n1',
      'attributes/site',
      'attributes/x/crm_config',
      'attributes/constructor/status/n1',
      'attributes/master-db/status/n9',
    ]) {
      expect((await ask(backendOf(), `GET pacemaker/${path}`)).status).toBe(404);
    }
    expect((await ask(backendOf(), 'GET pacemaker/attributes/a/b/n1')).status).toBe(400);
  });

  it('are found for a node whose name an agent writes small', async () => {
    const backend = testBackend(clusterOf([node('N1', { attributes: { a: '1' } })]));
    expect((await ask(backend, 'GET pacemaker/attributes/a/status/n1')).text).toBe('1\n');
  });

  it('are set for good over what is configured, and taken back', async () => {
    const backend = backendOf();
    const value = () => ask(backend, 'GET pacemaker/attributes/site/nodes/n1');
    const put = { value: 'b', lifetime: 'forever' };
    await ask(backend, 'PUT nodes/n1/attributes/site', put);
    await ask(backend, 'PUT nodes/n1/attributes/site', put);
    expect((await value()).text).toBe('b\n');
    expect(backend.commands).toHaveLength(1);
    expect(backend.cluster().marks['attribute:n1:site']).toMatchObject({
      kind: 'node-attribute',
      value: 'b',
      by: 'db@n1',
    });
    expect((await ask(backend, 'GET nodes/n1/attributes?lifetime=forever')).text).toBe(
      '{"site":"b"}',
    );
    await ask(backend, 'DELETE nodes/n1/attributes/site?lifetime=forever');
    expect((await value()).text).toBe('a\n');
    const again = await ask(backend, 'DELETE nodes/n1/attributes/site?lifetime=forever');
    expect(again).toMatchObject({ status: 409, text: expect.stringContaining('cluster.yaml') });
    expect((await ask(backend, 'DELETE nodes/n1/attributes/x?lifetime=forever')).status).toBe(200);
  });

  it('of the cluster are notes, never options', async () => {
    const backend = backendOf();
    await ask(backend, 'PUT attributes/db_REPL_INFO', { value: 'n1|7' });
    const note = await ask(backend, 'GET pacemaker/attributes/db_REPL_INFO/crm_config');
    expect(note.text).toBe('n1|7\n');
    expect((await ask(backend, 'GET attributes')).text).toBe('{"db_REPL_INFO":"n1|7"}');
    await ask(backend, 'DELETE attributes/db_REPL_INFO');
    expect(backend.cluster().marks).toEqual({});
    const option = await ask(backend, 'PUT attributes/fencing-enabled', { value: 'false' });
    expect(option).toMatchObject({ status: 409, text: expect.stringContaining('cluster.yaml') });
  });

  it('are refused where they would hide a command, have no name, or are too many', async () => {
    const backend = backendOf();
    const forGood = { value: 'on', lifetime: 'forever' };
    expect((await ask(backend, 'PUT nodes/n1/attributes/standby', forGood)).status).toBe(409);
    for (const name of ['a%20b', 'constructor', '%2e%2e%2fx', 'x'.repeat(129)]) {
      expect((await ask(backend, `PUT nodes/n1/attributes/${name}`, { value: '' })).status).toBe(
        400,
      );
    }
    expect(backend.commands).toEqual([]);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`a${n}`, '']));
    const full = testBackend(clusterOf([node('n1', { attributes: many })]));
    const put = (name: string) => ask(full, `PUT nodes/n1/attributes/${name}`, { value: 'b' });
    expect((await put('one-more')).status).toBe(409);
    expect((await put('a7')).status).toBe(200);
  });
});

describe('crm_mon', () => {
  it('says what agents look for: nodes that are online and clean, instances with their roles', async () => {
    const text = await read('crm_mon');
    // As pgsql, galera and redis of resource-agents look for them.
    expect(text).toMatch(/<node name="n1" .* online="true"/);
    expect(text).toMatch(/<node name="n3" .* online="false".* unclean="true".* type="member"/);
    expect(text.match(/<node [^>]*unclean="false"[^>]*type="member"/g)).toHaveLength(2);
    expect(text).toMatch(
      /resource.*id="db".* role="Promoted".* active="true".* orphaned="false".* failed="false"/,
    );
    expect(text.match(/<resource id="db" .* role="Unpromoted"/g)).toHaveLength(2);
    expect(text).toMatch(/<resource id="x" .* role="Stopped" active="false"/);
    expect(text).toMatch(/<attribute name="gtid" value="a &quot;b&quot;"\/>/);
    expect(text).not.toContain('fail-count');
  });
});

describe('crm_resource --ban', () => {
  it('keeps the whole clone away from a node', async () => {
    const backend = backendOf();
    await ask(backend, 'POST resources/db/move', { away: 'n1', forMs: 86_400_000 });
    expect(backend.cluster().marks['move:db-clone']).toMatchObject({
      away: 'n1',
      resource: resourceId('db-clone'),
    });
    const both = await ask(backend, 'POST resources/db/move', { away: 'n1', to: 'n2' });
    expect(both.status).toBe(400);
  });
});
