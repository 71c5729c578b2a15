import { expect, test } from 'vitest';
import { awayMs, outages } from './outages.ts';
import type { Answer } from './outages.ts';

const ns = (ms: number) => BigInt(ms) * 1_000_000n;
const good = (ms: number, node = 'n1'): Answer => ({
  beginNs: ns(ms),
  endNs: ns(ms + 1),
  node,
  problem: undefined,
});
const bad = (ms: number, lasted = 100): Answer => ({
  beginNs: ns(ms),
  endNs: ns(ms + lasted),
  node: undefined,
  problem: 'timeout',
});

test('an outage lasts from the last good answer to the next good one', () => {
  const answers = [good(0), good(10), bad(20), bad(30, 1), good(40, 'n2'), good(50, 'n2')];
  expect(outages(answers)).toEqual([
    { beginNs: ns(11), endNs: ns(41), failures: 2, before: 'n1', after: 'n2' },
  ]);
});

test('a hanging request fails after later ones have succeeded: its beginning counts', () => {
  const answers = [good(0), good(30, 'n2'), good(40, 'n2'), bad(10), bad(20)];
  expect(outages(answers)).toMatchObject([{ failures: 2, endNs: ns(31), after: 'n2' }]);
});

test('an outage that lasts has no end; without failures there is none', () => {
  expect(outages([good(0), bad(10)])).toMatchObject([{ endNs: undefined, after: undefined }]);
  expect(outages([bad(0), good(10)])).toMatchObject([{ beginNs: ns(0), before: undefined }]);
  expect(outages([good(0), good(10)])).toEqual([]);
});

test('away: from the fault to the end of the last outage that followed', () => {
  const flapping = [good(0), bad(10), good(20), bad(30), good(40)];
  expect(awayMs(flapping, ns(5))).toBe(36);
  expect(awayMs(flapping, ns(100))).toBe(0);
  expect(awayMs([...flapping, bad(50)], ns(45))).toBeUndefined();
});
