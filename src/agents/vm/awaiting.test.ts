/** A guest that has come stands still until it is told to go on: by whom, and after how many questions. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { AgentHost, Operation } from '../host.ts';
import { arrive } from './arrival.ts';
import { takeTalk, talkAndKeep } from './awaiting.ts';
import { placesOf, type Machines } from './qemu.ts';
import { parseVmSettings } from './settings.ts';

let machines: Machines;
let servers: Server[];
let sockets: Socket[];
let heard: string[];

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-awaiting-'));
  const services = { state: () => Promise.resolve({ kind: 'running', pid: 1 }) };
  machines = { directory, services } as unknown as Machines;
  [servers, sockets, heard] = [[], [], []];
});

afterEach(() => {
  takeTalk('vm')?.close();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  rmSync(machines.directory, { recursive: true });
});

/** A QEMU whose guest has come; it runs once it was told to. `isMute`: it answers nothing but that it is there. */
async function qemu(at: 'control' | 'watch', isMute = false): Promise<void> {
  let status = 'paused';
  const places = placesOf(machines, 'vm');
  mkdirSync(dirname(places[at]), { recursive: true });
  writeFileSync(places.expected, '');
  const answer = (command: string): unknown => {
    heard.push(`${at} ${command}`);
    if (command === 'cont') status = 'running';
    return command === 'query-status' ? { status } : {};
  };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    socket.on('data', (data: Buffer) => {
      for (const line of data.toString().trim().split('\n')) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number };
        if (isMute && execute !== 'qmp_capabilities') continue;
        socket.write(`${JSON.stringify({ return: answer(execute), id })}\r\n`);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(places[at], resolve));
}

const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);

async function arrival(signal = soon()) {
  const host = {
    services: machines.services,
    machinesDirectory: machines.directory,
  } as unknown as AgentHost;
  const parsed = parseVmSettings({ memory: '64', kernel: '/vmlinuz' });
  if (parsed.kind === 'wrong') throw new Error(parsed.reason);
  const operation = { request: { resource: 'vm' }, signal } as unknown as Operation;
  return (await arrive(host, operation, parsed.settings)).outcome;
}

const isReady = (): Promise<string> => Promise.resolve('ready');
const success = { kind: 'exited', exitCode: 0 };

test('one question, and it goes on: the conversation is there already', async () => {
  await qemu('watch');
  expect(await talkAndKeep(machines, 'vm', soon(), isReady)).toBe('ready');
  heard = [];
  expect(await arrival()).toMatchObject(success);
  expect(heard.slice(0, 2)).toEqual(['watch query-status', 'watch cont']);
  expect(takeTalk('vm')).toBeUndefined();
});

test('a daemon that did not wait for it opens a conversation of its own', async () => {
  await qemu('control');
  expect(await arrival()).toMatchObject(success);
  expect(heard).toContain('control cont');
});

test('so does one with which QEMU has hung up', async () => {
  await qemu('watch');
  await qemu('control');
  await talkAndKeep(machines, 'vm', soon(), isReady);
  sockets[0]?.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await arrival()).toMatchObject(success);
  expect(heard).toContain('control cont');
});

test('the time of getting ready does not end what is kept', async () => {
  await qemu('watch');
  const signal = soon(200);
  await talkAndKeep(machines, 'vm', signal, isReady);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(signal.aborted).toBe(true);
  expect(await arrival()).toMatchObject(success);
  expect(heard).toContain('watch cont');
});

test('a QEMU that hangs holds nobody up beyond the time that there is', async () => {
  await qemu('watch', true);
  const ask = talkAndKeep(machines, 'vm', soon(200), (qmp) => qmp.ask('migrate-incoming'));
  await expect(ask).rejects.toThrow('aborted');
  expect(takeTalk('vm')).toBeUndefined();
  await talkAndKeep(machines, 'vm', soon(), isReady);
  await expect(arrival(soon(200))).rejects.toThrow('was closed');
});
