/** Poison pills on files: what holdfast-watchdog reads, what holdfast-poison writes. The reset: e2e/watchdog. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';

import { parseMetadata } from '../../agents/metadata.ts';
import { readBoot } from '../../daemon/life.ts';
import type { WatchdogState } from './client.ts';

const built = new URL('../../../native/build/', import.meta.url).pathname;
/** As the daemon tells it to the cluster, and as it comes back with the request. */
const BOOT = readBoot();

function stage(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-poison-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function poison(...words: readonly string[]): { code: number | null; said: string; error: string } {
  const { status, stdout, stderr } = spawnSync(join(built, 'holdfast-poison'), words, {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { code: status, said: stdout, error: stderr };
}

function newDisk(directory: string, name: string, slots = 4): { path: string; uuid: string } {
  const path = join(directory, name);
  closeSync(openSync(path, 'w'));
  truncateSync(path, 1 << 20);
  const { said } = poison('create', '--disk', path, '--slots', String(slots));
  return { path, uuid: /UUID (\S{36})/.exec(said)?.[1] ?? said };
}

/** Without a device: it reads the disks and arms nothing. Its states, the newest last. */
function watcher(directory: string, node: string, disks: readonly string[]): WatchdogState[] {
  const socket = join(directory, `${node}.sock`);
  const words = ['--device', join(directory, 'none'), '--socket', socket, '--node', node];
  const child = spawn(join(built, 'holdfast-watchdog'), [
    ...words,
    '--disk-age',
    '2',
    ...disks.flatMap((path) => ['--disk', path]),
  ]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const states: WatchdogState[] = [];
  createInterface(child.stdout).on('line', (line) =>
    states.push(JSON.parse(line) as WatchdogState),
  );
  return states;
}

const healthy = (states: readonly WatchdogState[]): readonly boolean[] =>
  states.at(-1)?.disks?.map((disk) => disk.healthy) ?? [];
const untilHealthy = (states: readonly WatchdogState[], wanted: readonly boolean[]) =>
  vi.waitFor(() => expect(healthy(states)).toEqual(wanted), { timeout: 10_000, interval: 50 });

function fence(values: Readonly<Record<string, string>>): { code: number | null; error: string } {
  const input = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  const { status, stderr } = spawnSync(join(built, 'libexec/fence_pill'), {
    input: input.join(''),
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { code: status, error: stderr };
}

test('a disk is made once, unless it is forced; what is none is told', () => {
  const directory = stage();
  const { path, uuid } = newDisk(directory, 'a');
  expect(uuid).toHaveLength(36);
  expect(poison('create', '--disk', path)).toMatchObject({
    code: 1,
    error: expect.stringContaining('--force makes it anew'),
  });
  const anew = poison('create', '--disk', path, '--force');
  expect([anew.code, anew.said.includes(uuid)]).toEqual([0, false]);
  truncateSync(path, 0);
  truncateSync(path, 1 << 20);
  expect(poison('list', '--disk', path).error).toContain('it is no disk for poison pills');
  truncateSync(path, 5);
  expect(poison('list', '--disk', path).error).toContain('too small');
  expect(poison('message', '--disk', path, '--node', 'n1', '--message', 'boo').code).toBe(2);
});

test('the node reads its slot, and finds the pill that is meant for its boot', async () => {
  const directory = stage();
  const { path, uuid } = newDisk(directory, 'a');
  const states = watcher(directory, 'n1', [path]);
  await untilHealthy(states, [true]);
  expect(states.at(-1)).toMatchObject({ node: 'n1', diskAgeMs: 2000, disks: [{ path, uuid }] });
  const terms = { pill_uuids: uuid, pill_wait_ms: '300', pill_request: '1.2.n1.1' };
  const reboot = { action: 'reboot', port: 'n1', disks: path, ...terms };
  const earlier = fence({ ...reboot, pill_boot: 'earlier' });
  expect([earlier.code, earlier.error]).toEqual([1, expect.stringContaining('another boot')]);
  const begin = performance.now();
  expect(fence({ ...reboot, pill_boot: BOOT })).toEqual({ code: 0, error: '' });
  expect(performance.now() - begin).toBeGreaterThanOrEqual(300);
  await vi.waitFor(() => expect(states.at(-1)?.why).toContain('poison pill'), 5000);
  expect(poison('list', '--disk', path).said).toContain('n1\treset by request 1.2.n1.1');
});

test('a pill says that the machine is to stay off', async () => {
  const directory = stage();
  const { path, uuid } = newDisk(directory, 'a');
  const states = watcher(directory, 'n1', [path]);
  await untilHealthy(states, [true]);
  const terms = { pill_uuids: uuid, pill_wait_ms: '10', pill_request: '1.2.n1.1off' };
  const off = { action: 'off', port: 'n1', disks: path, pill_boot: BOOT, ...terms };
  expect(fence(off)).toEqual({ code: 0, error: '' });
  await vi.waitFor(() => expect(states.at(-1)?.why).toContain('poison pill'), 5000);
  expect(poison('list', '--disk', path).said).toContain('n1\toff by request 1.2.n1.1off');
});

test('a pill counts only with what the node has proved, on most of its disks', async () => {
  const directory = stage();
  const disks = ['a', 'b', 'c'].map((name) => newDisk(directory, name));
  const paths = disks.map(({ path }) => path);
  const states = watcher(directory, 'n1', paths);
  await untilHealthy(states, [true, true, true]);
  const uuids = disks.map(({ uuid }) => uuid).join(',');
  const terms = { pill_boot: BOOT, pill_uuids: uuids, pill_wait_ms: '10' };
  const reboot = { action: 'reboot', port: 'n1', ...terms };
  const errorOf = (more: Readonly<Record<string, string>>): string =>
    fence({ ...reboot, disks: paths.join(','), ...more }).error;
  for (const missing of ['pill_boot', 'pill_uuids', 'pill_wait_ms']) {
    expect(errorOf({ [missing]: '' })).toContain('only the cluster knows');
  }
  expect(errorOf({ action: 'on' })).toContain('a pill reboots or switches off');
  expect(errorOf({ port: 'n2', nodename: 'n2' })).toContain('0 of the 3 disks');
  expect(errorOf({ disks: paths[0] ?? '' })).toContain('1 of the 3 disks');
  const stranger = newDisk(directory, 'd');
  const beside = fence({ ...reboot, disks: `${paths[0]},${stranger.path}` });
  expect(beside.error).toContain('the node does not read this disk');
  expect(beside.code).toBe(1);
  expect(fence({ ...reboot, disks: `${paths[0]},${paths[2]}` })).toEqual({ code: 0, error: '' });
});

test('a disk that is lost, damaged or taken by another machine is not healthy', async () => {
  const directory = stage();
  const disks = ['a', 'b'].map((name) => newDisk(directory, name));
  const [a = '', b = ''] = disks.map(({ path }) => path);
  const states = watcher(directory, 'n1', [a, b]);
  await untilHealthy(states, [true, true]);
  const file = openSync(b, 'r+');
  writeSync(file, 'x', 100);
  closeSync(file);
  await untilHealthy(states, [true, false]);
  expect(states.at(-1)?.disks?.[1]?.why).toContain('damaged');
  expect(states.at(-1)?.why).toContain('most of the disks');
  // Beside it another machine under the same name: a name space of its own would have another boot.
  const owner = openSync(a, 'r+');
  writeSync(owner, Buffer.alloc(4096), 0, 4096, 4096);
  closeSync(owner);
  await untilHealthy(states, [false, false]);
});

test('a monitor wants most of the disks, a status the slot of the node', () => {
  const directory = stage();
  const { path } = newDisk(directory, 'a');
  expect(fence({ action: 'monitor', disks: path }).code).toBe(0);
  const missing = `${path},${path}.gone`;
  expect(fence({ action: 'monitor', disks: missing }).error).toContain('most of the disks');
  expect(fence({ action: 'status', port: 'n9', disks: path }).error).toContain('has no slot there');
  expect(fence({ action: 'monitor' }).error).toContain('none given');
  const asked = spawnSync(join(built, 'libexec/fence_pill'), ['-o', 'metadata'], {
    encoding: 'utf8',
  });
  const agent = { class: 'stonith', type: 'fence_pill' } as const;
  expect(parseMetadata(agent, asked.stdout).kind).toBe('description');
});
