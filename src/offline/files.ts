/** Files that somebody names: read as far as a limit, whatever they are. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** No text of the runtime can be longer; nobody has such a cluster. */
export const FILE_BYTES_MAX = 500_000_000;

const CHUNK_BYTES = 1_048_576;
const STANDARD_INPUT = 0;

/** It has more bytes than are read. */
export class TooLong extends Error {}

/**
 * Devices and pipes, which do not say how long they are, are read no further than the limit either.
 * Throws `TooLong`, or the system's error.
 * @param path `-` is standard input
 */
export function readWithin(path: string, bytesMax = FILE_BYTES_MAX): Buffer {
  const file = path === '-' ? STANDARD_INPUT : openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size > bytesMax) throw tooLong(path, bytesMax);
    return size > 0 ? readFileSync(file) : readToTheEnd(file, path, bytesMax);
  } finally {
    if (file !== STANDARD_INPUT) closeSync(file);
  }
}

function readToTheEnd(file: number, path: string, bytesMax: number): Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(file, chunk);
    if (read === 0) return Buffer.concat(chunks);
    bytes += read;
    if (bytes > bytesMax) throw tooLong(path, bytesMax);
    chunks.push(read < CHUNK_BYTES ? Buffer.from(chunk.subarray(0, read)) : chunk);
  }
}

const tooLong = (path: string, bytesMax: number): TooLong =>
  new TooLong(`${path} has more than ${bytesMax / 1_000_000} MB`);
