import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clockEnvironment, installClocks, setClock } from './clock.ts';
import { identify, isAlive } from './host.ts';
import { createLab } from './lab.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';
import { untilMembers } from './membership.ts';
import { labs, sweep } from './registry.ts';
import { sleep, start, until } from './run.ts';
import { readStamps } from './stamps.ts';

const everybody = [1, 2, 3];
let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.startCorosync();
}, 30_000);

afterAll(async () => {
  await lab.close();
});

/** Puts the cluster back in order for the next test. */
async function restore(): Promise<void> {
  for (const node of lab.nodes) {
    await node.heal();
    await node.boot();
    const runs = node.processes().some(({ name }) => name === 'corosync');
    if (!runs) await node.startCorosync();
  }
  await untilMembers(lab.nodes, everybody);
}

describe('a node', () => {
  test('is a machine of its own: name, processes, network, cgroup', async () => {
    const node = lab.node('n2');
    expect(await node.ask(['hostname'])).toBe('n2\n');
    expect(await node.ask(['ps', '-o', 'pid=', '-p', '1'])).toMatch(/^\s*1\n$/);
    expect((await node.ask(['ls', '/sys/class/net'])).trim().split('\n')).toEqual(['eth0', 'lo']);
    expect(await node.ask(['cat', '/proc/self/cgroup'])).toContain('0::/lab.slice\n');
    await sayHello(node, '10.77.0.100');
    expect(await knows(node, '10.77.0.100')).toBe(true);
  });

  test('passes exit codes, input and environment', async () => {
    const node = lab.node('n1');
    const argv = ['sh', '-c', 'read word; echo "$word $COLOUR"; exit 7'];
    const result = await node.exec(argv, { input: 'hello\n', environment: { COLOUR: 'red' } });
    expect(result).toMatchObject({ code: 7, stdout: 'hello red\n' });
    expect((await node.exec(['no-such-program'])).code).toBe(127);
  });

  test('that loses power loses every process and its link at once, and boots anew', async () => {
    const node = lab.node('n3');
    const bootId = () => node.ask(['cat', '/proc/sys/kernel/random/boot_id']);
    await node.launch(['sleep', '1000'], { log: '/var/log/sleep.log' });
    const before = await bootId();
    const identities = node.processes().map(({ pid }) => identify(pid)!);
    expect(node.processes().map(({ name }) => name)).toContain('sleep');
    await node.kill();
    expect(identities.filter(isAlive)).toEqual([]);
    await lab.observer.ask(['ip', 'neigh', 'flush', 'all']);
    await sayHello(lab.observer, node.address);
    expect(await knows(lab.observer, node.address)).toBe(false);
    await expect(async () => node.ask(['true'])).rejects.toThrow('n3 is off');
    await node.boot();
    expect(await bootId()).not.toBe(before);
    expect(node.processes()).toHaveLength(1);
    await restore();
  });

  test('restarts a program as a unit with Restart=always does', async () => {
    const node = lab.node('n1');
    const log = '/var/log/short.log';
    await node.launch(['sh', '-c', 'echo again'], { log, restartAfterMs: 50 });
    const lines = () => readFileSync(join(node.directory, 'log/short.log'), 'utf8').split('\n');
    await until('three starts', () => lines().length > 3, 2000);
  });
});

describe('a machine', () => {
  test('that is frozen is lost, and can be switched off and on', async () => {
    const node = lab.node('n3');
    expect(node.freeze(true)).toBe(true);
    await untilMembers(lab.nodes.slice(0, 2), [1, 2]);
    await node.kill();
    expect(node.pid()).toBeUndefined();
    expect(node.freeze(true)).toBe(false);
    await restore();
  }, 30_000);

  test('has a wall clock of its own for what is started with it', async () => {
    await installClocks(lab, ['n1', 'n2']);
    const seconds = async (name: string) => {
      const environment = clockEnvironment(name);
      return Number(await lab.node(name).ask(['date', '+%s'], { environment })) - Date.now() / 1000;
    };
    setClock(lab, 'n1', 3_600_000);
    expect(Math.abs((await seconds('n1')) - 3600)).toBeLessThan(30);
    expect(Math.abs(await seconds('n2'))).toBeLessThan(30);
    setClock(lab, 'n1', 0);
    expect(Math.abs(await seconds('n1'))).toBeLessThan(30);
  });
});

describe('the network', () => {
  test('a cut cable splits the membership, healing joins it', async () => {
    await lab.node('n3').cut();
    await untilMembers(lab.nodes.slice(0, 2), [1, 2]);
    await untilMembers([lab.node('n3')], [3], false);
    const seen = await lab.node('n3').ask(['cat', '/sys/class/net/eth0/operstate']);
    expect(seen).not.toBe('up\n');
    await restore();
  }, 30_000);

  test('a silent drop leaves the carrier up', async () => {
    await lab.node('n1').drop();
    await untilMembers([lab.node('n1')], [1], false);
    expect(await lab.node('n1').ask(['cat', '/sys/class/net/eth0/operstate'])).toBe('up\n');
    await restore();
  }, 30_000);

  test('it falls into parts, links stay up, and is whole again', async () => {
    const [n1, n2, n3] = [lab.node('n1'), lab.node('n2'), lab.node('n3')];
    await lab.part([[n1, n2], [n3]]);
    await Promise.all([untilMembers([n1, n2], [1, 2]), untilMembers([n3], [3], false)]);
    expect(await n3.ask(['cat', '/sys/class/net/eth0/operstate'])).toBe('up\n');
    await sayHello(lab.observer, n3.address);
    expect(await knows(lab.observer, n3.address)).toBe(true);
    await lab.part([]);
    await restore();
  }, 30_000);

  test.each([
    { way: 'in', heard: true, hears: false },
    { way: 'out', heard: false, hears: true },
  ] as const)(
    'a drop one way ($way) leaves the other way',
    async ({ way, heard, hears }) => {
      const node = lab.node('n2');
      await node.stopCorosync();
      await node.dropOneWay(way);
      for (const machine of [node, lab.observer])
        await machine.ask(['ip', 'neigh', 'flush', 'all']);
      await sayHello(node, '10.77.0.100');
      // Who gets an ARP request learns the asker's hardware address from it (arp(7)).
      expect(await knows(lab.observer, node.address)).toBe(heard);
      await lab.observer.ask(['ip', 'neigh', 'flush', 'all']);
      await node.ask(['ip', 'neigh', 'flush', 'all']);
      await sayHello(lab.observer, node.address);
      expect(await knows(node, '10.77.0.100')).toBe(hears);
      await node.startCorosync();
      await restore();
    },
    30_000,
  );
});

/** A datagram to the discard port: the kernel must find the hardware address first. */
async function sayHello(machine: Machine, address: string): Promise<void> {
  await machine.exec(['bash', '-c', 'echo hello >/dev/udp/$0/9', address]);
  await sleep(100);
}

/** Does the machine know the hardware address behind this one? */
async function knows(machine: Machine, address: string): Promise<boolean> {
  return (await machine.ask(['ip', 'neigh', 'show', address])).includes('lladdr');
}

describe('the power switch', () => {
  const fence = (node: string, ...lines: readonly string[]) =>
    lab.node(node).exec(['fence_lab'], { input: `${lines.join('\n')}\n` });

  test('answers status, list and monitor to the fence agent inside a node', async () => {
    expect((await fence('n1', 'action=status', 'port=n2')).code).toBe(0);
    expect(await fence('n1', 'action=list')).toMatchObject({ code: 0, stdout: 'n1,\nn2,\nn3,\n' });
    expect((await fence('n1', 'action=monitor')).code).toBe(0);
    expect((await fence('n1', 'action=off', 'port=n9')).code).toBe(1);
  });

  test('off: the node is gone when the agent succeeds; then status is 2, on brings it back', async () => {
    const victim = lab.node('n2');
    const identities = victim.processes().map(({ pid }) => identify(pid)!);
    const off = await fence('n1', '# a comment', 'unknown=1', 'action=off', 'plug=n2');
    expect(off).toMatchObject({ code: 0, stderr: '' });
    expect(identities.filter(isAlive)).toEqual([]);
    expect((await fence('n1', 'action=status', 'port=n2')).code).toBe(2);
    expect((await fence('n1', 'action=on', 'port=n2')).code).toBe(0);
    expect(victim.pid()).toBeDefined();
    await restore();
  }, 30_000);

  test('reboot stamps its begin and end', async () => {
    const first = lab.node('n3').pid();
    await fence('n1', 'action=reboot', 'port=n3');
    await until('n3 is on', () => lab.node('n3').pid() !== undefined);
    expect(lab.node('n3').pid()).not.toBe(first);
    expect(readStamps(lab).at(-1)).toMatchObject({
      kind: 'fence',
      node: 'n1',
      action: 'reboot',
      target: 'n3',
      code: 0,
    });
    await restore();
  }, 30_000);
});

describe('what a lab leaves behind', () => {
  test('nothing after close, side by side with another', async () => {
    const other = await createLab({ nodes: 1 });
    const record = labs().find(({ id }) => id === other.id)!;
    expect(lab.id).not.toBe(other.id);
    await other.close();
    expect(Object.values(record.inits).filter(isAlive)).toEqual([]);
    expect(existsSync(record.directory) || existsSync(record.cgroup ?? '/none')).toBe(false);
    expect(labs().map(({ id }) => id)).toContain(lab.id);
    expect((await lab.node('n1').exec(['true'])).code).toBe(0);
  });

  test('nothing after its owner was killed, once somebody sweeps', async () => {
    const owner = start([process.execPath, join(import.meta.dirname, 'main.ts'), 'up', '1']);
    const mine = () => labs().find((record) => record.owner.pid === owner.pid);
    await until('the lab of the other process is up', () => mine()?.inits['n1'] !== undefined);
    const record = mine()!;
    owner.kill('SIGKILL');
    await until('its owner is gone', () => !isAlive(record.owner));
    expect(await sweep()).toContain(record.id);
    expect(Object.values(record.inits).filter(isAlive)).toEqual([]);
    expect(existsSync(record.directory) || existsSync(record.cgroup ?? '/none')).toBe(false);
    expect(labs().map(({ id }) => id)).toContain(lab.id);
  }, 30_000);
});
