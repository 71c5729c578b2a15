import { expect, test } from 'vitest';
import { drawUpgrade } from './draw-versions.ts';
import type { TimedFault } from './fault.ts';
import { drawPlan } from './plan.ts';
import type { Outcome } from './run.ts';
import { run } from './run.ts';

const patience = { timeout: 300_000 };

const quiet = {
  isNetworkSlow: false,
  areDisksSlow: false,
  areAgentsSlow: false,
  operationsMax: 2,
  isMixed: true,
  requestMs: [200, 1000],
  means: 'power',
  noQuorumPolicy: 'stop',
} as const;

function runWith(...faults: readonly TimedFault[]): Outcome {
  const { absence: _, ...plan } = drawPlan(1);
  const profile = { ...quiet, upgrades: true };
  return run({ ...plan, nodes: 3, profile, faults, healAtMs: 60_000 });
}

/** Seconds in which something was refused that needs more than the level in force. */
const refusedAt = ({ told }: Outcome): readonly number[] =>
  told
    .filter((line) => line.includes('refused (this needs feature level 2'))
    .map((line) => Number(line.slice(0, 9)));

test('most runs with two versions say more as soon as they may, others never', () => {
  const drawn = Array.from({ length: 300 }, (_, seed) => drawUpgrade(seed, 3, quiet, 0, 1000));
  const some = drawn.filter((each) => each !== undefined);
  expect(some.length).toBeGreaterThan(180);
  expect(some.length).toBeLessThan(240);
  expect(drawUpgrade(1, 3, { ...quiet, isMixed: false }, 0, 1000)).toBeUndefined();
});

test(
  'what the older version cannot read is refused until the last node has the newer one',
  patience,
  () => {
    const fault = { kind: 'upgrade', node: 0, forMs: 1000 } as const;
    const outcome = runWith({ atMs: 30_000, fault });
    expect(outcome.problem).toBeUndefined();
    const refused = refusedAt(outcome);
    expect(refused.filter((at) => at < 30).length).toBeGreaterThan(5);
    expect(refused.filter((at) => at > 35)).toEqual([]);
    const applied = outcome.told.filter((line) => line.includes('applied'));
    expect(applied.length).toBeGreaterThan(20);
  },
);

test('a node with the older version that is away holds it back', patience, () => {
  const fault = { kind: 'power-off', node: 0, forMs: 30_000 } as const;
  const outcome = runWith({ atMs: 20_000, fault });
  expect(outcome.problem).toBeUndefined();
  const refused = refusedAt(outcome);
  expect(refused.filter((at) => at > 30 && at < 50).length).toBeGreaterThan(5);
  expect(refused.filter((at) => at > 50).length).toBeGreaterThan(0);
});

const upgrade = { atMs: 20_000, fault: { kind: 'upgrade', node: 0, forMs: 1000 } } as const;
const downgrade = (atMs: number, node: number): TimedFault => ({
  atMs,
  fault: { kind: 'downgrade', node, forMs: 1000, backAfterMs: 15_000 },
});

test(
  'who comes back with the older version before the level counts holds it back',
  patience,
  () => {
    const outcome = runWith(downgrade(18_000, 1), upgrade);
    expect(outcome.problem).toBeUndefined();
    const refused = refusedAt(outcome);
    expect(refused.filter((at) => at > 23 && at < 33).length).toBeGreaterThan(2);
    expect(refused.filter((at) => at > 40)).toEqual([]);
  },
);

test(
  'who comes back with it later is not let in, and is again with the newer one',
  patience,
  () => {
    for (const node of [0, 2]) {
      const outcome = runWith(upgrade, downgrade(35_000, node));
      expect(outcome.problem).toBeUndefined();
      expect(refusedAt(outcome).filter((at) => at > 25)).toEqual([]);
      const words = outcome.told.filter((line) => line.includes('feature level'));
      expect(words.filter((line) => Number(line.slice(0, 9)) > 35).length).toBeGreaterThan(0);
    }
  },
);
