import { expect, test } from 'vitest';
import { drawLastingUnreached, drawUnreached } from './draw-unreached.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';
import type { LastingUnreached } from './unreached.ts';

const patience = { timeout: 300_000 };
const seeds = Array.from({ length: 1000 }, (_, at) => at + 1);

test('some runs have a node that no switch answers for a while; where two are, none', () => {
  const drawn = seeds.filter((seed) => drawUnreached(seed, 3, 0, 1000).length > 0);
  expect(drawn.length).toBeGreaterThan(300);
  expect(drawn.length).toBeLessThan(400);
  expect(seeds.flatMap((seed) => drawUnreached(seed, 2, 0, 1000))).toEqual([]);
  expect(new Set(seeds.map((seed) => drawPlan(seed).unreached?.how))).toEqual(
    new Set(['refused', 'silent', undefined]),
  );
});

test('for good it is one of those who stay, where one is lost', () => {
  const absence = { nodes: [0, 3], how: 'off', fencedAfterMs: 0, leavesAfterMs: 0 } as const;
  const lost = { absence, calmLoss: undefined };
  const drawn = seeds.flatMap((seed) => drawLastingUnreached(seed, 5, lost) ?? []);
  expect(drawn.length).toBeGreaterThan(450);
  expect(new Set(drawn.map(({ node }) => node))).toEqual(new Set([1, 2, 4]));
  const daemon = { moves: [], node: 0, what: 'daemon' } as const;
  const nobody = { absence: undefined, calmLoss: daemon };
  expect(seeds.flatMap((seed) => drawLastingUnreached(seed, 3, nobody) ?? [])).toEqual([]);
});

test.each(['refused', 'silent'] as const)(
  'what one node cannot switch off another one does (%s)',
  patience,
  (how) => {
    let tried = 0;
    for (const [lost, node] of [
      [0, 1],
      [0, 2],
      [2, 0],
      [2, 1],
    ] as const) {
      const { problem, tally } = run(quiet(lost, { node, how }));
      expect(problem).toBeUndefined();
      const mine = tally.counts.get('shots of a node that no switch answers') ?? 0;
      tried += mine;
      expect(tally.counts.get('shots by another node than the last one') ?? 0).toBe(mine);
    }
    expect(tried).toBeGreaterThan(0);
  },
);

test('devices that are monitored: nobody begins with one that does not answer', patience, () => {
  const { profile, ...plan } = quiet(0, { node: 1, how: 'silent' });
  const moves = ['vm', 'vm'] as const;
  const calmLoss = { moves, node: 0, what: 'power' } as const;
  const monitored = { ...plan, profile: { ...profile, monitors: 'answered' }, calmLoss } as const;
  for (const node of [1, 2]) {
    const { problem, tally } = run({ ...monitored, unreached: { node, how: 'silent' } });
    expect(problem).toBeUndefined();
    expect(tally.counts.get('monitors of fence devices that failed')).toBeGreaterThan(0);
    expect(tally.counts.get('shots of a node that no switch answers')).toBeUndefined();
  }
});

test('devices that answer no monitor are shot with all the same', patience, () => {
  const { profile, ...plan } = quiet(0, { node: 1, how: 'refused' });
  const { problem, tally } = run({ ...plan, profile: { ...profile, monitors: 'unanswered' } });
  expect(problem).toBeUndefined();
  expect(tally.counts.get('monitors of fence devices that failed')).toBeGreaterThan(5);
});

/** Power switches, no faults; then one node loses its power. */
function quiet(lost: number, unreached: LastingUnreached): Plan {
  const { absence: _, ...plan } = drawPlan(1);
  const { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs } =
    plan.profile;
  const kept = { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs };
  const setting = { means: 'power', noQuorumPolicy: 'stop' } as const;
  const calmLoss = { moves: [], node: lost, what: 'power' } as const;
  return { ...plan, nodes: 3, profile: { ...kept, ...setting }, faults: [], calmLoss, unreached };
}
