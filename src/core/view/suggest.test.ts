import { expect, it } from 'vitest';

import { suggestion } from './suggest.ts';

it('names what a typing error was meant to be, and stays silent when nothing is near', () => {
  expect(suggestion('wbe', ['db', 'web'])).toBe('; did you mean "web"?');
  expect(suggestion('postgres', ['web'])).toBe('');
});
