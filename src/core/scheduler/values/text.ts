/** Reading values as Pacemaker's documentation defines them: booleans, durations, integers, scores. */
import { clampScore, INFINITY_SCORE } from '../../model/score.ts';

/** true/yes/on/y/1, any case; undefined where the text is neither yes nor no. */
export function readBoolean(text: string | undefined): boolean | undefined {
  switch (text?.trim().toLowerCase()) {
    case 'true':
    case 'yes':
    case 'on':
    case 'y':
    case '1':
      return true;
    case 'false':
    case 'no':
    case 'off':
    case 'n':
    case '0':
      return false;
    default:
      return undefined;
  }
}

export const isTrue = (text: string | undefined): boolean => readBoolean(text) === true;

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1000,
  ms: 1,
  msec: 1,
  us: 0.001,
  usec: 0.001,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  d: 86_400_000,
};

/** A duration in milliseconds: `10`, `10s`, `2min`, `500ms`, `PT1H`; undefined where unreadable. */
export function readDurationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^P/i.test(trimmed)) return isoDurationMs(trimmed.toUpperCase());
  const match = /^(\d+)(?:\.\d+)?\s*([a-z]*)/i.exec(trimmed);
  if (match === null) return undefined;
  const unit = UNIT_MS[(match[2] ?? '').toLowerCase()];
  return unit === undefined ? undefined : Math.floor(Number(match[1]) * unit);
}

function isoDurationMs(text: string): number | undefined {
  const match =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const field = (index: number): number => Number(match[index] ?? 0);
  const days = field(1) * 365 + field(2) * 30 + field(3) * 7 + field(4);
  return ((days * 24 + field(5)) * 60 + field(6)) * 60_000 + field(7) * 1000;
}

/** A whole number at the start of the text; undefined where there is none. */
export function readInteger(text: string | undefined): number | undefined {
  const match = text === undefined ? null : /^\s*([+-]?\d+)/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** A score: INFINITY, -INFINITY, red (−∞), yellow and green (0), or an integer. */
export function readScore(text: string | undefined, otherwise = 0): number {
  if (text === undefined) return otherwise;
  switch (text.trim().toLowerCase()) {
    case 'infinity':
    case '+infinity':
    case 'inf':
      return INFINITY_SCORE;
    case '-infinity':
    case '-inf':
    case 'red':
      return -INFINITY_SCORE;
    case 'yellow':
    case 'green':
      return 0;
    default: {
      const value = readInteger(text);
      return value === undefined ? otherwise : clampScore(value);
    }
  }
}

export type RoleName = 'Stopped' | 'Started' | 'Unpromoted' | 'Promoted';

/** A role's name in the present or the historic words; undefined where it is none. */
export function readRole(text: string | undefined): RoleName | undefined {
  switch (text?.toLowerCase()) {
    case 'stopped':
      return 'Stopped';
    case 'started':
      return 'Started';
    case 'unpromoted':
    case 'slave':
      return 'Unpromoted';
    case 'promoted':
    case 'master':
      return 'Promoted';
    default:
      return undefined;
  }
}

/** Order by code units: the same on every machine and locale. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
