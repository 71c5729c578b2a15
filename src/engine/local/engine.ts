import { once } from 'node:events';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { EngineConfiguration, EngineEvent } from '../../core/model/engine.ts';
import { assertNever, nodeName } from '../../core/model/ids.ts';
import {
  EngineError,
  checkMessage,
  closeMsMax,
  sendQueueBytesMax,
  sendQueueMessagesMax,
} from '../engine.ts';
import type { Engine, EngineListener } from '../engine.ts';
import { localConfiguration } from './configuration.ts';
import { connectBus } from './connect.ts';
import { FrameReader, encodeFrame } from './frames.ts';
import type { Reply, Request } from './protocol.ts';

/**
 * The engine for trying and developing: several daemons of one user on one machine, joined by a bus
 * in `directory`, which holds `cluster.json`. Throws an EngineError when that file does not name
 * `node`.
 */
export function openLocalEngine(directory: string, node: string): Engine {
  const path = resolve(directory);
  return new LocalEngine(path, localConfiguration(path, nodeName(node)));
}

class LocalEngine implements Engine {
  readonly configuration: EngineConfiguration;
  readonly #directory: string;
  readonly #reader = new FrameReader();
  readonly #firstView = Promise.withResolvers<void>();
  #listener: EngineListener | null = null;
  #socket: Socket | null = null;
  #phase: 'new' | 'running' | 'spent' = 'new';
  /** Sent and not delivered to ourselves yet: that is what the bus has not ordered. */
  #pending: number[] = [];
  #pendingBytes = 0;

  constructor(directory: string, configuration: EngineConfiguration) {
    this.#directory = directory;
    this.configuration = configuration;
  }

  async start(listener: EngineListener): Promise<void> {
    if (this.#phase !== 'new') throw new Error('an engine starts once');
    this.#phase = 'running';
    this.#listener = listener;
    const socket = await connectBus(this.#directory);
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#lose('the local bus has ended'));
    this.#tell({ kind: 'join', node: this.configuration.self.node, process: process.pid });
    await this.#firstView.promise;
  }

  send(text: string): 'queued' | 'refused' {
    const bytes = checkMessage(text);
    if (this.#phase !== 'running' || this.#socket === null) return 'refused';
    if (this.#pending.length >= sendQueueMessagesMax) return 'refused';
    if (this.#pendingBytes + bytes > sendQueueBytesMax) return 'refused';
    this.#pending.push(bytes);
    this.#pendingBytes += bytes;
    this.#tell({ kind: 'send', text });
    return 'queued';
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    const running = this.#phase === 'running';
    this.#spend();
    if (socket === null || socket.destroyed) return;
    if (running) {
      this.#tell({ kind: 'leave' });
      await Promise.race([once(socket, 'close'), sleep(closeMsMax, undefined, { ref: false })]);
    }
    socket.destroy();
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#frames(chunk)) {
      if (this.#phase === 'running') this.#hear(frame as Reply);
    }
  }

  #frames(chunk: Buffer): unknown[] {
    try {
      return this.#reader.push(chunk);
    } catch (error) {
      this.#lose(`the local bus sent what is no frame: ${String(error)}`);
      return [];
    }
  }

  #hear(reply: Reply): void {
    switch (reply.kind) {
      case 'event':
        this.#settle(reply.event);
        this.#listener?.(reply.event);
        if (reply.event.kind === 'engine-view') this.#firstView.resolve();
        return;
      case 'refused':
        this.#spend();
        this.#firstView.reject(new EngineError('taken', reply.reason));
        return;
      case 'done':
        return;
      default:
        assertNever(reply);
    }
  }

  /** One of our messages came back: its place in the queue is free. */
  #settle(event: EngineEvent): void {
    if (event.kind !== 'engine-message') return;
    if (event.sender.node !== this.configuration.self.node) return;
    this.#pendingBytes -= this.#pending.shift() ?? 0;
  }

  #lose(reason: string): void {
    if (this.#phase !== 'running') return;
    const listener = this.#listener;
    this.#spend();
    this.#socket?.destroy();
    this.#firstView.reject(new EngineError('absent', `${reason}: try again`));
    listener?.({ kind: 'engine-lost', reason });
  }

  #spend(): void {
    this.#phase = 'spent';
    this.#listener = null;
  }

  #tell(request: Request): void {
    this.#socket?.write(encodeFrame(request));
  }
}
