import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { listen } from '../api/listen.ts';
import type { ApiServer } from '../api/listen.ts';
import { createApi } from '../api/server.ts';
import { testBackend } from '../api/testing/backend.ts';
import { clusterOf, configured, node, primitive } from '../core/view/testing/states.ts';
import { createClient } from './client.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
const backend = testBackend(
  clusterOf([node('n1')], { configuration: configured([primitive('web:1 ü')]) }),
);
let server: ApiServer;

beforeAll(async () => {
  const app = createApi({ backend, access: 'write', onError: () => undefined });
  server = await listen(app, { path: join(directory, 'api.sock'), mode: 0o600 });
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

const client = createClient(directory);

it('sends names, queries and bodies as they are', async () => {
  const why = await client.call('GET /v1/why/{resource}', { params: { resource: 'web:1 ü' } });
  expect(why.resource).toBe('web:1 ü');
  expect(await client.call('GET /v1/history', { query: { last: 3 } })).toEqual([]);
  await client.call('POST /v1/nodes/{node}/standby', {
    params: { node: 'n1' },
    body: { forMs: 5000 },
  });
  expect(Object.keys(backend.cluster().marks)).toEqual(['standby:n1']);
});

it('turns problems into failures with their exit code and advice', async () => {
  const asked = client.call('GET /v1/why/{resource}', { params: { resource: 'wbe' } });
  await expect(asked).rejects.toMatchObject({
    code: 5,
    message: 'There is no resource "wbe"',
    advice: 'holdfast status lists all resources',
  });
});

it('follows until it is told to stop', async () => {
  const abort = new AbortController();
  let seen = 0;
  for await (const status of client.follow('GET /v1/status/follow', {}, abort.signal)) {
    expect(status.daemon.node).toBe('n1');
    seen += 1;
    if (seen === 2) abort.abort();
    else backend.change({ ...backend.cluster() });
  }
  expect(seen).toBe(2);
});

it('says how to start a daemon that is not there', async () => {
  await expect(createClient('/nowhere').call('GET /v1/status', {})).rejects.toMatchObject({
    code: 3,
    message: 'holdfastd does not run here: nobody listens on /nowhere/api.sock.',
    advice: expect.stringContaining('systemctl start holdfastd'),
  });
});
