/** The connection to holdfast-watchdog (native/watchdog.c), which says what is exchanged. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { count, decodeText, flag, list, object, optional, string } from '../../core/wire/shape.ts';
import type { Shape } from '../../core/wire/shape.ts';

export interface WatchdogState {
  readonly armed: boolean;
  readonly feeding: boolean;
  readonly timeoutMs: number;
  readonly proofAgeMs: number;
  readonly identity: string;
  readonly canDisarm: boolean;
  readonly virtual: boolean;
  /** Why it is not armed or not fed; empty: it is. */
  readonly why: string;
  /** With disks: whose slot is read there, and how old a reading may be. */
  readonly node?: string;
  readonly diskAgeMs?: number;
  readonly disks?: readonly DiskState[];
}

export interface DiskState {
  readonly path: string;
  /** Empty: it has not been read yet. */
  readonly uuid: string;
  readonly healthy: boolean;
  readonly why: string;
}

export interface WatchdogClient {
  /** `atMs`: CLOCK_BOOTTIME of what the proof is made from. Lost when nobody listens. */
  prove(atMs: number): void;
  release(atMs: number): void;
  close(): void;
}

const RETRY_MS = 1000;
const LINE_CHARS_MAX = 2000;

/** Connects now and whenever the connection was lost; quiet where nothing feeds a watchdog. */
export function connectToWatchdog(
  path: string,
  onState: (state: WatchdogState) => void,
): WatchdogClient {
  let socket: Socket | undefined;
  let number = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const open = (): void => {
    const fresh = connect(path);
    fresh.setEncoding('utf8');
    fresh.on('connect', () => (socket = fresh));
    fresh.on('data', lines(fresh, onState));
    fresh.on('error', () => undefined);
    fresh.on('close', () => {
      if (socket === fresh) socket = undefined;
      if (!closed) timer = setTimeout(open, RETRY_MS).unref();
    });
  };
  const say = (word: string, atMs: number): void => {
    number += 1;
    socket?.write(`${word} ${number} ${Math.floor(atMs)}\n`);
  };
  open();
  return {
    prove: (atMs) => say('proof', atMs),
    release: (atMs) => say('release', atMs),
    close: () => {
      closed = true;
      clearTimeout(timer);
      // What was said is sent first.
      socket?.end();
    },
  };
}

/** What is no state ends the connection: the other side is of another version, or not what it should be. */
function lines(socket: Socket, onState: (state: WatchdogState) => void): (text: string) => void {
  let rest = '';
  return (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      const read = decodeText(watchdogState, line);
      if (read.kind !== 'ok') socket.destroy();
      else onState(read.value);
    }
    if (rest.length > LINE_CHARS_MAX) socket.destroy();
  };
}

const watchdogState: Shape<WatchdogState> = object({
  armed: flag,
  feeding: flag,
  timeoutMs: count,
  proofAgeMs: count,
  identity: string(100),
  canDisarm: flag,
  virtual: flag,
  why: string(1000),
  node: optional(string(100)),
  diskAgeMs: optional(count),
  disks: optional(
    list(object({ path: string(200), uuid: string(40), healthy: flag, why: string(200) }), 3),
  ),
});
