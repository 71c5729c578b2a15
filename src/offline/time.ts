/** The time that a decision is made for. */
import { wallMs } from '../core/model/ids.ts';
import type { WallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import { readDateMs } from '../core/scheduler/values/calendar.ts';

/** When nobody names a time: 2026-07-01T00:00:00Z. */
export const DEFAULT_NOW: WallMs = wallMs(1_782_864_000_000);

/** The time given, else the one recorded with the picture, else the default. */
export function decisionTime(picture: Picture, given: WallMs | undefined): WallMs {
  return given ?? picture.status.recordedAt ?? DEFAULT_NOW;
}

/** ISO 8601, or seconds since 1970 with nine digits or more; undefined where it is neither. */
export function parseTime(text: string): WallMs | undefined {
  const trimmed = text.trim();
  if (/^\d{9,12}$/.test(trimmed)) return wallMs(Number(trimmed) * 1000);
  const ms = isDate(trimmed) ? readDateMs(trimmed) : undefined;
  return ms === undefined ? undefined : wallMs(ms);
}

/** A month 13 or a 30th of February is a slip, which the calendar of rules would count on from. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)(?!\d)/.exec(text) ?? [];
  if (year === undefined) return true;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.toISOString().startsWith(`${year}-${month}-${day}`);
}
