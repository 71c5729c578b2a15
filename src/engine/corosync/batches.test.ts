import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { decodeBatch, encodeBatch } from './batches.ts';

it('brings back what it encoded, whatever the texts', () => {
  const texts = fc.array(fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(texts, fc.integer({ min: 1 }), (list, number) => {
      const batch = { epoch: '8.1.c0ffee', number, texts: list };
      expect(decodeBatch(encodeBatch(batch))).toEqual(batch);
    }),
  );
});

it.each([
  '',
  'hello',
  '1 8.1.a 1 5\nfour',
  '1 8.1.a 1 3\nfour',
  '1 8.1.a 0 4\nfour',
  '1 8.1.a x 4\nfour',
  '1 8.1.a 1 -4\nfour',
  '1 8.1.a 1 4 4\nfour',
  '2 8.1.a 1 4\nfour',
])('takes no batch out of %j', (text) => {
  expect(decodeBatch(text)).toBeNull();
});
