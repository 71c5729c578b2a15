/** Values of options, read or refused with an example. */
import { InvalidArgumentError } from 'commander';

import { parseDurationMs } from '../core/model/value.ts';

/** `90s`, `10min`, `1h` → milliseconds. */
export function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('A time is written like 90s, 10min or 1h.');
}

export function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is needed.');
}

/** `10min` ago, `14:30` or `14:30:05` of today (or of yesterday, if that is still to come), a date. */
export function moment(text: string, now = Date.now()): number {
  const ago = parseDurationMs(text);
  if (ago !== undefined) return now - ago;
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (time !== null) {
    const [, hours, minutes, seconds = '0'] = time;
    const today = new Date(now).setHours(Number(hours), Number(minutes), Number(seconds), 0);
    return today <= now ? today : today - 24 * 3_600_000;
  }
  const date = Date.parse(text);
  if (!Number.isNaN(date)) return date;
  throw new InvalidArgumentError(
    'A moment is written like 10min (ago), 14:30 or 2026-11-20T14:30.',
  );
}
