import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { EngineEvent } from '../../core/model/engine.ts';
import { settle } from '../testing/daemon.ts';
import { clusterFile, socketFile } from './configuration.ts';
import { tryToConnect } from './connect.ts';
import { readBus } from './control.ts';
import { openLocalEngine } from './engine.ts';
import { encodeFrame } from './frames.ts';

const program = fileURLToPath(new URL('./bus.ts', import.meta.url));

let directory: string;
let buses: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-bus-'));
  const nodes = ['a', 'b'].map((name, index) => ({ name, number: index + 1 }));
  writeFileSync(clusterFile(directory), JSON.stringify({ clusterName: 'test', nodes }));
});

afterEach(() => {
  for (const bus of buses) bus.kill('SIGKILL');
  buses = [];
  rmSync(directory, { recursive: true, maxRetries: 20 });
});

function startBus(idleMs: number): ChildProcess {
  const bus = spawn(process.execPath, [program, directory, String(idleMs)], { stdio: 'inherit' });
  buses.push(bus);
  return bus;
}

const isRunning = (bus: ChildProcess): boolean => bus.exitCode === null && bus.signalCode === null;

const until = (what: string, reached: () => boolean) => settle(what, reached, 5000);

async function connect(): Promise<Socket> {
  for (;;) {
    const socket = await tryToConnect(directory);
    if (socket !== null) return socket;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A bus that answers, so that no engine starts another. */
async function runningBus(): Promise<ChildProcess> {
  const bus = startBus(60_000);
  (await connect()).destroy();
  return bus;
}

it('runs once in a directory, for its user alone', async () => {
  const started = [startBus(60_000), startBus(60_000), startBus(60_000)];
  await until('one is left', () => started.filter(isRunning).length === 1);
  const socket = await connect();
  expect(statSync(socketFile(directory)).mode & 0o777).toBe(0o600);
  socket.destroy();
});

it('ends some time after its last connection', async () => {
  const bus = startBus(300);
  const socket = await connect();
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(isRunning(bus)).toBe(true);
  socket.destroy();
  await once(bus, 'exit');
  expect(bus.exitCode).toBe(0);
});

it('drops a client that sends what is no request, and nobody else', async () => {
  await runningBus();
  const engine = openLocalEngine(directory, 'a');
  const events: EngineEvent[] = [];
  await engine.start((event) => events.push(event));
  const frames = [Buffer.from([255, 255, 255, 255]), encodeFrame({ kind: 'send' }), encodeFrame(7)];
  for (const frame of frames) {
    const stranger = await connect();
    stranger.write(frame);
    await once(stranger, 'close');
  }
  expect(engine.send('well')).toBe('queued');
  await until('a message', () => events.some((event) => event.kind === 'engine-message'));
  await engine.close();
});

it('lets rings rise over its own death', async () => {
  const sequences: number[] = [];
  for (let life = 0; life < 2; life += 1) {
    const bus = await runningBus();
    const engine = openLocalEngine(directory, 'a');
    let lost = false;
    await engine.start((event) => {
      if (event.kind === 'engine-view') sequences.push(event.ring.sequence);
      lost ||= event.kind === 'engine-lost';
    });
    bus.kill('SIGKILL');
    await until('engine-lost', () => lost);
    // Until then its socket may still take a connection.
    await until('its end', () => !isRunning(bus));
  }
  expect(sequences).toEqual([1, 2]);
});

it('tells a fence device which process to end', async () => {
  await runningBus();
  const engine = openLocalEngine(directory, 'b');
  await engine.start(() => undefined);
  const nodes = await readBus(directory);
  expect(nodes.map(({ node, lastProcess }) => [node, lastProcess])).toEqual([
    ['a', null],
    ['b', process.pid],
  ]);
  await engine.close();
  await expect(readBus(tmpdir())).rejects.toThrow(/no local bus runs/);
});

it('refuses a directory whose socket would have too long a name', async () => {
  const long = join(directory, 'x'.repeat(100));
  await expect(readBus(long)).rejects.toThrow(/choose a shorter cluster directory/);
});
