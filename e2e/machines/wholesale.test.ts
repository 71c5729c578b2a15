/** Machines that were started by hand on several nodes become resources from one of them. */
import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { obstacle } from '../guest/archive.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { qemusOf } from './copies.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: machines of several nodes: ${missing}`);

let lab: Lab;

/** By hand, as somebody did it before there was a cluster; nothing boots from an empty disk. */
async function boot(node: LabNode, name: string, disk: string, more = ''): Promise<void> {
  const words =
    `-name ${name} -machine pc,accel=tcg -m 16 -display none -nodefaults ` +
    `-drive file=${disk},format=raw,if=virtio${more} ` +
    `-qmp unix:/run/${name}.qmp,server=on,wait=off -pidfile /run/${name}.pid -daemonize`;
  await node.ask(['/usr/bin/qemu-system-x86_64', ...words.split(' ')]);
}

/** An empty disk that all nodes reach, by the path that they know it by. */
function shared(name: string): string {
  const path = join(lab.sharedDirectory, name);
  if (!existsSync(path)) writeFileSync(path, '');
  truncateSync(path, 1 << 20);
  return `/run/lab/${name}`;
}

const pidOf = async (node: LabNode, name: string): Promise<string> =>
  (await node.ask(['cat', `/run/${name}.pid`])).trim();
const isGone = (node: LabNode, name: string): Promise<boolean> =>
  pidOf(node, name)
    .then((pid) => node.ask(['kill', '-0', pid]))
    .then(
      () => false,
      () => true,
    );
const holdfast = (node: LabNode, ...words: readonly string[]): Promise<string> =>
  product.holdfastAsk(node, ...words);
const suggestions = async (node: LabNode): Promise<readonly string[]> =>
  (await product.status(node)).alarms
    .map(({ text }) => text)
    .filter((text) => text.includes('not managed'));

async function adoptAll(node: LabNode): Promise<void> {
  const told = (await holdfast(node, 'adopt', '--vms', '--dry-run')).replaceAll(/\s+/g, ' ');
  expect(told).toContain('shop on n1 (vm, 16 MiB, 1 CPU)');
  expect(told).toContain('no other node can reach /run/small/wiki.raw (tmpfs of n2)');
  expect(told).not.toContain('/run/lab/shop.raw');
  expect(await holdfast(node, 'adopt', '--vms', '--wait')).toContain('Adopted 3 resources');
}

/** Where it was at first, if a test was broken off. */
async function gather(node: LabNode): Promise<void> {
  const seen = await product.status(node);
  for (const name of ['shop', 'cart']) {
    if (product.runsOn(seen, name) === 'n1') continue;
    await holdfast(node, 'resource', 'move', name, 'n1', '--wait');
    await holdfast(node, 'resource', 'clear', name, '--wait');
  }
}

describe.skipIf(missing !== undefined)('machines of several nodes', () => {
  beforeAll(async () => {
    lab = await createLab();
    const [n1, n2] = lab.nodes as [LabNode, LabNode];
    await boot(n1, 'shop', shared('shop.raw'));
    await boot(n1, 'cart', shared('cart.raw'));
    await n2.ask(['mkdir', '/run/small']);
    await n2.ask(['mount', '-t', 'tmpfs', '-o', 'size=64M', 'tmpfs', '/run/small']);
    await n2.ask(['truncate', '-s', '1G', '/run/small/wiki.raw']);
    await n2.ask(['fallocate', '-l', '60M', '/run/small/other']);
    await boot(n2, 'wiki', '/run/small/wiki.raw');
    await lab.startCorosync();
    await Promise.all(lab.nodes.map((node) => product.startDaemon(node)));
    await product.untilSettled(lab.nodes);
    const file = join(lab.directory, 'wholesale.yaml');
    writeFileSync(file, configuration);
    await product.apply(lab, n1, file);
  });
  afterAll(() => lab.close());

  test('are suggested on every node, unless they are ignored', async () => {
    const n3 = lab.nodes[2]!;
    await until('both are suggested', async () => (await suggestions(n3)).length === 2);
    expect(await suggestions(n3)).toEqual([
      '2 machines on n1 are not managed: cart and shop.',
      '1 machine on n2 is not managed: wiki.',
    ]);
    await holdfast(n3, 'adopt', '--ignore', 'wiki');
    await until('one is left', async () => (await suggestions(n3)).length === 1);
    const told = await holdfast(n3, 'adopt', '--vms', '--dry-run');
    expect(told).toContain('Would adopt 2 resources');
    await holdfast(n3, 'adopt', '--no-ignore', 'wiki');
    await until('both are back', async () => (await suggestions(n3)).length === 2);
  });

  test('say on every node where their disks have no room to grow', async () => {
    const n3 = lab.nodes[2]!;
    const said = async (): Promise<readonly string[]> =>
      (await product.status(n3)).alarms
        .filter(({ severity }) => severity === 'warning')
        .map(({ text }) => text);
    await until('it is said', async () =>
      (await said()).some((text) => text.includes('/run/small')),
    );
    expect((await said()).join()).toContain(
      '/run/small (tmpfs) of n2: 4 MiB of 64 MiB are free, and its image may grow by 1.0 GiB.',
    );
    expect(await holdfast(n3, 'space')).toMatch(/^! {2}\/run\/small \(tmpfs\) of n2: 4 MiB/m);
  });

  test('one disk in two machines is refused before anything is done', async () => {
    const [n1, , n3] = lab.nodes as [LabNode, LabNode, LabNode];
    if (await isGone(n3, 'twin')) await boot(n3, 'twin', '/run/lab/shop.raw', ',file.locking=off');
    const words = ['adopt', '--vms'];
    await expect(holdfast(n1, ...words)).rejects.toThrow(
      /shop on n1 and twin on n3 have\s+the same disk/,
    );
    expect(await holdfast(n1, 'export')).not.toContain('shop');
    await n3.ask(['kill', await pidOf(n3, 'twin')]);
    await until('it is gone', () => isGone(n3, 'twin'));
  });

  test('become resources where they run, without a restart; what others cannot reach is said', async () => {
    const [n1, n2, n3] = lab.nodes as [LabNode, LabNode, LabNode];
    const before = [await pidOf(n1, 'shop'), await pidOf(n2, 'wiki')];
    if (!(await holdfast(n3, 'export')).includes('shop')) await adoptAll(n3);
    const after = await product.untilSettled(lab.nodes);
    expect([product.runsOn(after, 'shop'), product.runsOn(after, 'wiki')]).toEqual(['n1', 'n2']);
    for (const [node, name, pid] of [
      [n1, 'shop', before[0]],
      [n2, 'wiki', before[1]],
    ] as const) {
      await node.ask(['kill', '-0', pid ?? '']);
      expect(await pidOf(node, name)).toBe(pid);
    }
    expect(await suggestions(n3)).toEqual([]);
    expect(await holdfast(n3, 'adopt', '--vms')).toContain('Nothing runs');
  });

  test('are moved live where that levels the load, and stay there', async () => {
    const [n1, , n3] = lab.nodes as [LabNode, LabNode, LabNode];
    await gather(n3);
    const told = await holdfast(n3, 'balance');
    expect(told).toMatch(
      /^1 live move would level the load.\n {2}move (shop|cart) from n1 to n3\n/,
    );
    expect(told).toMatch(/n1: .*memory 50 % → 25 %/);
    const named = /move (\w+) from/.exec(told)?.[1] ?? '';
    const pid = await pidOf(n1, named);
    expect(await holdfast(n3, 'balance', '--apply', '--wait')).toContain('1 move begun');
    const after = await product.untilSettled(lab.nodes);
    expect(product.runsOn(after, named)).toBe('n3');
    expect(after.failures).toEqual([]);
    await expect(n1.ask(['kill', '-0', pid])).rejects.toThrow('exit code');
    await holdfast(n3, 'resource', 'clear', named, '--wait');
    expect(product.runsOn(await product.status(n3), named)).toBe('n3');
    expect(await holdfast(n1, 'balance')).toContain('The load is level.');
  });

  test("are started on another node in QEMU's own words when their host is lost", async () => {
    const n2 = lab.nodes[1]!;
    const host = lab.node(product.runsOn(await product.status(n2), 'shop') ?? '');
    await host.kill();
    const others = lab.nodes.filter((node) => node !== host);
    const isElsewhere = async (): Promise<boolean> => {
      const place = product.runsOn(await product.status(n2), 'shop');
      return place !== undefined && place !== host.name;
    };
    await until('it runs elsewhere', isElsewhere, 60_000);
    await product.untilSettled(others);
    const found = others.flatMap(qemusOf).map(({ argv }) => argv.join(' '));
    const own = found.filter((words) => words.includes('-name shop -machine pc,accel=tcg -m 16 '));
    expect(own).toHaveLength(1);
    expect(own[0]).toContain('-drive file=/run/lab/shop.raw,format=raw,if=virtio');
  });
});

const configuration = `
version: 1
cluster: wholesale # mine
nodes:
  n1: { utilization: { memory: 64 } }
  n2: { utilization: { memory: 64 } }
  n3: { utilization: { memory: 64 } }
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 2s }
`;
