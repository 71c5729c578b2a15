/** What QEMU is told, and when, to copy disks to another node. */
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { copyDisks } from './copy.ts';
import type { Disk } from './disks.ts';
import { endCopies } from './departure.ts';
import { offerDisks } from './offer.ts';
import type { Qmp } from './qmp.ts';
import type { VmSettings } from './settings.ts';
import { leftFor, markStale, notComplete, staleMark, staleReason } from './stale.ts';

const disk: Disk = {
  path: '/disk.raw',
  format: 'raw',
  bus: 'virtio',
  readOnly: false,
  cache: 'none',
  size: undefined,
};
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(port = 0): Promise<number> {
  const server = createServer((socket) => socket.end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const port = await listen();
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

/** Answers as QEMU does; `refusals` is what it says to the first connections. */
function qemu({ refusals = [] as string[], isLeftOver = false, isReady = true } = {}) {
  let isCopying = isLeftOver;
  const asked: string[] = [];
  const words: Record<string, unknown>[] = [];
  const ask = (command: string, parameters: Record<string, unknown> = {}): Promise<unknown> => {
    words.push(parameters);
    if (command === 'query-named-block-nodes') {
      return Promise.resolve(isCopying ? [{ 'node-name': 'copy0' }] : []);
    }
    asked.push(command);
    const refusal = command === 'blockdev-add' ? refusals.shift() : undefined;
    if (refusal !== undefined) return Promise.reject(new Error(refusal));
    if (command === 'blockdev-del') isCopying = false;
    if (command === 'block-job-cancel') isCopying = false;
    if (command === 'blockdev-mirror') isCopying = true;
    if (command !== 'query-block-jobs') return Promise.resolve({});
    return Promise.resolve(isCopying ? [{ device: 'copy-job0', ready: isReady }] : []);
  };
  const listeners: Parameters<Qmp['onEvent']>[0][] = [];
  const onEvent: Qmp['onEvent'] = (listener) => {
    listeners.push(listener);
    return () => undefined;
  };
  /** The job is gone, and QEMU tells once why. */
  const fail = (error: string): void => {
    isCopying = false;
    for (const listener of listeners) {
      listener({ name: 'BLOCK_JOB_COMPLETED', data: { device: 'copy-job0', error } });
    }
  };
  return { qmp: { ask, onEvent } as unknown as Qmp, asked, words, fail };
}

const placeAt = (diskPort: number, credentials?: string) => ({
  resource: 'shop',
  host: '127.0.0.1',
  port: 1,
  diskPort,
  credentials,
});
const signal = (): AbortSignal => AbortSignal.timeout(10_000);

test('QEMU connects when somebody listens, and not before: the guest would stand still', async () => {
  const port = await freePort();
  const { qmp, asked } = qemu();
  const copied = copyDisks(qmp, [disk], placeAt(port), signal());
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(asked).toEqual([]);
  await listen(port);
  await copied;
  expect(asked).toEqual(['blockdev-add', 'blockdev-mirror', 'query-block-jobs']);
});

test('a disk that is not offered yet is asked for again, any other refusal is the end', async () => {
  const port = await listen();
  const late = qemu({ refusals: ["Requested export 'disk0' not available"] });
  await copyDisks(late.qmp, [disk], placeAt(port), signal());
  expect(late.asked.filter((each) => each === 'blockdev-add')).toHaveLength(2);
  const never = qemu({ refusals: ['the format is not known'] });
  await expect(copyDisks(never.qmp, [disk], placeAt(port), signal())).rejects.toThrow('format');
});

test('a copy that failed is no copy that has ended, whenever it failed', async () => {
  const place = placeAt(await listen());
  const failed = '/disk.raw could not be copied: No space left on device';
  const early = qemu({ isReady: false });
  const copied = copyDisks(early.qmp, [disk], place, signal());
  setTimeout(() => early.fail('No space left on device'), 50);
  await expect(copied).rejects.toThrow(failed);
  const late = qemu();
  const copies = await copyDisks(late.qmp, [disk], place, signal());
  late.fail('No space left on device');
  await expect(copies.end()).rejects.toThrow(failed);
});

test('a copy that stands still is given up', async () => {
  const { qmp } = qemu({ isReady: false });
  const place = placeAt(await listen());
  await expect(copyDisks(qmp, [disk], place, signal(), { stallMsMax: 200 })).rejects.toThrow(
    'nothing got through to the other node for 0.2 s',
  );
});

test('disks share what the migration may take of the network', async () => {
  const { qmp, words } = qemu();
  await copyDisks(qmp, [disk, readOnly], placeAt(await listen()), signal(), {
    bytesPerSecond: () => 99,
  });
  expect(words).toContainEqual(expect.objectContaining({ 'job-id': 'copy-job0', speed: 99 }));
});

test('who takes the move back does not wait for the other node', async () => {
  const port = await freePort();
  const { qmp, asked } = qemu();
  const controller = new AbortController();
  const copied = copyDisks(qmp, [disk], placeAt(port), controller.signal);
  setTimeout(() => controller.abort(new Error('taken back')), 50);
  await expect(copied).rejects.toThrow('taken back');
  expect(asked).toEqual([]);
});

test('without disks to copy nobody is connected to', async () => {
  const { qmp, asked } = qemu();
  await copyDisks(qmp, [{ ...disk, readOnly: true }], placeAt(1), signal());
  expect(asked).not.toContain('blockdev-add');
});

test('what a daemon that is no more has begun is ended first', async () => {
  const { qmp, asked } = qemu({ isLeftOver: true });
  await copyDisks(qmp, [disk], placeAt(await listen()), signal());
  expect(asked.slice(0, 3)).toEqual(['yank', 'block-job-cancel', 'query-block-jobs']);
  expect(asked[3]).toBe('blockdev-del');
  expect(asked.slice(4)).toEqual(['blockdev-add', 'blockdev-mirror', 'query-block-jobs']);
});

test('where memory goes encrypted, disks do as well', async () => {
  const place = placeAt(await listen(), 'migration-tls');
  const source = qemu();
  await copyDisks(source.qmp, [disk], place, signal());
  const secret = { 'tls-creds': 'migration-tls', 'tls-hostname': '127.0.0.1' };
  expect(source.words).toContainEqual(expect.objectContaining({ driver: 'nbd', ...secret }));
  const target = qemu();
  await offerDisks(target.qmp, [], place);
  expect(target.words[0]).toMatchObject({ 'tls-creds': 'migration-tls' });
});

test('an image is offered, and asked for, by the name of its machine', async () => {
  const source = qemu();
  await copyDisks(source.qmp, [disk], placeAt(await listen()), signal());
  const writable = { ...disk, path: join(directory, 'disk.raw') };
  const target = qemu();
  await offerDisks(target.qmp, [writable], placeAt(1));
  expect(source.words).toContainEqual(expect.objectContaining({ export: 'shop/disk0' }));
  expect(target.words).toContainEqual(expect.objectContaining({ name: 'shop/disk0' }));
});

const readOnly: Disk = { ...disk, path: '/cd.iso', readOnly: true };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-copy-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('nobody boots from a copy that is not complete', async () => {
  const image = { ...disk, path: join(directory, 'disk.raw') };
  await offerDisks(qemu().qmp, [image, readOnly], placeAt(1));
  expect(staleReason(image)).toContain(`${image.path} is stale: ${notComplete}`);
  expect(existsSync(staleMark(readOnly))).toBe(false);
});

test('it says so of an old copy, too: that is being written over', async () => {
  const image = { ...disk, path: join(directory, 'disk.raw') };
  markStale([image], leftFor('n2'));
  await offerDisks(qemu().qmp, [image], placeAt(1));
  expect(readFileSync(staleMark(image), 'utf8')).toBe(`${notComplete}\n`);
});

test('an image that is in use, since both nodes reach it, gets no mark', async () => {
  const image = { ...disk, path: join(directory, 'disk.raw') };
  const { qmp } = qemu();
  const ask = (command: string): Promise<unknown> =>
    command === 'block-export-add'
      ? Promise.reject(new Error('Failed to get "write" lock'))
      : qmp.ask(command);
  await expect(offerDisks({ ...qmp, ask }, [image], placeAt(1))).rejects.toThrow('lock');
  expect(staleReason(image)).toBeUndefined();
});

test('a guest that runs writes to the image here: no mark stays, nothing is copied', async () => {
  const image = { ...disk, path: join(directory, 'disk.raw') };
  writeFileSync(image.path, '');
  markStale([image], leftFor('n2'));
  const { qmp, asked } = qemu({ isLeftOver: true });
  const settings = { migration: { storage: 'copy' }, disks: [image] } as unknown as VmSettings;
  await endCopies(qmp, settings);
  expect(staleReason(image)).toBeUndefined();
  expect(asked).toContain('block-job-cancel');
});
