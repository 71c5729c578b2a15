/**
 * Programs that are started before they are needed: each waits in its cgroup for its arguments. To
 * start one takes 3 to 4 ms (fork, exec, the dynamic linker, clone into a cgroup), and a recovery
 * does so for every step. What a spare is told, says native/spare.h.
 */
import type { Socket } from 'node:net';
import { startProgram } from './start.ts';

export interface Spares {
  /**
   * Starts the program with these arguments, in a process that waits for them if there is one. The
   * socket is this end of its descriptor 3. Throws an Error with a `code` when it cannot be started.
   */
  start(
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    input?: Buffer,
  ): Socket;
  /** Those that wait end, and no others are started ahead. */
  close(): void;
}

/** `places`: arguments that say where the program lives; a spare gets them when it starts to wait. */
export function createSpares(program: string, places: readonly string[], count: number): Spares {
  return new WaitingPrograms(program, places, count);
}

/** When nothing was started for so long: a recovery's next step must not wait for a spare's start. */
const refillMs = 100;
/** More is seldom, and is given as ever. */
const bytesMax = 128 * 1024;

class WaitingPrograms implements Spares {
  readonly #program: string;
  readonly #places: readonly string[];
  readonly #count: number;
  #waiting: Socket[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(program: string, places: readonly string[], count: number) {
    this.#program = program;
    this.#places = places;
    this.#count = count;
    this.#refillLater();
  }

  start(
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    input = Buffer.alloc(0),
  ): Socket {
    const spare = this.#take(argv, environment, input);
    this.#refillLater();
    return spare ?? startProgram([this.#program, ...this.#places, ...argv], environment, input);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #take(
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    input: Buffer,
  ): Socket | undefined {
    const message = spareMessage([this.#program, ...argv], environment, input);
    const spare = message === undefined ? undefined : this.#waiting.shift();
    if (message === undefined || spare === undefined) return undefined;
    spare.ref();
    spare.write(message);
    return spare;
  }

  #refillLater(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#refill(), refillMs);
    this.#timer.unref();
  }

  /** One at a time, so that the loop is not held up; one that dies is not replaced before the next use. */
  #refill(): void {
    if (this.#waiting.length >= this.#count) return;
    try {
      this.#keep(startProgram([this.#program, ...this.#places, '--spare', '1', '--'], {}));
      this.#refillLater();
    } catch {
      // Whoever needs the program says why it cannot be started.
    }
  }

  #keep(socket: Socket): void {
    this.#waiting.push(socket);
    socket.unref();
    socket.on('error', ignore).resume();
    socket.on('close', () => {
      if (!this.#waiting.includes(socket)) return;
      this.#waiting = this.#waiting.filter((each) => each !== socket);
      clearTimeout(this.#timer);
    });
  }
}

/** What goes wrong is seen by its closing. */
const ignore = (): void => undefined;

/** Undefined when it cannot be told in this way. */
function spareMessage(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  input: Buffer,
): Buffer | undefined {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const words = [...argv, ...variables];
  if (words.some((word) => word.includes('\0'))) return undefined;
  const text = Buffer.from(words.map((word) => `${word}\0`).join(''));
  if (text.length + input.length > bytesMax) return undefined;
  const head = Buffer.alloc(16);
  [text.length, argv.length, variables.length, input.length].forEach((value, at) =>
    head.writeUInt32LE(value, 4 * at),
  );
  return Buffer.concat([head, text, input]);
}
