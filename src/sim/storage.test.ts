import { expect, test } from 'vitest';
import { drawStorage } from './draw-storage.ts';
import type { TimedFault } from './fault.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import type { Outcome } from './run.ts';
import { run } from './run.ts';
import type { StorageSetting } from './storage-setting.ts';

const patience = { timeout: 300_000 };

const quiet = {
  isNetworkSlow: false,
  areDisksSlow: false,
  areAgentsSlow: true,
  operationsMax: 1,
  isMixed: false,
  requestMs: [2000, 10_000],
  means: 'power',
  noQuorumPolicy: 'stop',
} as const;

function runWith(storage: StorageSetting, faults: readonly TimedFault[], nodes = 3): Outcome {
  const { absence: _, ...plan } = drawPlan(1);
  const whole: Plan = {
    ...plan,
    nodes,
    profile: { ...quiet, storage },
    faults,
    healAtMs: 60_000,
  };
  return run(whole);
}

test('some runs are drawn for it, of two nodes that only cut each other off as well', () => {
  const profile = { ...quiet, means: 'plugs' } as const;
  for (const nodes of [2, 3]) {
    const drawn = Array.from({ length: 300 }, (_, seed) =>
      drawStorage(seed, nodes, profile, 0, 1000),
    ).flatMap((each) => each?.profile.storage ?? []);
    expect(drawn.length).toBeGreaterThan(nodes === 2 ? 250 : 140);
    expect(drawn.length).toBeLessThan(nodes === 2 ? 290 : 220);
    expect(drawn.some(({ isAlone }) => isAlone)).toBe(true);
  }
  expect(drawStorage(1, 3, { ...quiet, means: 'watchdog' }, 0, 1000)).toBeUndefined();
});

const ways = [
  { on: 'own-node', isAlone: true },
  { on: 'any-node', isAlone: true },
  { on: 'own-node', isAlone: false },
] as const;

test.each(ways)(
  'who goes on without its daemon is cut off, and gets access when what it ran is stopped: %j',
  patience,
  (storage) => {
    const told = [0, 1, 2].map((node) => {
      const fault = { kind: 'kill-daemon', node, forMs: 26_000 } as const;
      const { problem, tally } = runWith(storage, [{ atMs: 20_000, fault }]);
      expect(problem).toBeUndefined();
      expect(tally.counts.get('unfencings')).toBeGreaterThan(3);
      return tally.counts.get('nodes cut off from their storage that go on') ?? 0;
    });
    expect(Math.max(...told)).toBe(1);
  },
);

test.each(['own-node', 'any-node'] as const)(
  'two halves that only cut each other off both go on, and all have access again when they are together: %s',
  patience,
  (on) => {
    const fault = { kind: 'divide', parts: [0, 1], forMs: 20_000 } as const;
    const { problem, tally } = runWith({ on, isAlone: true }, [{ atMs: 20_000, fault }], 2);
    expect(problem).toBeUndefined();
    expect(tally.counts.get('pairs of which both halves have acted')).toBe(1);
    expect(tally.counts.get('nodes cut off from their storage that go on')).toBeGreaterThan(0);
    // At first, and again whoever was cut off, by the other or for all that is known.
    expect(tally.counts.get('unfencings')).toBeGreaterThan(3);
  },
);

test.each([0, 1])(
  'a half that was cut off and knows nothing of it goes on, also when its daemon begins anew: %j',
  patience,
  (node) => {
    const faults: readonly TimedFault[] = [
      { atMs: 20_000, fault: { kind: 'divide', parts: [0, 1], forMs: 30_000 } },
      { atMs: 36_000, fault: { kind: 'kill-daemon', node, forMs: 2000 } },
      { atMs: 40_000, fault: { kind: 'resource-dies', resource: 'web', isNoticed: false } },
    ];
    const { problem, told } = runWith({ on: 'any-node', isAlone: true }, faults, 2);
    expect(problem).toBeUndefined();
    const begins = told.filter((line) => line.includes(`n${node + 1}: start `));
    expect(begins.filter((line) => isWithin(line, 38_000, 50_000)).length).toBeGreaterThan(0);
  },
);

const isWithin = (line: string, fromMs: number, toMs: number): boolean => {
  const atMs = 1000 * Number.parseFloat(line);
  return atMs > fromMs && atMs < toMs;
};

test.each(['own-node', 'any-node'] as const)(
  'a member that was shot for a failed stop has access again when nobody confirms that and its reason is gone: %s',
  patience,
  (on) => {
    const faults: readonly TimedFault[] = [
      { atMs: 20_000, fault: { kind: 'fencing', how: 'late', forMs: 4000 } },
      { atMs: 20_000, fault: { kind: 'evacuate', node: 1, forMs: 10_000 } },
      {
        atMs: 20_000,
        fault: { kind: 'unstoppable', resource: 'three', node: 1, how: 'blind', hangs: false },
      },
      { atMs: 25_000, fault: { kind: 'fencing', how: 'failing', forMs: 45_000 } },
      { atMs: 27_000, fault: { kind: 'kill-daemon', node: 0, forMs: 5000 } },
    ];
    const { problem, tally } = runWith({ on, isAlone: true }, faults);
    expect(problem).toBeUndefined();
    expect(tally.counts.get('nodes cut off from their storage that go on')).toBe(1);
    expect(tally.counts.get('unfencings')).toBeGreaterThan(3);
  },
);
