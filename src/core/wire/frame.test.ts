import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDigest,
  digestOf,
  digestText,
  emptyDigest,
  replaceInDigest,
  subtractDigest,
} from './digest.ts';
import { decodeFrame, encodeFrame } from './frame.ts';

const reader = { versions: { 'store.ack': 2 }, charsMax: 1000 };

function problem(text: string): string {
  const decoded = decodeFrame(text, reader);
  return decoded.kind === 'ok' ? 'ok' : decoded.problem;
}

describe('frames', () => {
  test('look like this', () => {
    expect(encodeFrame('store.ack', 1, { index: 5 })).toMatchInlineSnapshot(
      `"holdfast/1 store.ack 1 11 fca173576bf41941 {"index":5}"`,
    );
  });

  test('carry kind, version and body', () => {
    expect(decodeFrame(encodeFrame('store.ack', 2, { index: 5 }), reader)).toMatchObject({
      kind: 'ok',
      value: { frame: 'store.ack', version: 2, body: { index: 5 } },
    });
  });

  test('of newer programs are refused by name', () => {
    expect(problem(encodeFrame('store.ack', 3, {}))).toBe('newer-version');
    expect(problem('holdfast/2 something else altogether')).toBe('newer-version');
    expect(decodeFrame(encodeFrame('store.ack', 3, {}), reader)).toMatchObject({
      reason: 'store.ack version 3, this program knows up to 2',
    });
  });

  test('with a head that is not known are refused', () => {
    expect(problem(encodeFrame('store.other', 1, {}))).toBe('unknown-kind');
    expect(problem(encodeFrame('constructor', 1, {}))).toBe('unknown-kind');
    expect(problem('')).toBe('not-a-frame');
    expect(problem('x'.repeat(1001))).toBe('too-long');
  });

  test('with any one character lost or changed are refused', () => {
    const whole = encodeFrame('store.ack', 1, { index: 5, name: 'node-ä' });
    const damaged = whole.split('').flatMap((char, index) => {
      const cut = whole.slice(0, index);
      return [cut, `${cut}${char === '7' ? '8' : '7'}${whole.slice(index + 1)}`];
    });
    expect(damaged.filter((each) => problem(each) === 'ok')).toEqual([]);
    expect(problem(whole.replace('ack 1', 'ack 2'))).toBe('checksum');
  });
});

describe('digests', () => {
  const records = fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 });

  test('do not depend on the order, and what is taken out leaves no trace', () => {
    fc.assert(
      fc.property(records, records, (some, others) => {
        const sum = (texts: readonly string[]) =>
          texts.map(digestOf).reduce(addDigest, emptyDigest);
        const all = sum([...some, ...others]);
        expect(all).toEqual(sum([...others, ...some].reverse()));
        expect(others.map(digestOf).reduce(subtractDigest, all)).toEqual(sum(some));
      }),
    );
  });

  test('follow the change of a record', () => {
    const one = replaceInDigest(emptyDigest, undefined, 'a=1');
    const two = replaceInDigest(one, 'a=1', 'a=2');
    expect(digestText(two)).not.toBe(digestText(one));
    expect(replaceInDigest(two, 'a=2', undefined)).toEqual(emptyDigest);
  });

  test('of short texts do not collide in either lane', () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `node-${index}=1`);
    const hashes = texts.map(digestOf);
    // With 32 random bits some 0.05 collisions are expected in each lane.
    expect(new Set(hashes.map((each) => each.high)).size).toBeGreaterThan(19_997);
    expect(new Set(hashes.map((each) => each.low)).size).toBeGreaterThan(19_997);
  });
});
