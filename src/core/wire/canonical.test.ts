import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';

const keys = fc.oneof(
  fc.string({ maxLength: 6, unit: 'binary' }),
  fc.constantFrom('name', 'id', '10', '9', 'ä', '"', '\\', '\ud83d', '😀', 'toString', '__proto__'),
  fc.string({ minLength: 60, maxLength: 70 }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, undefined),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(
      tie('value').map((each) => each ?? null),
      { maxLength: 4 },
    ),
    fc
      .array(fc.tuple(keys, tie('value')), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

/** As the words say it, without any regard to time. */
function plainly(each: unknown): unknown {
  if (Array.isArray(each)) return `[${each.map(plainly).join(',')}]`;
  if (typeof each !== 'object' || each === null) return JSON.stringify(each);
  const fields = Object.entries(each)
    .filter(([, field]) => field !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${String(plainly(field))}`);
  return `{${fields.join(',')}}`;
}

test('keys by code units, at any depth and however they were put in', () => {
  fc.assert(
    fc.property(value, (each) => {
      fc.pre(each !== undefined);
      const text = canonicalJson(each);
      expect(text).toBe(plainly(each));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test('more keys than are remembered', () => {
  for (let at = 0; at < 5000; at += 1) {
    expect(canonicalJson({ [`key-${at}`]: at })).toBe(`{"key-${at}":${at}}`);
  }
  expect(canonicalJson({ b: 1, a: -0 })).toBe('{"a":0,"b":1}');
});

test.each([1.5, Number.NaN, 2 ** 53, [undefined], () => 1, 1n])('no text for %s', (each) => {
  expect(() => canonicalJson(each)).toThrow('canonical JSON');
});
