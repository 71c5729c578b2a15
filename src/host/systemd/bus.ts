/** A connection to the system bus: authentication, calls and signals. */
import { connect, type Socket } from 'node:net';
import {
  DBusError,
  decodeMessage,
  encodeCall,
  messageLength,
  type DBusValue,
  type Incoming,
  type MethodCall,
} from './message.ts';

export interface Bus {
  /** The reply's values. Rejects with a DBusError. */
  call(call: MethodCall): Promise<readonly DBusValue[]>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

const callTimeoutMs = 20_000;
const pendingMax = 1000;

/** Connects, authenticates as this process's user and says hello. */
export async function openBus(path: string, onSignal: (signal: Incoming) => void): Promise<Bus> {
  const connection = new Connection(await openSocket(path), onSignal);
  await connection.call({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'Hello',
  });
  return connection;
}

/**
 * SASL EXTERNAL (D-Bus Specification, "Authentication Protocol"): the kernel tells the bus who is at
 * the other end; the name given here must only agree.
 */
function openSocket(path: string): Promise<Socket> {
  const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new DBusError(`cannot use the system bus at ${path}: ${reason}`));
    };
    socket.setTimeout(callTimeoutMs, () => fail('no answer'));
    socket.on('error', (error) => fail(error.message));
    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${user}\r\n`));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n') && text.length < 1000) return;
      if (!/^OK [0-9a-f]+\r\n$/.test(text)) return fail(`it answers ${JSON.stringify(text)}`);
      socket.removeAllListeners();
      socket.setTimeout(0);
      socket.write('BEGIN\r\n');
      resolve(socket);
    });
  });
}

interface Pending {
  readonly resolve: (body: readonly DBusValue[]) => void;
  readonly reject: (error: DBusError) => void;
  readonly timer: NodeJS.Timeout;
}

class Connection implements Bus {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #onSignal: (signal: Incoming) => void;
  readonly #pending = new Map<number, Pending>();
  #bytes: Buffer = Buffer.alloc(0);
  #serial = 0;

  constructor(socket: Socket, onSignal: (signal: Incoming) => void) {
    this.#socket = socket;
    this.#onSignal = onSignal;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#add(chunk));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#rejectAll(new DBusError('the connection to the system bus is gone'));
        resolve();
      });
    });
  }

  call(call: MethodCall): Promise<readonly DBusValue[]> {
    if (this.#socket.destroyed || this.#pending.size >= pendingMax) {
      return Promise.reject(new DBusError('the system bus takes no call'));
    }
    this.#serial = (this.#serial % 0x7fff_ffff) + 1;
    const serial = this.#serial;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(serial);
        reject(new DBusError(`${call.member}: no answer after ${String(callTimeoutMs / 1000)} s`));
      }, callTimeoutMs);
      this.#pending.set(serial, { resolve, reject, timer });
      this.#socket.write(encodeCall(call, serial));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #add(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    try {
      for (let next = this.#next(); next; next = this.#next()) this.#hear(decodeMessage(next));
    } catch (error) {
      this.#rejectAll(error instanceof DBusError ? error : new DBusError(String(error)));
      this.#socket.destroy();
    }
  }

  #next(): Buffer | undefined {
    const length = messageLength(this.#bytes);
    if (length === undefined || this.#bytes.length < length) return undefined;
    const message = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return message;
  }

  #hear(message: Incoming): void {
    if (message.type === 'signal') {
      this.#onSignal(message);
      return;
    }
    const pending = this.#pending.get(message.replySerial ?? 0);
    if (!pending) return; // late, or a call to us: nothing is offered here
    this.#pending.delete(message.replySerial ?? 0);
    clearTimeout(pending.timer);
    if (message.type === 'return') pending.resolve(message.body);
    else pending.reject(new DBusError(errorText(message), message.errorName));
  }

  #rejectAll(error: DBusError): void {
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.#pending.clear();
  }
}

const errorText = (message: Incoming): string =>
  typeof message.body[0] === 'string' ? message.body[0] : (message.errorName ?? 'refused');
