/** What QEMU is told, and when, to copy disks to another node. */
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { copyDisks } from './copy.ts';
import type { Disk } from './disks.ts';
import type { Qmp } from './qmp.ts';

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
function qemu(refusals: string[] = []): { readonly qmp: Qmp; readonly asked: string[] } {
  const asked: string[] = [];
  const ask = (command: string): Promise<unknown> => {
    asked.push(command);
    const refusal = command === 'blockdev-add' ? refusals.shift() : undefined;
    if (refusal !== undefined) return Promise.reject(new Error(refusal));
    if (command !== 'query-block-jobs') return Promise.resolve({});
    return Promise.resolve([{ device: 'copy-job0', ready: true }]);
  };
  return { qmp: { ask } as unknown as Qmp, asked };
}

const placeAt = (diskPort: number) => ({ host: '127.0.0.1', port: 1, diskPort });
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
  const late = qemu(["Requested export 'disk0' not available"]);
  await copyDisks(late.qmp, [disk], placeAt(port), signal());
  expect(late.asked.filter((each) => each === 'blockdev-add')).toHaveLength(2);
  const never = qemu(['the format is not known']);
  await expect(copyDisks(never.qmp, [disk], placeAt(port), signal())).rejects.toThrow('format');
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
