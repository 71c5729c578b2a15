import { expect, test } from 'vitest';
import type { CalmLoss } from './calm-loss.ts';
import { drawCalmLoss } from './calm-loss.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';

const patience = { timeout: 300_000 };

test('some runs end with a loss; where two are, only a daemon is lost', () => {
  const drawn = (nodes: number): readonly CalmLoss[] =>
    Array.from({ length: 1000 }, (_, seed) => drawCalmLoss(seed, nodes) ?? []).flat();
  for (const nodes of [2, 3, 5]) {
    expect(drawn(nodes).length).toBeGreaterThan(300);
    expect(drawn(nodes).length).toBeLessThan(400);
  }
  expect(new Set(drawn(2).map(({ what }) => what))).toEqual(new Set(['daemon']));
  expect(new Set(drawn(3).map(({ what }) => what))).toEqual(new Set(['daemon', 'power']));
});

test.each(['daemon', 'power'] as const)(
  'nothing else ends when a node loses its %s, whatever has moved there and back',
  patience,
  (what) => {
    for (let node = 0; node < 3; node += 1) {
      const { problem, tally } = run(quiet({ node, what, moves: ['vm', 'vm', 'guest'] }));
      expect(problem).toBeUndefined();
      expect(tally.counts.get(`nodes that lost their ${what} when all was well`)).toBe(1);
    }
  },
);

/** Power switches, no faults. */
function quiet(calmLoss: CalmLoss): Plan {
  const { absence: _, ...plan } = drawPlan(1);
  const { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs } =
    plan.profile;
  const kept = { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs };
  const setting = { means: 'power', noQuorumPolicy: 'stop' } as const;
  return { ...plan, nodes: 3, profile: { ...kept, ...setting }, faults: [], calmLoss };
}
