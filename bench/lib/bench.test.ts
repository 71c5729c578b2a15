import { expect, test } from 'vitest';
import { readWords, table } from './bench.ts';
import { figure } from './figure.ts';

test('the median of an even count lies between the two in the middle', () => {
  expect(figure('x-ms', 'ms', [9, 1, 4, 2])).toEqual({
    name: 'x-ms',
    unit: 'ms',
    median: 3,
    min: 1,
    max: 9,
    runs: 4,
  });
  expect(figure('x-ms', 'ms', [10, 9, 100]).median).toBe(10);
});

test('no samples, no figure', () => {
  expect(() => figure('x-ms', 'ms', [])).toThrow('x-ms: nothing was measured');
});

test('the table lines up', () => {
  const text = table([figure('move-ms', 'ms', [401.25]), figure('rss-mb', 'MB', [9])]);
  expect(text).toBe(
    'figure   median  min  max  unit  runs\n' +
      'move-ms     401  401  401    ms     1\n' +
      'rss-mb        9    9    9    MB     1\n',
  );
});

test('words that are wrong are answered with those that there are', () => {
  expect(readWords(['--only', 'cts', '--runs', '3'])).toEqual({
    json: false,
    only: 'cts',
    runs: 3,
  });
  expect(readWords(['--help'])).toMatch(/^bench: Unknown option '--help'[^]*usage: \.\/dev bench/);
  expect(readWords(['--runs', '0'])).toMatch(/^bench: --runs 0: give a number from 1 on\nusage: /);
});
