/**
 * What `holdfast-launch` says on its socket (native/launch.c): `started PID START` once the
 * program runs, then `result KIND VALUE OUT OUT-TOTAL ERR ERR-TOTAL`, a newline and the two texts.
 */
import { constants } from 'node:os';
import type { ProcessOutcome } from '../../agents/process.ts';

export interface LaunchReport {
  readonly outcome: ProcessOutcome;
  readonly output: string;
  readonly errorOutput: string;
  readonly outputBytesTotal: number;
}

/** Which process the program is: its id and its start time in clock ticks since boot (proc(5)). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
}

const headerPattern = /^result ([a-z-]+) (\S+) (\d+) (\d+) (\d+) (\d+)$/;
const startedPattern = /^started (\d+) (\d+)$/;

/** Takes the bytes of the socket as they come and knows what they say so far. */
export class LaunchReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** The launcher never says more than two texts and two lines. */
  add(chunk: Buffer, bytesMax: number): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > bytesMax) return false;
    this.#chunks.push(chunk);
    return true;
  }

  started(): ProcessIdentity | undefined {
    const match = startedPattern.exec(this.#line(0).text);
    return match ? { pid: Number(match[1]), startTicks: String(match[2]) } : undefined;
  }

  /** The whole report, or undefined when the launcher ended before it gave one. */
  report(): LaunchReport | undefined {
    const first = this.#line(0);
    const header = startedPattern.test(first.text) ? this.#line(first.end) : first;
    const match = headerPattern.exec(header.text);
    if (!match) return undefined;
    const [outLength, outTotal, errLength, errTotal] = match.slice(3).map(Number);
    const body = this.#joined().subarray(header.end);
    if (body.length !== Number(outLength) + Number(errLength)) return undefined;
    return {
      outcome: parseOutcome(String(match[1]), String(match[2])),
      output: decode(body.subarray(0, outLength)),
      errorOutput: decode(body.subarray(outLength)),
      outputBytesTotal: Number(outTotal) + Number(errTotal),
    };
  }

  #joined(): Buffer {
    const only = this.#chunks[0];
    if (this.#chunks.length === 1 && only) return only;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #line(start: number): { readonly text: string; readonly end: number } {
    const bytes = this.#joined();
    const end = bytes.indexOf(10, start);
    if (end < 0) return { text: '', end: bytes.length };
    return { text: bytes.toString('latin1', start, end), end: end + 1 };
  }
}

function parseOutcome(kind: string, value: string): ProcessOutcome {
  switch (kind) {
    case 'exited':
      return { kind, exitCode: Number(value) };
    case 'signaled':
      return { kind, signal: Number(value) };
    case 'timed-out':
    case 'cancelled':
      return { kind };
    case 'unkillable':
      return { kind, processes: value === '-' ? [] : value.split(',').map(Number) };
    default: {
      const [stage = 'start', number = '0'] = value.split(':');
      return { kind: 'not-run', stage, error: errorName(Number(number)) };
    }
  }
}

/** `ENOENT` for 2, as in errno(3). */
export function errorName(number: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === number);
  return found?.[0] ?? `error ${String(number)}`;
}

/** Agents print what they like: bytes that are no UTF-8 become U+FFFD, a cut character vanishes. */
function decode(bytes: Buffer): string {
  let start = 0;
  while (start < 3 && start < bytes.length && isContinuation(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;
