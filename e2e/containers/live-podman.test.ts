/** A container of podman that moves while it runs, with what it has changed of its image's files. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollService, type ServiceClient } from '../lab/client.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { bridged } from '../machines/lab.ts';
import { clusterOf, countingText, lives as livesOf, program, startCluster } from './on-nodes.ts';
import { installPodman, makeImage, shareImage } from './podman-on-nodes.ts';
import { liveObstacle } from './room.ts';

const missing = liveObstacle();
if (missing !== undefined)
  console.warn(`left out: containers of podman that move live: ${missing}`);

const ADDRESS = '10.77.0.213';
let lab: Lab;
let client: ServiceClient;
let echo: ServiceClient;

/** podman uses crun on n3. */
async function prepare(node: LabNode): Promise<void> {
  await installPodman(node);
  if (node.name === 'n3') {
    await node.ask([
      'sed',
      '-i',
      's/^runtime = .*/runtime = "crun"/',
      '/usr/local/bin/home/containers.conf',
    ]);
  }
  await bridged(node);
}

const [n1, n2, n3] = [0, 1, 2].map((index) => () => lab.nodes[index]!) as [
  () => LabNode,
  () => LabNode,
  () => LabNode,
];
const ask = (...words: readonly string[]): Promise<string> => product.holdfastAsk(n3(), ...words);
const runsOn = async (): Promise<string | undefined> =>
  product.runsOn(await product.status(n3()), 'web');
const lives = (): ReadonlyMap<string, number> => livesOf(lab);
const answers = async (): Promise<string> => (await client.served()).node ?? '';
const moved = async (to: LabNode): Promise<void> => {
  await ask('resource', 'move', 'web', to.name, '--live');
  await product.untilSettled(lab.nodes);
};
const again = async (): Promise<void> => {
  await ask('resource', 'clear', 'web');
  await ask('resource', 'cleanup', 'web');
  await product.untilSettled(lab.nodes);
};
const history = async (): Promise<string> =>
  (await product.history(n3())).map(({ text }) => text).join('\n');
const told = async (words: string): Promise<void> => expect(await history()).toContain(words);

/** The next checkpoint there stands still after it is done, until it is let go. */
const hold = (node: LabNode): Promise<void> => {
  const wait = ['touch /run/lab/held', 'while [ -e /run/lab/held ]; do sleep 0.1; done'];
  return program(node, 'hook-checkpoint', ['/usr/local/bin/podman.real "$@" || exit', ...wait]);
};
const heldFile = (): string => join(lab.sharedDirectory, 'held');
const held = (): Promise<void> => until('it is held', () => existsSync(heldFile()), 60_000);
const letGo = async (node: LabNode): Promise<void> => {
  await node.ask(['rm', '/usr/local/bin/hook-checkpoint']);
  rmSync(heldFile());
};
const known = async (node: LabNode): Promise<string> =>
  (await node.ask(['podman', 'ps', '--all', '--format', '{{.Names}}'])).trim();
const markOn = async (node: LabNode): Promise<string> =>
  (await node.ask(['podman', 'exec', 'web', '/bin/busybox', 'cat', '/mark'])).trim();

describe.skipIf(missing !== undefined)('a container of podman that moves live', () => {
  beforeAll(async () => {
    lab = await createLab();
    await startCluster(lab, configuration, prepare, () => shareImage(lab));
    const polling = { address: ADDRESS, intervalMs: 50, timeoutMs: 40_000 };
    client = pollService(lab.observer, polling);
    await client.served();
    echo = pollService(lab.observer, { ...polling, port: 7, echo: true });
    await echo.served();
  });
  afterAll(async () => {
    client?.stop();
    echo?.stop();
    await lab.close();
  });

  test('goes on where it was, with its memory, its connections and its files', async () => {
    expect(await runsOn()).toBe('n1');
    const [id = ''] = (await answers()).split(' ');
    for (const to of [n2(), n1(), n2()]) {
      await moved(to);
      expect(await runsOn()).toBe(to.name);
      expect(await markOn(to)).toBe(id);
      expect(await known(to === n1() ? n2() : n1())).toBe('');
    }
    expect((await answers()).split(' ')[0]).toBe(id);
    await echo.served();
    expect([...lives().keys()]).toEqual([id]);
    expect(client.answers().filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(new Set(echo.answers().map(({ node }) => node))).toHaveProperty('size', 1);
  }, 300_000);

  test('says that it stops and starts where podman uses another program', async () => {
    await expect(ask('resource', 'move', 'web', 'n3', '--live')).rejects.toThrow(
      /on\s+n3\s+podman\s+uses\s+crun,\s+and\s+it\s+takes\s+runc/,
    );
  });

  test('runs on where it is when it cannot be written down', async () => {
    await program(n2(), 'hook-checkpoint', ['echo "no way" >&2', 'exit 125']);
    const before = lives();
    await moved(n1());
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
    await told('it runs on where it is: it could not be written down');
    await n2().ask(['rm', '/usr/local/bin/hook-checkpoint']);
    await again();
  });

  test('goes on where it was when what was written down could not be packed, or not carried over', async () => {
    const before = lives();
    const write =
      '/usr/local/bin/podman.real container checkpoint --keep --tcp-established --file-locks web';
    await program(n2(), 'hook-checkpoint', [
      `${write} >&2`,
      'echo "no space left" >&2',
      'exit 125',
    ]);
    await moved(n1());
    expect(await runsOn()).toBe('n2');
    await answers();
    await told('it could not be written down: no space left');
    await again();

    await hold(n2());
    await ask('resource', 'move', 'web', 'n1', '--live');
    await held();
    await n1().ask(['sh', '-c', 'mv /run/holdfast/machines/container-* /run/gone']);
    await letGo(n2());
    await until('it goes on', async () => (await history()).includes('ENOENT'), 60_000);
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
    await again();
  });

  test('runs on where it is when its image is another one at the target', async () => {
    const before = lives();
    await makeImage(n1());
    await moved(n1());
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
    await told('its image is another one on this node');
    await n1().ask(['podman', 'load', '--quiet', '-i', '/run/lab/tiny.tar']);
    await again();
  });

  test('starts anew, once, when it cannot go on at the target', async () => {
    const before = lives();
    await program(n1(), 'hook-restore', ['echo "no way" >&2', 'exit 125']);
    await moved(n1());
    await answers();
    expect(lives().size).toBe(before.size + 1);
    await told('migrate_from of web on n1: error');
    await n1().ask(['rm', '/usr/local/bin/hook-restore']);
    await again();
  });

  test('starts anew, once, when the daemon dies that has written it down', async () => {
    const from = lab.node((await runsOn()) ?? '');
    const to = from === n1() ? n2() : n1();
    const before = lives();
    await hold(from);
    await ask('resource', 'move', 'web', to.name, '--live');
    await held();
    product.killDaemon(from);
    await letGo(from);
    await answers();
    await product.untilSettled(lab.nodes);
    await answers();
    expect(lives().size).toBe(before.size + 1);
  });
});

const configuration = clusterOf(
  countingText('web', ADDRESS, 'image: localhost/tiny\n      volumes: /run/lab/root/tmp:/tmp'),
);
