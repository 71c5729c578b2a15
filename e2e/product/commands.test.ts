/** What people do with a running cluster, and what it refuses, on the real thing. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { daemonProcess, runsOn, status, untilSettled } from '../lab/product.ts';
import { repository } from '../lab/toolchain.ts';
import {
  anyOf,
  createWebCluster,
  holdfast,
  place,
  servers,
  untilStatus,
  webYaml,
} from './cluster.ts';
import type { WebCluster } from './cluster.ts';

let cluster: WebCluster;
const yaml = readFileSync(webYaml, 'utf8');

beforeAll(async () => {
  cluster = await createWebCluster();
});
afterAll(() => cluster.close());

describe('what is set by command', () => {
  afterEach(() => cluster.restore());

  test('standby moves everything away, is shown, and ends by itself', async () => {
    const node = await cluster.server();
    const [asker] = cluster.others(node);
    const done = await holdfast(asker!, 'node', 'standby', node.name, '--for', '6s', '--wait');
    expect(done).toMatchObject({ code: 0 });
    const seen = await status(asker!);
    expect(runsOn(seen, 'web')).not.toBe(node.name);
    expect(seen.nodes.find(({ name }) => name === node.name)?.state).toBe('standby');
    expect(seen.marks).toMatchObject([{ kind: 'node-standby', node: node.name }]);
    const [mark] = seen.marks;
    expect(((mark?.expiresAt ?? 0) - (mark?.setAt ?? 0)) / 1000).toBeCloseTo(6, 0);
    const later = await untilStatus(asker!, 'it has ended', ({ marks }) => marks.length === 0);
    expect(later.nodes.find(({ name }) => name === node.name)?.state).toBe('online');
    expect(runsOn(later, 'web')).not.toBe(node.name); // nothing goes back by itself
  });

  test('a move has an end, and after it the service stays', async () => {
    const node = await cluster.server();
    const [to] = cluster.others(node);
    const words = ['resource', 'move', 'web', to!.name, '--for', '5s', '--wait'];
    expect(await holdfast(node, ...words)).toMatchObject({ code: 0 });
    const moved = await status(node);
    expect(runsOn(moved, 'web')).toBe(to!.name);
    expect(moved.marks).toMatchObject([{ kind: 'move', resource: 'web' }]);
    const screen = (await holdfast(node, 'status')).stdout;
    expect(screen).toContain(`web is moved to ${to!.name}`);
    expect(screen).toContain('undo: holdfast resource clear web');
    await untilStatus(node, 'it has ended', ({ marks }) => marks.length === 0);
    expect(runsOn(await untilSettled(cluster.nodes), 'web')).toBe(to!.name);
  });

  test('a resource in maintenance is left alone when it dies, and looked after again later', async () => {
    const node = await cluster.server();
    const begin = await holdfast(
      node,
      'resource',
      'maintenance',
      'web',
      '--for',
      '10min',
      '--wait',
    );
    expect(begin).toMatchObject({ code: 0 });
    for (const pid of servers(node)) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => {
      setTimeout(resolve, 2500);
    });
    expect(servers(node)).toEqual([]);
    const seen = await status(node);
    expect(seen.marks).toMatchObject([{ kind: 'resource-maintenance', resource: 'web' }]);
    expect(await holdfast(node, 'resource', 'maintenance', 'web', '--off', '--wait')).toMatchObject(
      {
        code: 0,
      },
    );
    await cluster.client.served();
  });

  test('a node is evacuated for maintenance, and takes part again', async () => {
    const node = await cluster.server();
    const words = ['node', 'maintenance', node.name, '--evacuate', '--wait'];
    expect(await holdfast(node, ...words)).toMatchObject({ code: 0 });
    const seen = await status(node);
    expect(runsOn(seen, 'web')).not.toBe(node.name);
    expect(seen.nodes.find(({ name }) => name === node.name)?.state).toBe('maintenance');
    expect(await holdfast(node, 'node', 'online', node.name, '--wait')).toMatchObject({ code: 0 });
    expect((await status(node)).marks).toEqual([]);
  });
});

const wrong = [
  {
    what: 'a key that is misspelt',
    text: yaml.replace('parameters:', 'paramters:'),
    says: [/wrong\.yaml:\d+:\d+/, 'paramters', /did you mean\s+"parameters"/],
  },
  {
    what: 'an agent that is not installed',
    text: yaml.replace('heartbeat:IPaddr2', 'heartbeat:IPadr2'),
    says: [/wrong\.yaml:\d+:\d+/, 'IPadr2', /did you mean\s+"ocf:heartbeat:IPaddr2"/],
  },
  {
    what: 'a parameter that the agent does not have',
    text: yaml.replace('cidr_netmask', 'cidr_netmaks'),
    says: ['cidr_netmaks', /did you mean\s+"cidr_netmask"/],
  },
  {
    what: 'a cycle of orders',
    text: `${yaml}  a:\n    agent: ocf:heartbeat:Dummy\n  b:\n    agent: ocf:heartbeat:Dummy\nconstraints:\n  - order: [a, b]\n  - order: [b, a]\n`,
    says: [/circle:\s+a → b → a/, 'remove one of the orders'],
  },
  {
    what: 'one address twice',
    text: `${yaml}  twin:\n    agent: ocf:heartbeat:IPaddr2\n    parameters: { ip: 10.77.0.200 }\n`,
    says: ['10.77.0.200', 'twin'],
  },
  {
    what: 'a configuration for a newer version',
    text: yaml.replace('version: 1', 'version: 2'),
    says: [/version/],
  },
];

test.each(wrong)('$what is refused, and nothing changes', async ({ text, says }) => {
  const node = anyOf(cluster.nodes);
  const before = await status(node);
  const file = place(cluster.lab, 'wrong.yaml', text);
  const refused = await holdfast(node, 'apply', '--yes', '-f', file);
  expect(refused).toMatchObject({ code: 6, stdout: '' });
  for (const words of says) expect(refused.stderr).toMatch(words);
  const after = await status(node);
  expect(after.configuration).toEqual(before.configuration);
  expect(runsOn(after, 'web')).toBe(runsOn(before, 'web'));
});

test('a second daemon of the same node is refused, the first goes on', async () => {
  const node = anyOf(cluster.nodes);
  const first = daemonProcess(node)!.pid;
  const words = ['--state', '/var/tmp/second', '--run', '/var/tmp/second-run'];
  const second = await node.exec([`${repository}/bin/holdfastd`, ...words], { timeoutMs: 15_000 });
  expect(second.timedOut).toBe(false);
  expect(second.code).not.toBe(0);
  expect(second.stdout + second.stderr).toMatch(/already/);
  expect(daemonProcess(node)?.pid).toBe(first);
  expect((await status(node)).quorum.members).toHaveLength(3);
});
