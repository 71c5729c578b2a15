/** A container that moves while it runs: what it has in memory, and its connections, go with it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollService, type ServiceClient } from '../lab/client.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { bridged } from '../machines/lab.ts';
import {
  clusterOf,
  countingText,
  installCriu,
  installRuntime,
  lives as livesOf,
  program,
  startCluster,
} from './on-nodes.ts';
import { liveObstacle } from './room.ts';

const missing = liveObstacle();
if (missing !== undefined) console.warn(`left out: containers that move live: ${missing}`);

const ADDRESS = '10.77.0.212';
let lab: Lab;
let client: ServiceClient;
let echo: ServiceClient;

/** n3 has a CRIU that is too old. */
async function prepare(node: LabNode): Promise<void> {
  await installRuntime(node);
  await installCriu(node);
  if (node.name === 'n3') await program(node, 'criu', ['echo "Version: 4.1"']);
  await bridged(node);
}

const [n1, n2, n3] = [0, 1, 2].map((index) => () => lab.nodes[index]!) as [
  () => LabNode,
  () => LabNode,
  () => LabNode,
];
const runsOn = async (): Promise<string | undefined> =>
  product.runsOn(await product.status(n3()), 'web');
const ask = (...words: readonly string[]): Promise<string> => product.holdfastAsk(n3(), ...words);
const answers = async (): Promise<string> => (await client.served()).node ?? '';
const moved = async (to: LabNode): Promise<void> => {
  await ask('resource', 'move', 'web', to.name, '--live');
  await product.untilSettled(lab.nodes);
};

/** The next checkpoint there stands still before it has begun, or after it is done, until it is let go. */
const hold = (when: 'before' | 'after', node = n2()): Promise<void> => {
  const wait = ['touch /run/lab/held', 'while [ -e /run/lab/held ]; do sleep 0.1; done'];
  const real = '/usr/local/bin/runc.real "$@" || exit';
  return program(node, 'hook-checkpoint', when === 'before' ? [...wait, real] : [real, ...wait]);
};
const heldFile = (): string => join(lab.sharedDirectory, 'held');
const held = (): Promise<void> => until('it is held', () => existsSync(heldFile()));
const letGo = async (node = n2()): Promise<void> => {
  await node.ask(['rm', '/usr/local/bin/hook-checkpoint']);
  rmSync(heldFile());
};

/** No move is wanted, and none has failed. */
const again = async (): Promise<void> => {
  await ask('resource', 'clear', 'web');
  await ask('resource', 'cleanup', 'web');
  await product.untilSettled(lab.nodes);
};

const lives = (): ReadonlyMap<string, number> => livesOf(lab);

const failed = async (words: string): Promise<void> => {
  expect(await history()).toContain(words);
};

/** Where it is when nothing is wanted of it. */
const stayed = async (): Promise<LabNode> => {
  await again();
  return lab.node((await runsOn()) ?? '');
};

describe.skipIf(missing !== undefined)('a container that moves live', () => {
  beforeAll(async () => {
    lab = await createLab();
    await startCluster(lab, configuration, prepare);
    client = pollService(lab.observer, { address: ADDRESS, intervalMs: 50, timeoutMs: 40_000 });
    await client.served();
    echo = pollService(lab.observer, {
      address: ADDRESS,
      port: 7,
      echo: true,
      intervalMs: 50,
      timeoutMs: 40_000,
    });
    await echo.served();
  });
  afterAll(async () => {
    client.stop();
    echo.stop();
    await lab.close();
  });

  test('goes on where it was, with its memory and its connections', async () => {
    expect(await runsOn()).toBe('n1');
    const [id] = (await answers()).split(' ');
    expect(await ask('resource', 'move', 'web', 'n2', '--live')).toContain('while it runs');
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe('n2');
    expect((await answers()).split(' ')[0]).toBe(id);
    for (const to of [n1(), n2()]) {
      await moved(to);
      expect(await runsOn()).toBe(to.name);
      await echo.served();
    }
    expect([...lives().keys()]).toEqual([id]);
    expect(client.answers().filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(new Set(echo.answers().map(({ node }) => node))).toHaveProperty('size', 1);
  });

  test('says that it stops and starts where a node has no CRIU that is new enough', async () => {
    const words = /stops?\s+and\s+starts?.*:\s+n3\s+has\s+CRIU\s+4.1,\s+and\s+it\s+takes\s+4.2/s;
    await expect(ask('resource', 'move', 'web', 'n3', '--live')).rejects.toThrow(
      /not\s+move\s+live:\s+n3\s+has\s+CRIU\s+4.1/,
    );
    expect(await ask('resource', 'move', 'web', 'n3')).toMatch(words);
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe('n3');
    expect(lives().size).toBe(2);
    await ask('resource', 'move', 'web', 'n2');
    await product.untilSettled(lab.nodes);
    expect(lives().size).toBe(3);
  });

  test('runs on where it is when it cannot be written down', async () => {
    await program(n2(), 'hook-checkpoint', ['exit 1']);
    const before = lives();
    await moved(n1());
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
    await failed('it runs on where it is: it could not be written down');
    await n2().ask(['rm', '/usr/local/bin/hook-checkpoint']);
    await again();
  });

  test('goes on where it was when it could not be carried over', async () => {
    await hold('after');
    const before = lives();
    await ask('resource', 'move', 'web', 'n1', '--live');
    await held();
    await n1().ask(['sh', '-c', 'mv /run/holdfast/machines/container-* /run/gone']);
    await letGo();
    const told = async (): Promise<boolean> => (await history()).includes('ENOENT');
    await until('it goes on', told, 30_000);
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
  });

  test('goes on where it was when the move is called back', async () => {
    await again();
    const before = lives();
    await hold('after');
    await ask('resource', 'move', 'web', 'n1', '--live');
    await held();
    await ask('resource', 'move', 'web', '--cancel');
    await letGo();
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
    await failed('given up, since it is not wanted any more: it runs on where it is');
  });

  test('runs on where it is when the target has no room for it', async () => {
    await again();
    const before = lives();
    const machines = '/run/holdfast/machines';
    await n1().ask(['mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', machines]);
    await moved(n1());
    await n1().ask(['umount', machines]);
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
    await failed('this node has no room for');
  });

  test('goes on where it was when somebody has started another one at the target', async () => {
    await again();
    const before = lives();
    await hold('after');
    await ask('resource', 'move', 'web', 'n1', '--live');
    await held();
    await startStranger(n1());
    await letGo();
    const told = async (): Promise<boolean> =>
      (await history()).includes('a container of that name runs here');
    await until('it is refused', told, 60_000);
    await n1().ask(['/usr/local/bin/runc.real', 'delete', '--force', 'web']);
    await product.untilSettled(lab.nodes);
    expect(await runsOn()).toBe('n2');
    await answers();
    expect(lives().size).toBe(before.size);
  });

  test('goes on where it was when the daemon dies that is to take it', async () => {
    await again();
    const before = lives();
    await hold('after');
    await ask('resource', 'move', 'web', 'n1', '--live');
    await held();
    product.killDaemon(n1());
    await letGo();
    await answers();
    await product.untilSettled(lab.nodes);
    await answers();
    expect(lives().size).toBe(before.size);
    await failed('migrate_to of web from n2 to n1: it runs on where it is');
    // The daemon that comes back may be given it once more, with its memory.
    const other = (await runsOn()) === 'n1' ? n2() : n1();
    await expect(other.ask(['runc', 'state', 'web'])).rejects.toThrow('does not exist');
    if (other === n2()) await moved(n2());
    expect(lives().size).toBe(before.size);
  });

  test('is reached again when the daemon has died that cut it off', async () => {
    await again();
    const before = lives();
    await hold('before');
    await ask('resource', 'move', 'web', 'n1', '--live');
    await held();
    product.killDaemon(n2());
    await letGo();
    await answers();
    await product.untilSettled(lab.nodes);
    await answers();
    expect(lives().size).toBe(before.size);
  });

  test('starts anew, once, when the daemon dies that has written it down', async () => {
    const from = await stayed();
    const before = lives();
    await hold('after', from);
    await ask('resource', 'move', 'web', from === n1() ? 'n2' : 'n1', '--live');
    await held();
    product.killDaemon(from);
    await letGo(from);
    await answers();
    await product.untilSettled(lab.nodes);
    await answers();
    expect(lives().size).toBe(before.size + 1);
  });

  test('starts anew when it cannot go on at the target', async () => {
    const from = await stayed();
    const to = from === n1() ? n2() : n1();
    await program(to, 'hook-restore', ['exit 1']);
    const before = lives();
    await moved(to);
    await answers();
    expect(lives().size).toBe(before.size + 1);
    await failed(`migrate_from of web on ${to.name}: error`);
  });

  test('starts anew, once, when the host loses power that has written it down', async () => {
    const from = await stayed();
    const before = lives();
    await hold('after', from);
    const to = from === n1() ? n2() : n1();
    await to.ask(['rm', '-f', '/usr/local/bin/hook-restore']);
    await ask('resource', 'move', 'web', to.name, '--live');
    await held();
    await from.kill();
    await answers();
    expect(lives().size).toBe(before.size + 1);
    expect(await runsOn()).not.toBe(from.name);
  });
});

/** As an administrator would, with the name that the resource has. */
async function startStranger(node: LabNode): Promise<void> {
  const bundle = '/run/stranger';
  const edits =
    's/"terminal": true/"terminal": false/; s#"sh"#"/bin/busybox", "sleep", "1000"#; s#"rootfs"#"/run/lab/root"#';
  const make = `mkdir ${bundle}; cd ${bundle}; runc spec; sed -i '${edits}' config.json`;
  await node.ask(['sh', '-c', `${make}; runc run --detach web </dev/null >/dev/null 2>&1`]);
}

const history = async (): Promise<string> =>
  (await product.history(n3())).map(({ text }) => text).join('\n');

const configuration = clusterOf(countingText('web', ADDRESS));
