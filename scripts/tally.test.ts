import { expect, test } from 'vitest';

import { countsOf } from './tally.ts';

const report = {
  success: true,
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 2,
  numTodoTests: 1,
};

test('passed, failed and skipped are counted; what is to do is skipped', () => {
  expect(countsOf(JSON.stringify(report))).toEqual({ passed: 5, failed: 0, skipped: 3 });
});

test('a run that failed without a failed test counts as a failure', () => {
  expect(countsOf(JSON.stringify({ ...report, success: false })).failed).toBe(1);
});
