import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { EngineError } from '../engine.ts';
import { logFile, socketFile } from './configuration.ts';

/** A path of a unix socket holds 107 bytes and its end, unix(7). */
const socketPathBytesMax = 107;
const attemptMs = 20;
const startMsMax = 5000;
/** A bus that is just ending still holds the lock: then a new one is started again. */
const restartMs = 500;

/** Connects to the bus of a cluster directory, and starts one when there is none. */
export async function connectBus(directory: string): Promise<Socket> {
  for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += attemptMs) {
    const socket = await tryToConnect(directory);
    if (socket !== null) return socket;
    if (waitedMs % restartMs === 0) startBus(directory);
    await sleep(attemptMs);
  }
  throw new EngineError(
    'absent',
    `the local bus in ${directory} did not start within 5 s: see bus.log there`,
  );
}

/** A connection to the bus, or null when none runs. */
export async function tryToConnect(directory: string): Promise<Socket | null> {
  const path = socketFile(directory);
  if (Buffer.byteLength(path) > socketPathBytesMax) {
    const what = `${path} is longer than ${socketPathBytesMax} bytes`;
    throw new EngineError('configuration', `${what}: choose a shorter cluster directory`);
  }
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null);
      else reject(new EngineError('absent', `${path}: ${error.message}`, { cause: error }));
    });
  });
}

/** Detached: the bus outlives the daemon that started it, and gets nothing of its environment. */
function startBus(directory: string): void {
  const source = fileURLToPath(new URL('./bus.ts', import.meta.url));
  const bundled = fileURLToPath(new URL('./holdfast-bus.js', import.meta.url));
  const log = openSync(logFile(directory), 'a', 0o600);
  const bus = spawn(process.execPath, [existsSync(source) ? source : bundled, directory], {
    cwd: directory,
    detached: true,
    env: {},
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  bus.on('error', () => undefined);
  bus.unref();
}
