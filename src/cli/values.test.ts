import { expect, it } from 'vitest';

import { duration, moment } from './values.ts';
import { span } from './render/time.ts';
import { table, wrap } from './render/text.ts';

process.env['TZ'] = 'UTC';
const noon = Date.parse('2026-11-20T12:00:00Z');

it('reads moments as people write them', () => {
  expect(moment('10min', noon)).toBe(noon - 600_000);
  expect(moment('11:30', noon)).toBe(noon - 1_800_000);
  expect(moment('12:30:05', noon)).toBe(noon + 1_805_000 - 86_400_000);
  expect(moment('2026-11-19T00:00:00Z', noon)).toBe(Date.parse('2026-11-19T00:00:00Z'));
  expect(() => moment('whenever', noon)).toThrow('A moment is written like');
});

it('reads durations, and refuses none', () => {
  expect(duration('90s')).toBe(90_000);
  expect(() => duration('0')).toThrow('90s');
  expect(() => duration('soon')).toThrow('90s');
});

it('writes spans in the two largest units', () => {
  expect([850, 4200, 12_000, 125_000, 600_000, 7_500_000, 90_000_000].map(span)).toEqual([
    '850 ms',
    '4.2 s',
    '12 s',
    '2 min 5 s',
    '10 min',
    '2 h 5 min',
    '1 d 1 h',
  ]);
});

it('wraps at words, and keeps a word that is too long', () => {
  expect(wrap('aa bb cc', 7, '- ', '  ')).toEqual(['- aa bb', '  cc']);
  expect(wrap('short averyverylongword', 8, '')).toEqual(['short', 'averyverylongword']);
});

it('aligns columns without counting colours', () => {
  expect(
    table([
      ['\u001b[32ma\u001b[39m', 'b'],
      ['ccc', 'd'],
    ]),
  ).toEqual(['\u001b[32ma\u001b[39m    b', 'ccc  d']);
});
