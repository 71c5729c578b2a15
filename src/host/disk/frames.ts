/**
 * How texts stand in a file of the log: `LENGTH CRC TEXT\n`, length in bytes and CRC-32 (of length
 * and text) as eight hexadecimal digits each. A file can be read with a pager, and any damaged
 * byte is found.
 */
import { crc32 } from 'node:zlib';

const headBytes = 18;

export function encodeRecord(text: string): Buffer {
  const body = Buffer.from(text);
  const length = hex(body.length);
  return Buffer.concat([Buffer.from(`${length} ${checksum(length, body)} `), body, newline]);
}

export interface ReadRecords {
  readonly texts: readonly string[];
  /** Where each text's frame ends, in bytes from the start of the file. */
  readonly ends: readonly number[];
  /** Behind the last good frame: nothing, an unfinished frame, or a frame that is wrong. */
  readonly rest: 'none' | 'unfinished' | 'damaged';
}

/** Reads up to the first frame that is not whole and right; nothing behind it is used. */
export function readRecords(bytes: Buffer): ReadRecords {
  const texts: string[] = [];
  const ends: number[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = frameEnd(bytes, start);
    if (end === undefined || end > bytes.length) {
      const unfinished = end !== undefined || isUnfinishedHead(bytes.subarray(start));
      return { texts, ends, rest: unfinished ? 'unfinished' : 'damaged' };
    }
    const text = decode(bytes, start, end);
    if (text === undefined) return { texts, ends, rest: 'damaged' };
    texts.push(text);
    ends.push(end);
    start = end;
  }
  return { texts, ends, rest: 'none' };
}

/** Where the frame ends if its head is right; it may lie beyond the bytes that are there. */
function frameEnd(bytes: Buffer, start: number): number | undefined {
  const head = bytes.toString('latin1', start, start + headBytes);
  if (!/^[0-9a-f]{8} [0-9a-f]{8} $/.test(head)) return undefined;
  return start + headBytes + parseInt(head.slice(0, 8), 16) + 1;
}

/** What a write that was cut off leaves: a part of a head, or bytes that were never filled. */
const isUnfinishedHead = (rest: Buffer): boolean =>
  (rest.length < headBytes && /^[0-9a-f]{0,8} ?[0-9a-f]{0,8} ?$/.test(rest.toString('latin1'))) ||
  rest.every((byte) => byte === 0);

function decode(bytes: Buffer, start: number, end: number): string | undefined {
  const body = bytes.subarray(start + headBytes, end - 1);
  const [length = '', sum] = bytes.toString('latin1', start, start + headBytes).split(' ');
  if (bytes[end - 1] !== 0x0a || checksum(length, body) !== sum) return undefined;
  return body.toString('utf8');
}

const newline = Buffer.from('\n');
const hex = (value: number): string => value.toString(16).padStart(8, '0');
const checksum = (length: string, body: Buffer): string => hex(crc32(body, crc32(length)));
