/**
 * Decides many pictures in one process. The list holds `path` or `path<TAB>time` per line; the answer
 * is one JSON line per file, also for those that cannot be read or decided (`error`).
 */
import { basename } from 'node:path';
import { schedule } from '../core/scheduler/schedule.ts';
import { errorAnswer, planAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { readWithin } from './files.ts';
import { pictureOfCib } from './inputs.ts';
import { decisionTime, parseTime } from './time.ts';

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
  const result = pictureOfCib(readWithin(path).toString('utf8'), name);
  if ('errors' in result) return errorAnswer(name, result.errors.join('\n'));
  const { picture } = result;
  return planAnswer(name, schedule(picture, decisionTime(picture, given)));
}

/** Writes the answers for all lines of the list, each as soon as it is known. */
export function runBatch(list: string, write: (text: string) => void): void {
  for (const line of list.split('\n')) {
    if (line.trim() !== '') write(`${JSON.stringify(answerLine(line))}\n`);
  }
}
