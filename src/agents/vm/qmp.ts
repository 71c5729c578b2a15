/**
 * A conversation with one QEMU (QEMU Machine Protocol specification): JSON lines on a Unix socket.
 * QEMU talks to one client at a time on each of its sockets; others wait until that one hangs up.
 */
import { connect, type Socket } from 'node:net';

/** What QEMU answered that it would not do. */
export class QmpRefused extends Error {
  readonly command: string;
  constructor(command: string, reason: string) {
    super(`QEMU refused ${command}: ${reason}`);
    this.command = command;
  }
}

/** QEMU is gone, or has broken off in the middle of a sentence. */
export class HungUp extends Error {
  constructor(path: string, cause?: Error) {
    super(`QEMU hung up on ${path}${cause === undefined ? '' : `: ${cause.message}`}`, { cause });
  }
}

export type QmpEvent = { readonly name: string; readonly data: Readonly<Record<string, unknown>> };

export interface Qmp {
  /** What QEMU returned. Rejects with `QmpRefused`, or when the conversation has ended. */
  ask(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Calls the listener with each event from now on; returns what ends that. */
  onEvent(listener: (event: QmpEvent) => void): () => void;
  /** Resolves when the conversation is over, whoever ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** A line of QEMU's is at most so long; a longer one ends the conversation. */
const lineBytesMax = 1 << 20;

/** Who is not greeted by then stands behind another client, and may come again. */
const greetingMs = 2000;

/**
 * The signal ends the conversation, whenever it comes. Rejects when nothing listens, or QEMU does not
 * introduce itself.
 */
export async function openQmp(path: string, signal: AbortSignal): Promise<Qmp> {
  const socket = connect({ path, signal });
  const talk = new Conversation(socket, path);
  const timer = setTimeout(() => talk.close(), greetingMs);
  try {
    await talk.greeting;
    await talk.ask('qmp_capabilities');
    return talk;
  } catch (error) {
    talk.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

class Conversation implements Qmp {
  readonly greeting: Promise<void>;
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeted = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #rest = '';
  #lastId = 0;
  #problem: Error | undefined;

  constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    this.greeting = this.#greeted.promise;
    this.ended = this.#over.promise;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#end(new HungUp(path, error)));
    socket.on('close', () => this.#end(new HungUp(path)));
  }

  ask(command: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#problem) return Promise.reject(this.#problem);
    this.#lastId += 1;
    const id = this.#lastId;
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\r\n`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { command, resolve, reject }));
  }

  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#end(new Error(`the conversation on ${this.#path} was closed`));
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > lineBytesMax) this.#end(new Error(`endless line on ${this.#path}`));
    for (const line of lines) if (line.trim() !== '') this.#hear(line);
  }

  #hear(line: string): void {
    const message = parse(line);
    if (!message) return this.#end(new Error(`what ${this.#path} says is not JSON`));
    if ('QMP' in message) return this.#greeted.resolve();
    if (typeof message['event'] === 'string') return this.#tell(message['event'], message['data']);
    const waiting = this.#waiting.get(Number(message['id']));
    if (!waiting) return;
    this.#waiting.delete(Number(message['id']));
    if ('error' in message) waiting.reject(refusal(waiting.command, message['error']));
    else waiting.resolve(message['return']);
  }

  #tell(name: string, data: unknown): void {
    for (const listener of this.#listeners) listener({ name, data: asRecord(data) });
  }

  #end(problem: Error): void {
    if (this.#problem) return;
    this.#problem = problem;
    this.#socket.destroy();
    this.#greeted.reject(problem);
    this.#greeted.promise.catch(() => undefined);
    for (const { reject } of this.#waiting.values()) reject(problem);
    this.#waiting.clear();
    this.#over.resolve();
  }
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** QMP specification, "error": `{ class, desc }`. */
function refusal(command: string, error: unknown): QmpRefused {
  const { desc } = asRecord(error);
  return new QmpRefused(command, typeof desc === 'string' ? desc : 'no reason given');
}

export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
