/**
 * Calendar arithmetic in UTC on whole seconds, without the platform's Date: days are counted from
 * 1970-01-01, and dates are read from ISO 8601 texts (calendar, ordinal and week dates).
 */
import type { DateDuration } from '../../model/rule.ts';

export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

const floorDiv = (a: number, b: number): number => Math.floor(a / b);

/** Days since 1970-01-01 of a proleptic Gregorian date (month 1 … 12). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = floorDiv(shifted, 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = floorDiv(153 * (month + (month > 2 ? -3 : 9)) + 2, 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + floorDiv(yearOfEra, 4) - floorDiv(yearOfEra, 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The calendar date of a moment in milliseconds since 1970-01-01T00:00:00Z. */
export function toCalendar(ms: number): CalendarDate {
  const total = floorDiv(ms, 1000);
  const days = floorDiv(total, 86_400);
  const rest = total - days * 86_400;
  const z = days + 719_468;
  const era = floorDiv(z, 146_097);
  const doe = z - era * 146_097;
  const yoe = floorDiv(
    doe - floorDiv(doe, 1460) + floorDiv(doe, 36_524) - floorDiv(doe, 146_096),
    365,
  );
  const doy = doe - (365 * yoe + floorDiv(yoe, 4) - floorDiv(yoe, 100));
  const mp = floorDiv(5 * doy + 2, 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return {
    year: yoe + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: doy - floorDiv(153 * mp + 2, 5) + 1,
    hours: floorDiv(rest, 3600),
    minutes: floorDiv(rest % 3600, 60),
    seconds: rest % 60,
  };
}

export function fromCalendar(date: CalendarDate): number {
  const days = daysFromCivil(date.year, date.month, date.day);
  return (days * 86_400 + date.hours * 3600 + date.minutes * 60 + date.seconds) * 1000;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Adds a calendar duration; a day beyond the end of the month becomes the month's last. */
export function addDuration(ms: number, duration: DateDuration): number {
  const date = toCalendar(ms);
  const months =
    date.year * 12 + (date.month - 1) + (duration.years ?? 0) * 12 + (duration.months ?? 0);
  const year = floorDiv(months, 12);
  const month = months - year * 12 + 1;
  const day = Math.min(date.day, daysInMonth(year, month));
  const days = (duration.weeks ?? 0) * 7 + (duration.days ?? 0);
  const seconds =
    ((days * 24 + (duration.hours ?? 0)) * 60 + (duration.minutes ?? 0)) * 60 +
    (duration.seconds ?? 0);
  return fromCalendar({ ...date, year, month, day }) + seconds * 1000;
}

/** ISO weekday of a day number: 1 Monday … 7 Sunday. */
export const weekday = (days: number): number => ((((days + 3) % 7) + 7) % 7) + 1;

/** Week-numbering year and week (ISO 8601) of a moment. */
export function isoWeek(ms: number): { readonly weekyear: number; readonly week: number } {
  const days = floorDiv(ms, 86_400_000);
  const thursday = days - weekday(days) + 4;
  const weekyear = toCalendar(thursday * 86_400_000).year;
  return { weekyear, week: floorDiv(thursday - daysFromCivil(weekyear, 1, 1), 7) + 1 };
}

/** Reads an ISO 8601 date and time; undefined where it is not one. A bare number is epoch seconds. */
export function readDateMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  const match = /^(\S+?)(?:[T ](\S*)(?:\s+(\S+))?)?$/.exec(trimmed);
  if (match === null) return undefined;
  const days = readDay(match[1] ?? '');
  if (days === undefined) return undefined;
  const time = readTime(`${match[2] ?? ''}${match[3] ?? ''}`);
  return time === undefined ? undefined : (days * 86_400 + time) * 1000;
}

function readDay(text: string): number | undefined {
  const calendar = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text);
  if (calendar !== null) {
    return daysFromCivil(Number(calendar[1]), Number(calendar[2]), Number(calendar[3]));
  }
  const ordinal = /^(\d{4})-?(\d{3})$/.exec(text);
  if (ordinal !== null) return daysFromCivil(Number(ordinal[1]), 1, 1) + Number(ordinal[2]) - 1;
  const week = /^(\d{4})-?W(\d{1,2})(?:-?(\d))?$/.exec(text);
  if (week !== null) {
    const fourth = daysFromCivil(Number(week[1]), 1, 4);
    return fourth - weekday(fourth) + Number(week[3] ?? 1) + (Number(week[2]) - 1) * 7;
  }
  const month = /^(\d{4})-(\d{2})$/.exec(text);
  if (month !== null) return daysFromCivil(Number(month[1]), Number(month[2]), 1);
  return /^\d{4}$/.test(text) ? daysFromCivil(Number(text), 1, 1) : undefined;
}

function readTime(text: string): number | undefined {
  if (text === '') return 0;
  const match = /^(\d{2}):?(\d{2})?(?::?(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{0,2})?$/i.exec(text);
  if (match === null) return undefined;
  const seconds = Number(match[1]) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  return seconds - readOffset(match[4]);
}

function readOffset(text: string | undefined): number {
  const match = text === undefined ? null : /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
  if (match === null) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60;
  return match[1] === '-' ? -seconds : seconds;
}
