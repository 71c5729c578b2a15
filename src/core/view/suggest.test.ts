import { expect, it } from 'vitest';

import { suggest, suggestion } from './suggest.ts';

it('finds the name that a typing error was meant to be', () => {
  expect(suggest('stauts', ['start', 'status', 'stop'])).toBe('status');
  expect(suggest('wbe', ['web', 'db'])).toBe('web');
  expect(suggest('Web', ['web'])).toBe('web');
});

it('stays silent when nothing is near', () => {
  expect(suggest('postgres', ['web', 'ip'])).toBeUndefined();
  expect(suggestion('postgres', ['web'])).toBe('');
});
