/** What counts as false. The run itself takes minutes: `./dev steady`. */
import { expect, test } from 'vitest';

import type { EventView } from '../../src/core/view/types.ts';
import { figures, isBadEvent, isWhole, reportText, violations } from './report.ts';
import type { SteadyReport } from './report.ts';

const calm: SteadyReport = {
  forMs: 300_000,
  lastedMs: 300_400,
  hogs: 8,
  resources: 20,
  scheduled: true,
  load: 13.9,
  membershipChanges: 0,
  fencingRequests: [],
  troubles: [],
  badEvents: [],
  daemonRestarts: 0,
  warnings: ['Fencing of n… by power was never tried.'],
  loopBlockMaxMs: 93,
  statusMaxMs: 143,
  statuses: 441,
  statusesMissed: 0,
};

test('warnings and slow answers are told and are nothing false', () => {
  expect(violations(calm)).toEqual([]);
  expect(reportText({ ...calm, statusesMissed: 3 })).toContain('nothing false was said');
});

test.each<[Partial<SteadyReport>, string]>([
  [{ membershipChanges: 2 }, 'the membership changed 2 times'],
  [{ fencingRequests: ['reboot n2'] }, 'the power switch was asked: reboot n2'],
  [{ troubles: ['n2 is held'] }, 'seen: n2 is held'],
  [{ badEvents: ['monitor of web on n1 timed out'] }, 'told: monitor of web on n1 timed out'],
  [{ daemonRestarts: 1 }, '1 daemons ended'],
  [{ statuses: 0 }, 'no status was answered'],
])('%j is false', (more, text) => {
  expect(violations({ ...calm, ...more })).toEqual([text]);
  expect(reportText({ ...calm, ...more })).toContain(`FALSE: ${text}`);
});

test('an operation that did not end well, an alarm and any fencing are bad', () => {
  const event = { number: 1, time: 1, kind: 'action', severity: 'good', text: '' } as const;
  const isBad = (more: Partial<EventView>): boolean => isBadEvent({ ...event, ...more });
  expect(isBad({ outcome: 'ok' })).toBe(false);
  expect(isBad({ outcome: 'timed-out' })).toBe(true);
  expect(isBad({ kind: 'fencing' })).toBe(true);
  expect(isBad({ kind: 'alarm', severity: 'error' })).toBe(true);
  expect(isBad({ kind: 'alarm', severity: 'warning' })).toBe(false);
});

test('the figures say how much was false, and in how long', () => {
  const values = (report: SteadyReport) => figures(report).map(({ value }) => value);
  expect(values(calm)).toEqual([0, 5]);
  expect(values({ ...calm, membershipChanges: 2, troubles: ['n2 is held'] })).toEqual([2, 5]);
  expect(reportText(calm)).toContain('steady-false: 0\nsteady-minutes: 5');
});

test('what was broken off is no proof', () => {
  expect([isWhole(calm), isWhole({ ...calm, lastedMs: 100_000 })]).toEqual([true, false]);
  expect(reportText({ ...calm, lastedMs: 100_000 })).toContain('broken off before its time');
});
