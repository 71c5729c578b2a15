/**
 * The texts in which administrators write values: durations, booleans, scores, whole numbers.
 * All return undefined for a text that is none (Pacemaker Explained, "Options": value types).
 */
import { INFINITY_SCORE, clampScore } from './score.ts';
import type { AgentName } from './operation.ts';
import type { DateRange } from './rule.ts';
import type { Score } from './score.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1000,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  ms: 1,
  msec: 1,
  us: 0.001,
  usec: 0.001,
};

const PLAIN_DURATION = /^\s*\+?(\d{1,15})\s*([a-z]*)\s*$/i;
/** The T before hours and seconds may be missing (`P10S`), as Pacemaker tolerates. */
const ISO_DURATION =
  /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/i;
/** Of the ISO fields above; a year counts 365 days, a month 30. */
const ISO_FIELD_SECONDS = [31_536_000, 2_592_000, 604_800, 86_400, 3600, 60, 1];
const DURATION_MS_MAX = Number.MAX_SAFE_INTEGER;

/** `10`, `10s`, `2min`, `1h`, `500ms`, `PT1H` → milliseconds; a bare number means seconds. */
export function parseDurationMs(text: string): number | undefined {
  const plain = PLAIN_DURATION.exec(text);
  if (plain) {
    const unit = UNIT_MS[(plain[2] ?? '').toLowerCase()];
    if (unit === undefined) return undefined;
    return Math.min(DURATION_MS_MAX, Math.floor(Number(plain[1]) * unit));
  }
  return parseIsoDurationMs(text.trim());
}

function parseIsoDurationMs(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (!match || text.length < 3 || /T$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [index, weight] of ISO_FIELD_SECONDS.entries()) {
    seconds += Number(match[index + 1] ?? 0) * weight;
  }
  return Math.min(DURATION_MS_MAX, seconds * 1000);
}

/** The shortest text that reads back to the same time: `10s`, `2min`, `1h`, `1500ms`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}min`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

const TRUE_TEXTS: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'y', '1']);
const FALSE_TEXTS: ReadonlySet<string> = new Set(['false', 'no', 'off', 'n', '0']);

export function parseBoolean(text: string): boolean | undefined {
  const lower = text.trim().toLowerCase();
  if (TRUE_TEXTS.has(lower)) return true;
  return FALSE_TEXTS.has(lower) ? false : undefined;
}

const SCORE_NUMBER = /^[+-]?\d+(?:\.\d*)?$/;

/** A whole number, `INFINITY`, `+INFINITY`, `-INFINITY`; colours of node health are not scores. */
export function parseScore(text: string): Score | undefined {
  const trimmed = text.trim();
  switch (trimmed.toUpperCase()) {
    case 'INFINITY':
    case '+INFINITY':
      return INFINITY_SCORE;
    case '-INFINITY':
      return -INFINITY_SCORE;
    default:
      return SCORE_NUMBER.test(trimmed) ? clampScore(Math.trunc(Number(trimmed))) + 0 : undefined;
  }
}

/** A whole number with sign, within what a double holds exactly. */
export function parseInteger(text: string): number | undefined {
  if (!/^\s*[+-]?\d{1,16}\s*$/.test(text)) return undefined;
  const number = Number(text) + 0;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** `6`, `6-`, `-6` or `1-5`. */
export function parseDateRange(text: string): DateRange | undefined {
  const match = /^\s*(\d{0,9})\s*(-?)\s*(\d{0,9})\s*$/.exec(text);
  const [from, dash, to] = [match?.[1] ?? '', match?.[2] ?? '', match?.[3] ?? ''];
  if (from === '' && to === '') return undefined;
  if (dash === '') return { from: Number(from), to: Number(from) };
  return {
    ...(from !== '' && { from: Number(from) }),
    ...(to !== '' && { to: Number(to) }),
  };
}

/** The inverse of `parseDateRange`. */
export function dateRangeText(range: DateRange): string {
  const { from, to } = range;
  if (from !== undefined && from === to) return String(from);
  return `${from ?? ''}-${to ?? ''}`;
}

/**
 * `ocf:heartbeat:IPaddr2` (class, provider, type); elsewhere `class:type`, where the type may hold
 * colons itself (`systemd:a@b:c`). A single word is a class without types (`command`).
 */
export function parseAgent(text: string): AgentName | undefined {
  const [first = '', second = '', ...rest] = text.split(':');
  if (first === '') return undefined;
  if (first !== 'ocf') return { class: first, type: [second, ...rest].join(':') };
  const type = rest.join(':');
  return second === '' || type === '' ? undefined : { class: first, provider: second, type };
}

/** The inverse of `parseAgent`, where there is one; else a text for people. */
export function agentText(agent: AgentName): string {
  if (agent.provider !== undefined) return `${agent.class}:${agent.provider}:${agent.type}`;
  return agent.type === '' ? agent.class : `${agent.class}:${agent.type}`;
}
