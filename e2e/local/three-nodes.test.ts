/** Three daemons on one machine: moving, standby, a daemon that dies or stands still, a full disk. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { end, exitCode, localCluster, processes, until } from './cluster.ts';
import type { LocalCluster } from './cluster.ts';

const nodes = ['n1', 'n2', 'n3'] as const;
const lifetime = String(2_000_000 + process.pid);
const configuration = `version: 1
cluster: local
options:
  fencing-enabled: "false"
resources:
  web:
    group:
      address:
        agent: ocf:pacemaker:Dummy
      server:
        agent: command
        parameters:
          command: /bin/sleep ${lifetime}
        monitor: 1s
  everywhere:
    clone:
      copy:
        agent: ocf:heartbeat:Dummy
`;

const isRoot = process.getuid?.() === 0;
let cluster: LocalCluster;

beforeAll(async () => {
  cluster = localCluster(...nodes);
  if (isRoot) mountSmallDisk(join(cluster.directory, 'n3/s'));
  await Promise.all(nodes.map((node) => cluster.start(node)));
  const file = cluster.file(configuration);
  const applied = await cluster.holdfast('n1', 'apply', '-f', file, '--wait');
  if (applied.code !== 0) throw new Error(applied.stderr);
});
afterAll(async () => {
  for (const id of ['web', 'everywhere']) {
    await cluster.holdfast('n1', 'resource', 'stop', id, '--wait', '--timeout', '20s');
  }
  for (const node of nodes) await end(cluster.daemon(node)).catch(() => undefined);
  if (isRoot) spawnSync('umount', [join(cluster.directory, 'n3/s')]);
  await cluster.close();
});

/** 8 MB, so that a test can fill it. */
function mountSmallDisk(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory]);
  if (mounted.status !== 0) throw new Error(String(mounted.stderr));
}

async function placeOf(resource: string, asked = 'n1'): Promise<string> {
  const status = await cluster.status(asked);
  const found = status.resources.find(({ id }) => id === resource);
  return (found?.on ?? []).map(({ node, state }) => `${node} ${state}`).join(', ');
}

test('all nodes tell the same story and the same status', async () => {
  const stories = await Promise.all(nodes.map((node) => cluster.history(node)));
  expect(stories[1]).toEqual(stories[0]);
  expect(stories[2]).toEqual(stories[0]);
  const [first, second] = await Promise.all([cluster.status('n1'), cluster.status('n2')]);
  expect(second.resources).toEqual(first.resources);
  expect(processes('/bin/sleep', lifetime)).toHaveLength(1);
});

test('a move takes the whole group along, has an end, and can be taken back', async () => {
  const [from = ''] = (await placeOf('web')).split(' ');
  const to = nodes.find((node) => node !== from) ?? '';
  const moved = await cluster.holdfast('n2', 'resource', 'move', 'server', to, '--wait');
  expect(moved).toMatchObject({ code: 0 });
  expect(moved.stdout).toContain('or with: holdfast resource clear web');
  expect(await placeOf('web')).toBe(`${to} running`);
  const [mark] = (await cluster.status('n3')).marks;
  expect(mark).toMatchObject({ id: 'move:web', text: `web is moved to ${to}` });
  await cluster.holdfast('n1', 'resource', 'clear', 'web', '--wait');
  // It stays where it is: stickiness is on by default.
  expect(await placeOf('web')).toBe(`${to} running`);
});

test('standby empties a node, and online lets it run again', async () => {
  const [from = ''] = (await placeOf('web')).split(' ');
  const standby = await cluster.holdfast('n1', 'node', 'standby', from, '--wait');
  expect(standby).toMatchObject({ code: 0 });
  const status = await cluster.status('n2');
  expect(status.nodes.find(({ name }) => name === from)).toMatchObject({
    state: 'standby',
    running: 0,
  });
  expect(await placeOf('web')).not.toContain(from);
  const why = await cluster.holdfast('n3', 'why', 'web', '--node', from);
  expect(why.stdout).toContain('not possible');
  expect(why.stdout).toContain('standby');
  await cluster.holdfast('n1', 'node', 'online', from, '--wait');
  expect((await cluster.status('n1')).nodes.every(({ state }) => state === 'online')).toBe(true);
});

test('a change on one node is refused when another was faster', async () => {
  const { version } = (await cluster.status('n1')).configuration;
  const { createClient } = await import('../../src/cli/client.ts');
  const client = createClient(join(cluster.directory, 'n1/r'));
  const body = { source: configuration, name: 'c.yaml', expectedVersion: version - 1 };
  await expect(client.call('PUT /v1/configuration', { body })).rejects.toMatchObject({
    code: 7,
    message: expect.stringContaining(`version ${version} by`),
  });
});

test('a second daemon with a taken name is refused', async () => {
  const { directory } = cluster;
  const other = cluster.launch(
    'n1',
    '--state',
    join(directory, 'o'),
    '--run',
    join(directory, 'p'),
  );
  expect(await exitCode(other)).toBe(4);
  expect(cluster.log('n1')).toContain('already is the daemon of node n1');
});

test('a daemon that is killed is held, then comes back; its service never stops', async () => {
  const before = processes('/bin/sleep', lifetime);
  const [node = ''] = (await placeOf('web')).split(' ');
  const asked = nodes.find((one) => one !== node) ?? 'n1';
  await end(cluster.daemon(node), 'SIGKILL');
  await until('held', async () => {
    const status = await cluster.status(asked);
    return status.nodes.find(({ name }) => name === node)?.state === 'held';
  });
  expect(await placeOf('web', asked)).toBe(`${node} running`);
  await cluster.start(node);
  await until('settled', async () => (await cluster.status(asked)).settled);
  expect(await placeOf('web', asked)).toBe(`${node} running`);
  expect(processes('/bin/sleep', lifetime)).toEqual(before);
});

test('a daemon that stood still says so, and comes back as a new life', async () => {
  const node = 'n2';
  const child = cluster.daemon(node);
  process.kill(child.pid ?? 0, 'SIGSTOP');
  await until('given up', async () => {
    const status = await cluster.status('n1');
    return status.nodes.find(({ name }) => name === node)?.state === 'lost';
  });
  await sleep(15_000);
  process.kill(child.pid ?? 0, 'SIGCONT');
  // It learns that it was given up for lost, ends, and its manager starts it again.
  expect(await exitCode(child)).toBe(3);
  expect(cluster.log(node)).toMatch(/declared this node lost|overtaken/);
  await cluster.start(node);
  await until(
    'online',
    async () => {
      const status = await cluster.status('n1');
      return status.nodes.every(({ state }) => state === 'online') && status.settled;
    },
    30_000,
  );
  expect(processes('/bin/sleep', lifetime)).toHaveLength(1);
});

test.runIf(isRoot)('a full disk is said in the status, and the others go on', async () => {
  const disk = join(cluster.directory, 'n3/s');
  const ballast = join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize), { flush: false });
  // More than what is left of the last page of the log.
  const comment = `# ${'x'.repeat(60)}\n`.repeat(2000);
  const long = cluster.file(configuration + comment);
  expect(await cluster.holdfast('n1', 'apply', '-f', long)).toMatchObject({ code: 0 });
  const refused = async (): Promise<boolean> =>
    (await cluster.status('n3')).alarms.some(
      ({ severity, text }) => severity === 'error' && text.includes('no space is left'),
    );
  await until('said', refused);
  expect((await cluster.status('n1')).configuration.version).toBe(2);
  rmSync(ballast);
  await cluster.holdfast('n1', 'apply', '-f', cluster.file(configuration), '--wait');
  await until('well again', async () => !(await refused()), 30_000);
  await until('caught up', async () => (await cluster.status('n3')).configuration.version === 3);
});

test('a node leaves in good order: its resources move away, its daemon ends with 0', async () => {
  const [node = ''] = (await placeOf('web')).split(' ');
  const asked = nodes.find((one) => one !== node) ?? 'n1';
  const child = cluster.daemon(node);
  const left = await cluster.holdfast(asked, 'node', 'stop', node, '--wait');
  expect(left).toMatchObject({ code: 0 });
  expect(await exitCode(child)).toBe(0);
  await until('settled', async () => (await cluster.status(asked)).settled);
  const status = await cluster.status(asked);
  expect(status.nodes.find(({ name }) => name === node)?.state).toBe('down');
  expect(await placeOf('web', asked)).toMatch(/running$/);
  expect(await placeOf('web', asked)).not.toContain(node);
  expect(processes('/bin/sleep', lifetime)).toHaveLength(1);
  await cluster.start(node);
});

test('the whole cluster is stopped: nothing moves, all daemons end with 0, and it comes back', async () => {
  const children = nodes.map((node) => cluster.daemon(node));
  const stopped = await cluster.holdfast('n2', 'cluster', 'stop', '--all', '--yes', '--wait');
  expect(stopped).toMatchObject({ code: 0 });
  expect(stopped.stdout).toContain('n1, n2, n3 leave together');
  expect(await Promise.all(children.map((child) => exitCode(child)))).toEqual([0, 0, 0]);
  expect(processes('/bin/sleep', lifetime)).toEqual([]);
  await Promise.all(nodes.map((node) => cluster.start(node)));
  await until('it runs again', async () => (await placeOf('web')).endsWith('running'), 30_000);
  await until('settled', async () => (await cluster.status('n1')).settled);
  expect(processes('/bin/sleep', lifetime)).toHaveLength(1);
  expect((await cluster.status('n1')).nodes.map(({ state }) => state)).toEqual([
    'online',
    'online',
    'online',
  ]);
});
