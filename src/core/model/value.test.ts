import { expect, test } from 'vitest';
import { nearestName, suggestionText } from './nearest.ts';
import {
  agentText,
  dateRangeText,
  durationText,
  parseAgent,
  parseBoolean,
  parseDateRange,
  parseDurationMs,
  parseInteger,
  parseScore,
} from './value.ts';

test.each([
  ['10', 10_000],
  [' 10s ', 10_000],
  ['2min', 120_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['500ms', 500],
  ['1500us', 1],
  ['0', 0],
  ['PT1H', 3_600_000],
  ['PT1M30S', 90_000],
  ['P1D', 86_400_000],
  ['P1M', 2_592_000_000],
  ['P10S', 10_000],
])('the time %s is %i ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['', '-1', '1.5s', '10x', 'P', 'PT', 'soon', '1 h 2'])('"%s" is no time', (text) => {
  expect(parseDurationMs(text)).toBeUndefined();
});

test.each([0, 500, 1000, 60_000, 90_000, 3_600_000, 61_001])('%i ms reads back', (ms) => {
  expect(parseDurationMs(durationText(ms))).toBe(ms);
});

test('scores saturate, and −0 is 0', () => {
  expect(parseScore('INFINITY')).toBe(1_000_000);
  expect(parseScore('-infinity')).toBe(-1_000_000);
  expect(parseScore('99999999')).toBe(1_000_000);
  expect(parseScore('+5')).toBe(5);
  expect(Object.is(parseScore('-0'), 0)).toBe(true);
  expect(parseScore('green')).toBeUndefined();
  expect(parseScore('1e3')).toBeUndefined();
});

test('booleans and whole numbers', () => {
  expect(['true', 'Yes', 'ON', 'y', '1'].map(parseBoolean)).toEqual(Array(5).fill(true));
  expect(['false', 'No', 'OFF', 'n', '0'].map(parseBoolean)).toEqual(Array(5).fill(false));
  expect(parseBoolean('maybe')).toBeUndefined();
  expect(parseInteger(' -12 ')).toBe(-12);
  expect(parseInteger('9007199254740993')).toBeUndefined();
  expect(parseInteger('1.0')).toBeUndefined();
});

test('ranges of dates read back', () => {
  expect(parseDateRange('6')).toEqual({ from: 6, to: 6 });
  expect(parseDateRange('6-')).toEqual({ from: 6 });
  expect(parseDateRange('-6')).toEqual({ to: 6 });
  expect(parseDateRange('1-5')).toEqual({ from: 1, to: 5 });
  expect(['', '-', 'a', '1-2-3'].map(parseDateRange)).toEqual(Array(4).fill(undefined));
  for (const text of ['6', '6-', '-6', '1-5']) {
    expect(dateRangeText(parseDateRange(text) ?? {})).toBe(text);
  }
});

test('agents read back', () => {
  expect(parseAgent('ocf:heartbeat:IPaddr2')).toEqual({
    class: 'ocf',
    provider: 'heartbeat',
    type: 'IPaddr2',
  });
  expect(parseAgent('systemd:a@b:c')).toEqual({ class: 'systemd', type: 'a@b:c' });
  expect(parseAgent('command')).toEqual({ class: 'command', type: '' });
  expect(['', ':x', 'ocf:x', 'ocf::x', 'ocf:x:'].map(parseAgent)).toEqual(Array(5).fill(undefined));
  for (const text of ['ocf:heartbeat:IPaddr2', 'systemd:a@b:c', 'command']) {
    expect(agentText(parseAgent(text) ?? { class: '', type: '' })).toBe(text);
  }
});

test('the nearest name is one that a slip of the finger explains', () => {
  const names = ['monitor', 'migrate_to', 'meta', 'with-role', 'no-quorum-policy'];
  expect(nearestName('monitr', names)).toBe('monitor');
  expect(nearestName('mointor', names)).toBe('monitor');
  expect(nearestName('with_role', names)).toBe('with-role');
  expect(nearestName('NoQuorumPolicy', names)).toBe('no-quorum-policy');
  expect(nearestName('flavour', names)).toBeUndefined();
  expect(nearestName('x'.repeat(1000), names)).toBeUndefined();
  expect(suggestionText('mta', names)).toBe(', did you mean "meta"?');
});
