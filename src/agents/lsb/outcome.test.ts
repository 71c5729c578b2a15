import { expect, test } from 'vitest';
import { lsbAction, lsbOutcome } from './outcome.ts';

const code = (action: string, exitCode: number) => {
  const outcome = lsbOutcome(action, exitCode);
  return outcome.kind === 'exited' ? outcome.exitCode : outcome.kind;
};

test('status: running, dead, stopped, unknown', () => {
  expect([0, 1, 2, 3, 4, 150].map((exitCode) => code('status', exitCode))).toEqual([
    0, 7, 7, 7, 1, 1,
  ]);
});

test('start and stop: the codes are those of OCF, but to stop what is stopped is success', () => {
  expect([0, 1, 5, 6].map((exitCode) => code('start', exitCode))).toEqual([0, 1, 5, 6]);
  expect(code('start', 7)).toBe(1);
  expect([0, 1, 7, 200].map((exitCode) => code('stop', exitCode))).toEqual([0, 1, 0, 1]);
});

test('an operation is an argument of the script or nothing', () => {
  expect(lsbAction('monitor')).toBe('status');
  expect(lsbAction('promote')).toBeUndefined();
});
