/** The API on Unix sockets: who may connect is decided by the file's owner, group and mode. */
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

import type { Refusals } from './refusals.ts';

export interface SocketOptions {
  readonly path: string;
  readonly mode: number;
  /** Group that gets the file; undefined leaves it to the daemon's own. */
  readonly groupId?: number;
  /** Counts what is no HTTP at all. */
  readonly refusals?: Refusals;
}

const CONNECTIONS_MAX = 256;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Rejects when another process answers there, or the socket cannot be made. */
export async function listen(app: Hono, options: SocketOptions): Promise<ApiServer> {
  if (await somebodyAnswers(options.path)) {
    throw new Error(`${options.path}: another daemon answers there`);
  }
  rmSync(options.path, { force: true });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') options.refusals?.count('not-http');
    refuse(socket, error.code);
  });
  await bind(server, options);
  return { close: () => closeServer(server, options.path) };
}

/** As Node does by itself where nobody listens for it. */
function refuse(socket: Duplex, code: string | undefined): void {
  if (!socket.writable) return void socket.destroy();
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  return void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
}

export interface ApiServer {
  /** Ends the listener and every connection. */
  close(): Promise<void>;
}

/** Nobody can connect between bind and chmod: bind happens inside `listen`, under this umask. */
async function bind(server: Server, { path, mode, groupId }: SocketOptions): Promise<void> {
  const umask = process.umask(0o177);
  server.listen({ path });
  process.umask(umask);
  await once(server, 'listening');
  if (groupId !== undefined) chownSync(path, process.getuid?.() ?? 0, groupId);
  chmodSync(path, mode);
}

async function closeServer(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
