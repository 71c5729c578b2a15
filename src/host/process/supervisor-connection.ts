/**
 * One connection to a `holdfast-supervise` (native/supervise.c): lines both ways, and the service's
 * output on request.
 */
import { connect, type Socket } from 'node:net';
import { signalName } from '../../agents/ocf/outcome.ts';

export type SupervisorLine =
  | { readonly kind: 'running'; readonly pid: number }
  /** `stopped` says whether it was asked to stop. */
  | { readonly kind: 'ended'; readonly detail: string; readonly stopped: boolean }
  | { readonly kind: 'unkillable'; readonly processes: readonly number[] };

export interface SupervisorListener {
  line(line: SupervisorLine, connection: SupervisorConnection): void;
  /** The supervisor closed the open connection, or is gone. */
  closed(): void;
}

/** Longer than any line, and than the output that a supervisor keeps. */
const bytesMax = 65_536;

export class SupervisorConnection {
  /** Resolves when the connection is closed by either side. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #listener: SupervisorListener;
  #bytes: Buffer = Buffer.alloc(0);
  #outputs: ((text: string) => void)[] = [];

  /**
   * Resolves when the supervisor has said its first line, the present state. Rejects when nobody
   * listens there, or hangs up before that.
   */
  static open(path: string, listener: SupervisorListener): Promise<SupervisorConnection> {
    return new Promise((resolve, reject) => {
      let opened = false;
      const connection: SupervisorConnection = new SupervisorConnection(connect(path), {
        line: (line) => {
          opened = true;
          listener.line(line, connection);
          resolve(connection);
        },
        closed: () => {
          if (opened) listener.closed();
          else reject(new Error(`no supervisor answers at ${path}`));
        },
      });
    });
  }

  private constructor(socket: Socket, listener: SupervisorListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', (chunk) => this.#add(chunk));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const answer of this.#outputs.splice(0)) answer('');
        resolve();
        listener.closed();
      });
    });
  }

  /** `signal` is the number of a signal. */
  stop(signal: number, graceMs: number): void {
    this.#socket.write(`stop ${String(signal)} ${String(Math.max(0, Math.round(graceMs)))}\n`);
  }

  output(): Promise<string> {
    return this.#ask('output\n');
  }

  /** Of a service that has ended: the supervisor removes its files and ends. Its last output. */
  dismiss(): Promise<string> {
    return this.#ask('forget\n');
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(text: string): Promise<string> {
    if (this.#socket.destroyed) return Promise.resolve('');
    return new Promise((resolve) => {
      this.#outputs.push(resolve);
      this.#socket.write(text);
    });
  }

  #add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#take());
    if (this.#bytes.length > bytesMax) this.#socket.destroy();
  }

  /** Takes one line, or one output; false when it is not whole yet. */
  #take(): boolean {
    const end = this.#bytes.indexOf(10);
    if (end < 0) return false;
    const text = this.#bytes.toString('latin1', 0, end);
    const output = /^output (\d+)$/.exec(text);
    const length = output ? Number(output[1]) : 0;
    const next = end + 1 + length;
    if (this.#bytes.length < next) return false;
    const body = this.#bytes.toString('utf8', end + 1, next);
    this.#bytes = this.#bytes.subarray(next);
    if (output) this.#outputs.shift()?.(body);
    else this.#tell(text);
    return true;
  }

  #tell(text: string): void {
    const line = parseLine(text);
    if (line) this.#listener.line(line, this);
    else this.#socket.destroy();
  }
}

function parseLine(text: string): SupervisorLine | undefined {
  const words = text.split(' ');
  const [kind, first = '', second = '', third = ''] = words;
  switch (kind) {
    case 'running':
      return { kind, pid: Number(first) };
    case 'ended':
      return { kind, detail: describeEnd(first, second), stopped: third === 'stopped' };
    case 'unkillable':
      return { kind, processes: first === '-' ? [] : first.split(',').map(Number) };
    default:
      return undefined;
  }
}

function describeEnd(how: string, value: string): string {
  switch (how) {
    case 'exited':
      return `exit code ${value}`;
    case 'signaled':
      return signalName(Number(value));
    default:
      return 'its exit code is not known';
  }
}
