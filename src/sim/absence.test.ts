import { expect, test } from 'vitest';
import type { Absence } from './absence.ts';
import { drawAbsence } from './absence.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';

const patience = { timeout: 300_000 };
const seeds = Array.from({ length: 1000 }, (_, seed) => seed);

test('some runs heal without a minority, none of two nodes', () => {
  for (const nodes of [3, 5]) {
    const drawn = seeds.flatMap((seed) => drawAbsence(seed, nodes) ?? []);
    expect(drawn.length).toBeGreaterThan(250);
    expect(drawn.length).toBeLessThan(350);
    for (const each of drawn) {
      expect(new Set(each.nodes).size).toBe(each.nodes.length);
      expect(2 * each.nodes.length).toBeLessThan(nodes);
    }
  }
  expect(seeds.flatMap((seed) => drawAbsence(seed, 2) ?? [])).toEqual([]);
});

const ways = [
  ['off', 0],
  ['off', 40_000],
  ['cut-off', 0],
  ['cut-off', 40_000],
] as const;

test.each(ways)('what ran on a node that is %s runs elsewhere', patience, (how, fencedAfterMs) => {
  for (let node = 0; node < 3; node += 1) {
    const { problem, told, tally } = run(
      quiet({ nodes: [node], how, fencedAfterMs, leavesAfterMs: 12_000 * node }),
    );
    expect(problem).toBeUndefined();
    expect(tally.counts.get('runs that healed without a node')).toBe(1);
    expect(told.filter((line) => line.endsWith(`** n${node + 1} stays away: ${how}`))).toHaveLength(
      1,
    );
  }
});

/** Power switches, no faults. */
function quiet(absence: Absence): Plan {
  const plan = drawPlan(1);
  const { profile } = plan;
  const setting = { means: 'power', noQuorumPolicy: 'stop' } as const;
  const { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs } = profile;
  const kept = { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs };
  return { ...plan, nodes: 3, profile: { ...kept, ...setting }, faults: [], absence };
}
