/**
 * The bus: a process of its own that orders the messages of the local engine, one per cluster
 * directory. `bus.ts DIRECTORY [IDLE_MS]` is started by the first daemon that finds none, and ends
 * IDLE_MS (10 s) after the last connection closed.
 *
 * It runs as the daemons' user; the socket's mode 0600 keeps everybody else out.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

import { assertNever } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import { native } from '../../../native/holdfast.ts';
import { lockFile, logFile, readCluster, ringFile, socketFile } from './configuration.ts';
import { FrameReader, encodeFrame } from './frames.ts';
import { parseRequest } from './protocol.ts';
import type { Reply, Request } from './protocol.ts';
import { newBus, order } from './sequencer.ts';
import type { BusInput } from './sequencer.ts';

const idleMsDefault = 10_000;
/** What may wait for a daemon that does not read. One that lets more wait has failed. */
const unreadBytesMax = 64 * 1024 * 1024;
const connectionsMax = 256;

class Bus {
  readonly #directory: string;
  readonly #idleMsMax: number;
  readonly #daemons = new Map<NodeName, Socket>();
  #state;
  #connections = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(directory: string, idleMsMax: number) {
    this.#directory = directory;
    this.#idleMsMax = idleMsMax;
    this.#state = newBus(readCluster(directory).nodes, readRing(directory));
  }

  listen(): void {
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = connectionsMax;
    process.umask(0o177);
    rmSync(socketFile(this.#directory), { force: true });
    server.listen(socketFile(this.#directory));
    this.#waitForWork();
  }

  #accept(socket: Socket): void {
    const reader = new FrameReader();
    const connection: Connection = { socket, node: null };
    this.#connections += 1;
    clearTimeout(this.#idle);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#obey(connection, parseRequest(frame));
      } catch {
        socket.destroy();
      }
    });
    socket.on('close', () => {
      this.#connections -= 1;
      this.#forget(connection, 'process-down');
      this.#waitForWork();
    });
  }

  #obey(connection: Connection, request: Request | null): void {
    if (connection.socket.destroyed) return;
    switch (request?.kind) {
      case undefined:
        connection.socket.destroy();
        return;
      case 'join':
        this.#join(connection, request);
        return;
      case 'send':
        if (connection.node !== null)
          this.#apply({ ...request, kind: 'message', node: connection.node });
        return;
      case 'leave':
        this.#forget(connection, 'leave');
        connection.socket.end();
        return;
      case 'node-down':
      case 'partition':
        this.#apply(request);
        if (request.kind === 'node-down') this.#cutOff(request.node);
        this.#answer(connection);
        return;
      case 'status':
        this.#answer(connection);
        return;
      default:
        assertNever(request);
    }
  }

  #join(connection: Connection, request: Extract<Request, { kind: 'join' }>): void {
    const { socket } = connection;
    const entry = this.#state.nodes.find(({ node }) => node === request.node);
    if (entry === undefined) {
      const reason = `the running bus knows no node ${request.node}: cluster.json has changed, stop all daemons for 10 s`;
      socket.end(encodeFrame({ kind: 'refused', reason } satisfies Reply));
      return;
    }
    if (entry.process !== null || connection.node !== null) {
      const reason = `process ${entry.process} already is the daemon of node ${request.node}: stop that one first`;
      socket.end(encodeFrame({ kind: 'refused', reason } satisfies Reply));
      return;
    }
    connection.node = request.node;
    this.#daemons.set(request.node, socket);
    this.#apply(request);
  }

  #answer(connection: Connection): void {
    tell(connection.socket, { kind: 'done', nodes: this.#state.nodes });
  }

  /** Takes a daemon out of the order, once. */
  #forget(connection: Connection, kind: 'leave' | 'process-down'): void {
    const { node, socket } = connection;
    connection.node = null;
    if (node === null || this.#daemons.get(node) !== socket) return;
    this.#daemons.delete(node);
    this.#apply({ kind, node });
  }

  /** The daemon of a node that is down gets no further word. */
  #cutOff(node: NodeName): void {
    const socket = this.#daemons.get(node);
    this.#daemons.delete(node);
    socket?.destroy();
  }

  #apply(input: BusInput): void {
    const before = this.#state.sequence;
    const { state, deliveries } = order(this.#state, input);
    this.#state = state;
    if (state.sequence !== before) writeRing(this.#directory, state.sequence);
    for (const { to, event } of deliveries) {
      const socket = this.#daemons.get(to);
      if (socket !== undefined) tell(socket, { kind: 'event', event });
    }
  }

  #waitForWork(): void {
    if (this.#connections > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => process.exit(), this.#idleMsMax);
  }
}

interface Connection {
  readonly socket: Socket;
  /** The node whose daemon this is; null for a tool, and for a daemon that left. */
  node: NodeName | null;
}

function tell(socket: Socket, reply: Reply): void {
  if (socket.destroyed || socket.writableEnded) return;
  socket.write(encodeFrame(reply));
  if (socket.writableLength > unreadBytesMax) socket.destroy();
}

/** Rings keep rising over restarts of the bus, as Totem's do. */
function readRing(directory: string): number {
  try {
    const ring = Number(readFileSync(ringFile(directory), 'utf8'));
    return Number.isSafeInteger(ring) && ring > 0 ? ring : 0;
  } catch {
    return 0;
  }
}

function writeRing(directory: string, ring: number): void {
  const next = `${ringFile(directory)}.new`;
  writeFileSync(next, `${ring}\n`, { mode: 0o600 });
  renameSync(next, ringFile(directory));
}

const [, , directory, idleMs] = process.argv;
if (directory === undefined) throw new Error('usage: bus.ts DIRECTORY [IDLE_MS]');
if (native().lockFile(lockFile(directory))) {
  writeFileSync(logFile(directory), '', { mode: 0o600 });
  new Bus(directory, Number(idleMs ?? idleMsDefault)).listen();
}
