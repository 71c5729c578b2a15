import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { failoverParts } from './timeline.ts';
import type { FailoverStamps } from './timeline.ts';

const at = (ms: number) => BigInt(Math.round(ms * 1e6));
const span = (from: number, to: number) => ({ beginNs: at(from), endNs: at(to) });

const nodeKilled: FailoverStamps = {
  faultNs: at(1000),
  noticedNs: at(1660),
  fencing: [span(1670, 1700)],
  agents: [span(1710, 1790), span(1795, 1900)],
  servedNs: at(1880),
};

test('a killed node: noticed, fenced, then address and server started', () => {
  expect(failoverParts(nodeKilled)).toEqual({
    detectionMs: 660,
    fencingMs: 30,
    agentsMs: 165, // 80 for the address, 85 of the server's: it served before its agent ended.
    ownMs: 25,
    totalMs: 880,
  });
});

test('agents side by side count once, and not while the fence agent runs', () => {
  const agents = [span(1690, 1750), span(1700, 1740), span(1745, 1760)];
  expect(failoverParts({ ...nodeKilled, agents })).toMatchObject({ fencingMs: 30, agentsMs: 60 });
});

test('what ran before the fault was noticed or after the service was back is nobody’s time', () => {
  const agents = [span(500, 1600), span(1880, 2500)];
  const parts = failoverParts({ ...nodeKilled, fencing: [], agents });
  expect(parts).toMatchObject({ agentsMs: 0, ownMs: 220 });
});

test('a service that is back before anybody noticed owes nothing to the cluster', () => {
  const parts = failoverParts({ ...nodeKilled, servedNs: at(1200) });
  expect(parts).toEqual({ detectionMs: 200, fencingMs: 0, agentsMs: 0, ownMs: 0, totalMs: 200 });
});

const intervals = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 800 }))
    .map(([from, length]) => span(from, from + length)),
  { maxLength: 8 },
);

test('the parts add up, none is negative, and the order of the stamps does not matter', () => {
  const stamps = fc.record({
    faultNs: fc.constant(at(1000)),
    noticedNs: fc.integer({ min: 1000, max: 3000 }).map(at),
    fencing: intervals,
    agents: intervals,
    servedNs: fc.integer({ min: 1000, max: 4000 }).map(at),
  });
  fc.assert(
    fc.property(stamps, (given) => {
      const parts = failoverParts(given);
      const { totalMs, ...each } = parts;
      const sum = Object.values(each).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - totalMs)).toBeLessThan(0.001);
      expect(Math.min(...Object.values(parts))).toBeGreaterThanOrEqual(0);
      const turned = { ...given, fencing: given.fencing.toReversed() };
      expect(failoverParts({ ...turned, agents: given.agents.toReversed() })).toEqual(parts);
    }),
  );
});
