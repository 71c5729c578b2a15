/**
 * What goes from node to node when a container moves: a line of JSON before each file, its bytes, and a line at the
 * end, so that half of it is never taken for all.
 */
import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import { parseJson, asRecord } from './json.ts';

const lineBytesMax = 4096;
const filesMax = 65_536;
/** What CRIU and runc call their files. */
const fileName = /^[A-Za-z0-9][\w.-]{0,200}$/;

/** Reads lines and bytes of a stream in turn. Rejects when it ends before. */
export class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async line(): Promise<string> {
    let at = this.#rest.indexOf(0x0a);
    while (at < 0) {
      if (this.#rest.length > lineBytesMax) throw new Error('a line that does not end came');
      this.#rest = Buffer.concat([this.#rest, await this.#next()]);
      at = this.#rest.indexOf(0x0a);
    }
    const line = this.#rest.subarray(0, at).toString('utf8');
    this.#rest = this.#rest.subarray(at + 1);
    return line;
  }

  /** So many bytes, in pieces. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async #next(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new Error('the connection has ended');
    return next.value;
  }
}

/** All files of the directory, which has no others below it. */
export async function sendFiles(directory: string, stream: Duplex): Promise<void> {
  const names = readdirSync(directory).sort();
  for (const name of names) {
    const path = join(directory, name);
    const { size } = statSync(path);
    await write(stream, `${JSON.stringify({ name, size })}\n`);
    let sent = 0;
    for await (const piece of createReadStream(path)) {
      sent += (piece as Buffer).length;
      await write(stream, piece as Buffer);
    }
    if (sent !== size) throw new Error(`${name} has changed while it was sent`);
  }
  await write(stream, `${JSON.stringify({ files: names.length })}\n`);
}

/** Into a new directory; at most so many bytes together. */
export async function takeFiles(
  reader: Reader,
  directory: string,
  bytesMax: number,
): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let left = bytesMax;
  for (let files = 0; ; files += 1) {
    const { name, size, files: all } = asRecord(parseJson(await reader.line()));
    if (all === files && name === undefined) return;
    if (typeof name !== 'string' || !fileName.test(name) || files >= filesMax) {
      throw new Error('what came is not a container');
    }
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw new Error('what came is not a container');
    }
    left -= size;
    if (left < 0) throw new Error('more came than was announced');
    await keep(join(directory, name), reader.bytes(size));
  }
}

async function keep(path: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await once(file, 'open');
  try {
    for await (const piece of pieces) await write(file, piece);
  } finally {
    file.end();
  }
  await once(file, 'finish');
}

/** At the stream's pace; one that breaks rejects. */
export function write(stream: Pick<Duplex, 'write'>, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()));
  });
}
