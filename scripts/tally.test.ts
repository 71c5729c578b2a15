import { expect, test } from 'vitest';

import { countsOf, objection } from './tally.ts';

const report = {
  success: true,
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    {
      assertionResults: [
        { fullName: 'a picture (needs ../shared)', status: 'skipped' },
        { fullName: 'another one', status: 'skipped' },
        { fullName: 'a third (needs ../shared)', status: 'passed' },
      ],
    },
  ],
};

test('passed, failed and skipped are counted; what is to do is skipped', () => {
  expect(countsOf(JSON.stringify(report))).toEqual({
    passed: 5,
    failed: 0,
    skipped: 3,
    excused: 1,
  });
});

test('a run that failed without a failed test counts as a failure', () => {
  expect(countsOf(JSON.stringify({ ...report, success: false })).failed).toBe(1);
});

test.each([
  [{ passed: 5, failed: 0, skipped: 0, excused: 0 }, 'forbidden', undefined],
  [{ passed: 5, failed: 0, skipped: 1, excused: 0 }, 'allowed', undefined],
  [
    { passed: 5, failed: 0, skipped: 1, excused: 0 },
    'forbidden',
    'As root every test must run: none may be skipped.',
  ],
  [{ passed: 5, failed: 0, skipped: 1, excused: 1 }, 'forbidden', undefined],
  [{ passed: 5, failed: 1, skipped: 0, excused: 0 }, 'allowed', 'Tests failed.'],
  [{ passed: 0, failed: 0, skipped: 0, excused: 0 }, 'allowed', 'No test ran.'],
])('%o with skips %s: %s', (counts, skips, expected) => {
  expect(objection(counts, skips)).toBe(expected);
});
