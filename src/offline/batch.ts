/**
 * Decides many pictures in one process: `node src/offline/batch.ts LIST`.
 *
 * LIST holds `path` or `path<TAB>time` per line (`-` reads it from standard input); the answer is
 * one JSON line per file, also for those that cannot be read or decided (`error`).
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Picture } from '../core/model/picture.ts';
import type { WallMs } from '../core/model/ids.ts';
import { wallMs } from '../core/model/ids.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { readDateMs } from '../core/scheduler/values/calendar.ts';
import { readCib } from '../interop/cib/read.ts';
import { errorAnswer, planAnswer } from './answer.ts';
import type { Answer } from './answer.ts';

/** When neither the list nor the picture names a time: 2026-07-01T00:00:00Z. */
export const DEFAULT_NOW: WallMs = wallMs(1_782_864_000_000);

/** The time to decide for: the one given, else the picture's own, else the default. */
export function decisionTime(picture: Picture, given: WallMs | undefined): WallMs {
  return given ?? picture.status.recordedAt ?? DEFAULT_NOW;
}

/** ISO 8601, or seconds since 1970 with nine digits or more. */
export function parseTime(text: string): WallMs | undefined {
  const trimmed = text.trim();
  if (/^\d{9,12}$/.test(trimmed)) return wallMs(Number(trimmed) * 1000);
  const ms = readDateMs(trimmed);
  return ms === undefined ? undefined : wallMs(ms);
}

export function answerLine(line: string): Answer {
  const [path = '', time = ''] = line.split('\t');
  const name = basename(path);
  try {
    return answerFile(name, path, time);
  } catch (error) {
    return errorAnswer(
      name,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}

function answerFile(name: string, path: string, time: string): Answer {
  const given = time === '' ? undefined : parseTime(time);
  if (time !== '' && given === undefined) return errorAnswer(name, `"${time}" is not a time`);
  const result = readCib(readFileSync(path, 'utf8'));
  if ('error' in result) {
    const { line, column, text } = result.error;
    return errorAnswer(name, `${name}:${line}:${column}: ${text}`);
  }
  const { picture } = result;
  return planAnswer(name, schedule(picture, decisionTime(picture, given)));
}

/** Writes the answers for all lines of the list, each as soon as it is known. */
export function runBatch(list: string, write: (text: string) => void): void {
  for (const line of list.split('\n')) {
    if (line.trim() !== '') write(`${JSON.stringify(answerLine(line))}\n`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = process.argv[2] ?? '-';
  runBatch(readFileSync(path === '-' ? 0 : path, 'utf8'), (text) => process.stdout.write(text));
}
