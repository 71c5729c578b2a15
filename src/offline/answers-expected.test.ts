/**
 * Decides every picture with a known answer that lies beside the repository, and counts how many are
 * decided as expected: the same real actions, and the same order between them, points walked through.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { planAnswer } from './answer.ts';
import { decisionTime } from './time.ts';
import { readCib } from '../interop/cib/read.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { compareWithGraph } from './testing/graph.ts';

/** Raised whenever more are decided as expected; a change that falls below it is a step back. */
const FLOOR = 591;

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/conformance');
const there = existsSync(join(FOLDER, 'visible.txt'));
if (!there) process.stderr.write(`SKIPPED: no cluster pictures in ${FOLDER}\n`);

/** Pictures whose time is given with them, not in them. */
const TIMES: Readonly<Record<string, string>> = {
  'date-1': '2005-01-20T00:00:00Z',
  'date-2': '2005-01-20T12:30:00Z',
  'date-3': '2005-01-20T11:30:00Z',
  origin: '2014-05-07T00:28:00Z',
};

function isAsExpected(name: string): boolean {
  const result = readCib(readFileSync(join(FOLDER, 'xml', `${name}.xml`), 'utf8'));
  if ('error' in result) return false;
  const given = TIMES[name];
  const now = decisionTime(
    result.picture,
    given === undefined ? undefined : (Date.parse(given) as ReturnType<typeof decisionTime>),
  );
  const answer = planAnswer(name, schedule(result.picture, now));
  return compareWithGraph(answer, readFileSync(join(FOLDER, 'exp', `${name}.exp`), 'utf8'));
}

test(
  'as many pictures as ever are decided as expected (needs ../shared)',
  { skip: !there, timeout: 300_000 },
  () => {
    const names = readFileSync(join(FOLDER, 'visible.txt'), 'utf8').split('\n').filter(Boolean);
    expect(readdirSync(join(FOLDER, 'xml')).length).toBeGreaterThan(500);
    const passed = names.filter(isAsExpected);
    expect(passed.length).toBeGreaterThanOrEqual(FLOOR);
  },
);
