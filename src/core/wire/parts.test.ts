import * as fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import type { Reassembly } from './parts.ts';
import { cutIntoParts, emptyReassembly, receivePart, utf8Length } from './parts.ts';

const limits = { charsMax: 10_000, openMax: 2 };
const anyText = fc.string({ unit: 'binary', maxLength: 3000 });
/** Any code units, lone surrogates too. */
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 2000 })
  .map((units) => String.fromCharCode(...units));

function receiveAll(texts: readonly string[]): { texts: string[]; problems: string[] } {
  let reassembly: Reassembly = emptyReassembly;
  const result = { texts: [] as string[], problems: [] as string[] };
  for (const each of texts) {
    const received = receivePart(reassembly, each, limits);
    reassembly = received.reassembly;
    if (received.kind === 'whole') result.texts.push(received.text);
    if (received.kind === 'wrong' || received.kind === 'late')
      result.problems.push(received.reason);
  }
  return result;
}

describe('parts', () => {
  test('UTF-8 length is what the encoder writes', () => {
    fc.assert(
      fc.property(anyUnits, (each) => {
        expect(utf8Length(each)).toBe(Buffer.byteLength(each));
      }),
    );
  });

  test('are no longer than asked, survive UTF-8, and give back the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 256, max: 1000 }), (whole, bytesMax) => {
        const parts = cutIntoParts(whole, bytesMax, 'a-1:7');
        for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(bytesMax);
        const sent = parts.map((part) => Buffer.from(part).toString());
        expect(receiveAll(sent)).toEqual({ texts: [whole], problems: [] });
      }),
    );
  });

  test('of two texts may interleave, a text that fits goes as it is', () => {
    const one = cutIntoParts('1'.repeat(600), 256, 'one');
    const two = cutIntoParts('2'.repeat(600), 256, 'two');
    const mixed = one.flatMap((part, index) => [part, two[index] ?? '', 'small']);
    expect(receiveAll(mixed)).toEqual({
      texts: [...one.slice(1).map(() => 'small'), '1'.repeat(600), '2'.repeat(600), 'small'],
      problems: [],
    });
  });

  test('a text that looks like a part arrives as a text', () => {
    expect(receiveAll(cutIntoParts('part/1 x', 256, 'a'))).toEqual({
      texts: ['part/1 x'],
      problems: [],
    });
  });

  test.each([
    ['lost', [0, 2], 'part 2 of a instead of 1'],
    ['repeated', [0, 0, 1, 1], 'part 1 of a instead of 2'],
    ['without beginning', [1], 'part 1 of a without its beginning'],
  ])('%s: a reason, no text', (_, order, reason) => {
    const parts = cutIntoParts('x'.repeat(700), 256, 'a');
    const received = receiveAll(order.map((index) => parts[index] ?? ''));
    expect(received).toEqual({ texts: [], problems: [reason] });
  });

  test('memory is limited: too long a text, too many at once, more than announced', () => {
    expect(receiveAll(['part/1 a 0 2 10001 x']).problems[0]).toMatch(/at most 10000/);
    expect(receiveAll(['part/1 a 0 2 2 xxx']).problems[0]).toMatch(/longer than announced/);
    expect(receiveAll(['part/1 a 0 1 2 x']).problems[0]).toMatch(/shorter than announced/);
    expect(receiveAll(['part/1 a 0 2 2 x', 'part/1 a 1 3 2 x']).problems[0]).toMatch(/fit/);
    expect(receiveAll(['part/9 a']).problems[0]).toMatch(/head/);
    const three = ['a', 'b', 'c'].map((id) => `part/1 ${id} 0 2 2 x`);
    expect(receiveAll([...three, 'part/1 a 1 2 2 y', 'part/1 c 1 2 2 y'])).toEqual({
      texts: ['xy'],
      problems: ['part 1 of a without its beginning'],
    });
  });
});
