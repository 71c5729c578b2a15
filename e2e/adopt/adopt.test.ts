/** What runs on a node becomes the cluster's as it runs: real QEMU, real podman, a daemon of its own. */
import { execFile } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { obstacle, openPlace, type Place } from '../containers/place.ts';
import { localClusterIn, until, type LocalCluster } from '../local/cluster.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: adoption: ${missing}`);

const COUNT = 5;
const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

/** By their names: nobody else's machines are touched. */
const adopt = [
  'adopt',
  '--vms',
  '--containers',
  ...numbers.flatMap((number) => [`adopt-vm${String(number)}`, `adopt-web${String(number)}`]),
];

let place: Place;
let cluster: LocalCluster;
const images = mkdtempSync(join(tmpdir(), 'hf-images-'));

async function inside(...words: readonly [string, ...string[]]): Promise<string> {
  const [program, ...rest] = [...place.enter, ...words];
  return (await promisify(execFile)(program, rest)).stdout;
}

const holdfast = async (...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.holdfast('n1', ...words);
  if (code !== 0)
    throw new Error(
      `holdfast ${words.join(' ')}: ${String(code)} ${stdout}${stderr}${cluster.log('n1').slice(-3000)}`,
    );
  return stdout;
};

/** Each machine's and container's first process, with its start: another one is a restart. */
async function lives(): Promise<Readonly<Record<string, string>>> {
  const machines = readdirSync('/proc').flatMap((pid): (readonly [string, string])[] => {
    const name = /\0-name\0(adopt-vm\d)\0/.exec(read(`/proc/${pid}/cmdline`))?.[1];
    return name === undefined ? [] : [[name, pid]];
  });
  const text = await inside('podman', 'ps', '--format', '{{.Names}} {{.Pid}}');
  const containers = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]);
  const started = (pid: string): string => read(`/proc/${pid}/stat`).split(' ')[21] ?? '';
  return Object.fromEntries(
    [...machines, ...containers].map(([name, pid]) => [name, `${pid} ${started(pid)}`]),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

async function boot(number: number): Promise<void> {
  const image = join(images, `adopt-vm${String(number)}.raw`);
  writeFileSync(image, '');
  truncateSync(image, 1 << 20);
  const words =
    `-name adopt-vm${String(number)} -machine pc,accel=tcg -m 16 -display none -nodefaults ` +
    `-drive file=${image},format=raw,if=virtio ` +
    `-qmp unix:${images}/adopt-vm${String(number)}.qmp,server=on,wait=off -daemonize`;
  await inside('/usr/bin/qemu-system-x86_64', ...words.split(' '));
}

describe.skipIf(missing !== undefined)('five machines and five containers', () => {
  beforeAll(async () => {
    place = await openPlace('asItIs');
    await Promise.all(numbers.map(boot));
    for (const number of numbers) {
      const name = `adopt-web${String(number)}`;
      const words = `run --detach --restart always --memory 32m --network host --name ${name}`;
      await inside('podman', ...words.split(' '), 'tiny', '/bin/sleep', '10000');
    }
    cluster = localClusterIn(place.enter, ['n1']);
    await cluster.start('n1');
    const source = 'version: 1\ncluster: local # mine\noptions: { fencing-enabled: "false" }\n';
    await holdfast('apply', '--yes', '-f', cluster.file(source));
  });
  afterAll(async () => {
    // The daemon hears of each end, so that no supervisor waits for another one; it starts nothing.
    const quiet = 'version: 1\ncluster: local\noptions: { maintenance-mode: "true" }\n';
    await cluster.holdfast('n1', 'apply', '--yes', '-f', cluster.file(quiet));
    for (const line of Object.values(await lives())) {
      process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    }
    const sockets = join(cluster.directory, 'n1/r/services');
    await until('no supervisor is left', () => readdirSync(sockets).length === 0);
    await cluster.close();
    await place.close();
    rmSync(images, { recursive: true, force: true });
  });

  test('are told before, adopted without a restart, and monitored', async () => {
    const before = await lives();
    expect(Object.keys(before)).toHaveLength(2 * COUNT);
    const told = await holdfast(...adopt, '--dry-run');
    expect(told).toContain('Would adopt 10 resources');
    expect(told).toContain('adopt-vm3 on n1 (vm, 16 MiB, 1 CPU)');
    expect(told).toMatch(/no other node can reach \S+adopt-vm3\.raw/);
    expect(told).toContain('switches off podman-restart');
    expect(await holdfast('export')).not.toContain('adopt-vm3');

    const done = await holdfast(...adopt, '--wait');
    expect(done).toContain('Adopted 10 resources; nothing was restarted');
    const status = await cluster.status('n1');
    expect(status.resources.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...numbers.map((number) => `adopt-vm${String(number)} running`),
      ...numbers.map((number) => `adopt-web${String(number)} running`),
    ]);
    const source = await holdfast('export');
    expect(source).toContain('cluster: local # mine');
    expect(source).toContain('utilization');
    expect(await lives()).toEqual(before);
    const dropIn = '/etc/systemd/system/podman-restart.service.d/50-holdfast.conf';
    expect(await inside('cat', dropIn)).toContain('Restart=no');
    expect(await holdfast(...adopt)).toContain('Nothing runs');
  });

  test('are stopped and started as their own, and are given back', async () => {
    const before = await lives();
    // Nothing in these machines hears the power button: their time is cut short.
    const source = (await holdfast('export'))
      .replaceAll('timeout: 180s', 'timeout: 3s')
      .replaceAll('timeout: 40s', 'timeout: 8s');
    await holdfast('apply', '--yes', '-f', cluster.file(source), '--wait');
    expect(await lives()).toEqual(before);
    await holdfast('resource', 'stop', 'adopt-vm1', '--wait');
    await holdfast('resource', 'stop', 'adopt-web1', '--wait');
    // As on a node that never had it: it is made with the words that it was once made with.
    await inside('podman', 'rm', '--force', 'adopt-web1');
    const stopped = await lives();
    expect(stopped).not.toHaveProperty('adopt-vm1');
    expect(stopped).not.toHaveProperty('adopt-web1');
    await holdfast('resource', 'start', 'adopt-vm1', '--wait');
    await holdfast('resource', 'start', 'adopt-web1', '--wait');
    await until('both run', async () => Object.keys(await lives()).length === 2 * COUNT);
    const again = await inside(
      'podman',
      'inspect',
      'adopt-web1',
      '--format',
      '{{.HostConfig.Memory}}',
    );
    expect(again.trim()).toBe(String(32 << 20));
    for (const number of numbers) {
      expect(await holdfast('release', `adopt-web${String(number)}`)).toContain(
        'not managed any more',
      );
    }
    const after = await lives();
    expect(after['adopt-vm2']).toBe(before['adopt-vm2']);
    expect(after['adopt-web2']).toBe(before['adopt-web2']);
    const units = await inside('ls', '/etc/systemd/system/podman-restart.service.d');
    expect(units.trim()).toBe('');
  });

  test('mistakes are named', async () => {
    const { stderr, code } = await cluster.holdfast('n1', 'adopt', '--vms', 'vm9');
    expect([code, stderr]).toEqual([5, expect.stringContaining('Nothing named vm9 runs')]);
    expect((await cluster.holdfast('n1', 'adopt')).stderr).toContain('--containers');
    expect((await cluster.holdfast('n1', 'release', 'vm9')).code).toBe(5);
  });
});
