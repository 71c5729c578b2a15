import { expect, test } from 'vitest';

import { failedFiles, putTogether } from './second-try.ts';
import { countsOf } from './tally.ts';

const file = (name: string, ...states: readonly string[]) => ({
  name,
  status: states.includes('failed') ? 'failed' : 'passed',
  assertionResults: states.map((status) => ({ status })),
});
const report = (...testResults: readonly ReturnType<typeof file>[]) => ({ testResults });

test('what failed is tried once more, unless it is much', () => {
  const good = file('good', 'passed');
  expect(failedFiles(report(good, file('a', 'passed', 'failed')))).toEqual(['a']);
  expect(failedFiles(report(good))).toBeUndefined();
  const many = ['a', 'b', 'c', 'd'].map((name) => file(name, 'failed'));
  expect(failedFiles(report(...many))).toBeUndefined();
});

test('the second try counts for its files, and for no others', () => {
  const first = report(file('a', 'failed', 'skipped'), file('b', 'passed'), file('c', 'failed'));
  const again = report(file('a', 'passed', 'passed'));
  const counts = countsOf(JSON.stringify(putTogether(first, again)));
  expect(counts).toEqual({ passed: 3, failed: 1, skipped: 0, excused: 0 });
});

test('what fails again has failed', () => {
  const first = report(file('a', 'failed'), file('b', 'passed'));
  const counts = countsOf(JSON.stringify(putTogether(first, report(file('a', 'failed')))));
  expect(counts).toMatchObject({ passed: 1, failed: 1 });
});

test('a file that could not be loaded again has failed', () => {
  const first = report(file('a', 'failed'), file('b', 'passed'));
  const broken = { name: 'a', status: 'failed', assertionResults: [] };
  const counts = countsOf(JSON.stringify(putTogether(first, report(broken))));
  expect(counts).toMatchObject({ passed: 1, failed: 1 });
});
