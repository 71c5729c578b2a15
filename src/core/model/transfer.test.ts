import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTransfer, transferText } from './transfer.ts';

const transfer = fc.record({
  stage: fc.constantFrom('disks' as const, 'memory' as const),
  percent: fc.integer({ min: 0, max: 100 }),
  sentBytes: fc.nat({ max: 2 ** 50 }),
  leftBytes: fc.nat({ max: 2 ** 50 }),
  bytesPerSecond: fc.nat(),
  dirtyBytesPerSecond: fc.nat(),
  downtimeMs: fc.nat(),
});

it('is read as it was told', () => {
  fc.assert(
    fc.property(transfer, (told) => {
      expect(parseTransfer(transferText(told))).toEqual(told);
    }),
  );
});

it.each([
  undefined,
  '',
  'memory 1 2 3',
  'tape 1 2 3 4 5 6',
  'memory 1 2 3 4 5 x',
  'memory -1 2 3 4 5 6',
])('is not told by %s', (text) => expect(parseTransfer(text)).toBeUndefined());
