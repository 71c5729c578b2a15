import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Hono } from 'hono';
import { afterAll, expect, it } from 'vitest';

import { listen } from './listen.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-api-'));
afterAll(() => rmSync(directory, { recursive: true }));

const app = new Hono().get('/', (context) => context.text('here'));

function get(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath: path, path: '/' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

it('listens with the mode that was asked for, and leaves nothing behind', async () => {
  const path = join(directory, 'api.sock');
  const server = await listen(app, { path, mode: 0o660 });
  expect(statSync(path).mode & 0o777).toBe(0o660);
  expect(await get(path)).toBe(200);
  await server.close();
  expect(() => statSync(path)).toThrow('ENOENT');
});

it('takes the place of a socket that nobody answers on, but not of a living one', async () => {
  const path = join(directory, 'old.sock');
  writeFileSync(path, '');
  const server = await listen(app, { path, mode: 0o600 });
  await expect(listen(app, { path, mode: 0o600 })).rejects.toThrow('another daemon answers there');
  expect(await get(path)).toBe(200);
  await server.close();
});
