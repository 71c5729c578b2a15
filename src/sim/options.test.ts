import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('runs from a seed on, or all seeds of a range', () => {
  expect(readOptions(['--seed', '7', '--runs', '3'])).toMatchObject({
    first: 7,
    runs: 3,
    isSurvey: false,
  });
  const range = readOptions(['--from', '5', '--to', '9']);
  expect(range).toMatchObject({ first: 5, runs: 5, isSurvey: true });
});

test('bugs are planted by words of their names', () => {
  expect(readOptions(['--seed', '1'])).toMatchObject({ mutants: undefined });
  const options = readOptions(['mutants', '--promised', 'stall', 'margin']);
  expect(options).toMatchObject({ mutants: ['stall', 'margin'], promised: true });
});

const wrong = [
  [['--seed', 'x'], '--seed must be a number, is "x"'],
  [['--from', '5', '--to', '3'], '--to 3 is before the first, 5'],
  [['--faults', '1,b'], '--faults must be a number, is "b"'],
  [['--sed', '5'], "Unknown option '--sed'"],
  [['mutant'], 'unknown word "mutant"'],
] as const;

test.each(wrong)('%j is refused with a word, and how it is used', (words, what) => {
  const said = readOptions(words);
  expect(said).toContain(`sim: ${what}`);
  expect(said).toContain('usage: ./dev sim');
});
