import { expect, test } from 'vitest';
import { distribution, figures, reportText } from './report.ts';
import type { Outcome } from './run.ts';

const outcome: Outcome = {
  kinds: ['cut', 'flap'],
  faults: [
    { kind: 'cut', during: true },
    { kind: 'cut', during: false },
  ],
  recoveriesMs: [100, 300, 200],
  violations: ['vault: two'],
  notConverged: undefined,
  records: 10,
  holders: 2,
  acknowledged: 3,
  rounds: 1,
  resets: 0,
};

test('nearest rank, and nothing at all is zeros', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(distribution(values)).toEqual({ count: 100, median: 50, p95: 95, max: 100 });
  expect(distribution([])).toEqual({ count: 0, median: 0, p95: 0, max: 0 });
});

test('a cluster that does not become whole again counts as a violation', () => {
  const value = (of: Outcome) =>
    figures(of, []).find(({ name }) => name === 'chaos-violations')?.value;
  expect(value(outcome)).toBe(1);
  expect(value({ ...outcome, notConverged: 'n1 is lost' })).toBe(2);
});

test('the report names kinds, times and what was wrong', () => {
  const text = reportText(outcome, []);
  expect(text).toContain('cut 2, flap 0');
  expect(text).toContain('chaos-recovery-ms: median 200, p95 300, max 300 (3 times)');
  expect(text).toContain('VIOLATION: vault: two');
});
