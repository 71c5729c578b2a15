/** Without a majority nothing runs; after the loss of all power everything is still known. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runsOn, startDaemon, status, untilSettled } from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import {
  anyOf,
  createWebCluster,
  fencings,
  holdfast,
  now,
  servers,
  untilStatus,
} from './cluster.ts';
import type { WebCluster } from './cluster.ts';

let cluster: WebCluster;

beforeAll(async () => {
  cluster = await createWebCluster();
});
afterAll(() => cluster.close());
afterEach(() => cluster.restore());

test('a majority is cut off: all stops everywhere, nobody is shot, then it runs again', async () => {
  const node = await cluster.server();
  await Promise.all(cluster.nodes.map((each) => each.cut()));
  await until('the server has stopped', () => servers(node).length === 0, 15_000);
  const alone = await untilStatus(node, 'no quorum', ({ quorum }) => !quorum.acting);
  expect(alone.quorum.quorate).toBe(false);
  const web = alone.resources.find(({ id }) => id === 'web');
  expect(web?.whyNot?.reason).toMatch(/quorum/i);
  await sleep(2000);
  for (const each of cluster.nodes) expect(servers(each)).toEqual([]);
  expect(fencings(cluster.lab)).toEqual([]);
  const refused = await holdfast(node, 'node', 'standby', 'n1');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/quorum/i);

  await Promise.all(cluster.nodes.map((each) => each.heal()));
  await cluster.client.served(now(), 30_000);
  const seen = await untilSettled(cluster.nodes.filter((each) => each.pid() !== undefined));
  expect(runsOn(seen, 'web')).toBeDefined();
}, 60_000);

test('all machines lose power at once: the configuration is there, the service starts once', async () => {
  const before = await status(anyOf(cluster.nodes));
  const exported = await holdfast(anyOf(cluster.nodes), 'export');
  await holdfast(anyOf(cluster.nodes), 'node', 'maintenance', 'n3', '--for', '2h');
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  await Promise.all(cluster.nodes.map((node) => node.boot()));
  const begun = now();
  await Promise.all(
    cluster.nodes.map(async (node) => {
      await node.startCorosync();
      await startDaemon(node);
    }),
  );
  await cluster.client.served(begun, 40_000);
  const seen = await untilSettled(cluster.nodes);
  expect(seen.configuration.version).toBe(before.configuration.version);
  expect((await holdfast(anyOf(cluster.nodes), 'export')).stdout).toBe(exported.stdout);
  expect(seen.marks).toMatchObject([{ kind: 'node-maintenance', node: 'n3' }]);
  expect(fencings(cluster.lab)).toEqual([]);
  expect(cluster.nodes.filter((node) => servers(node).length > 0)).toHaveLength(1);
  await holdfast(anyOf(cluster.nodes), 'node', 'online', 'n3');
}, 90_000);
