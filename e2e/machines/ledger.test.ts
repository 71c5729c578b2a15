import { expect, it } from 'vitest';
import { Judge } from './ledger.ts';

const [one, two] = ['a', 'b'].map(
  (digit) => `${digit.repeat(8)}-0000-0000-0000-${digit.repeat(12)}`,
);

function violations(...entries: readonly (readonly [number, string | undefined])[]): number {
  const judge = new Judge();
  for (const [number, boot] of entries) judge.see(`${String(number).padEnd(16)}${boot ?? ''}\n`);
  return judge.violations.length;
}

it('takes growing numbers, and another boot that begins anew', () => {
  expect(violations([1, one], [2, one], [2, one], [9, one], [1, two], [3, two])).toBe(0);
});

it('sees an older copy that goes on, and two that write at the same time', () => {
  expect(violations([1, one], [7, one], [6, one])).toBe(1);
  expect(violations([1, one], [1, two], [2, one])).toBe(1);
});

it('takes an empty disk for nothing', () => {
  const judge = new Judge();
  judge.see('\0'.repeat(64));
  expect([judge.boot, judge.violations]).toEqual([undefined, []]);
});
