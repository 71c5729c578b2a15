import { expect, test } from 'vitest';
import { drawNewcomer, drawNodelist } from './draw-newcomer.ts';
import type { TimedFault } from './fault.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';

const patience = { timeout: 300_000 };
const seeds = Array.from({ length: 1000 }, (_, at) => at + 1);

const join = { kind: 'join-cluster', node: 3, afterMs: 1000 } as const;
const leave = { kind: 'leave-cluster', node: 3, afterMs: 5000 } as const;

test('some runs have a machine that is not configured in the beginning; where two are, none', () => {
  const drawn = seeds.filter((seed) => drawNewcomer(seed, 3).newcomer === true);
  expect(drawn.length).toBeGreaterThan(150);
  expect(drawn.length).toBeLessThan(250);
  expect(seeds.filter((seed) => drawNewcomer(seed, 2).newcomer === true)).toEqual([]);
  const kinds = drawn.flatMap((seed) =>
    drawNodelist(seed, 3, 10_000, 60_000).map(({ fault }) => fault.kind),
  );
  expect(new Set(kinds)).toContain('join-cluster');
  expect(new Set(kinds)).toContain('leave-cluster');
  const plans = seeds.map((seed) => drawPlan(seed));
  const newcomers = plans.filter(({ profile }) => profile.newcomer === true);
  expect(newcomers.length).toBeGreaterThan(50);
  for (const { absence, calmLoss } of newcomers)
    expect([absence, calmLoss]).toEqual([undefined, undefined]);
});

test(
  'a node that was never configured joins a cluster that runs, and has its copies',
  patience,
  () => {
    const { problem, told, tally } = run(quiet([{ atMs: 20_000, fault: join }]));
    expect(problem).toBeUndefined();
    expect(tally.counts.get('nodes that joined and had never been configured')).toBe(1);
    expect(told.filter((line) => line.endsWith(' of n1 n2 n3 n4')).length).toBeGreaterThanOrEqual(
      4,
    );
  },
);

test(
  'without its start it counts for the quorum: two of three have none any more',
  patience,
  () => {
    const away = { kind: 'power-off', node: 2, forMs: 20_000 } as const;
    const late = { ...join, afterMs: 60_000 };
    const faults = [
      { atMs: 20_000, fault: away },
      { atMs: 25_000, fault: late },
    ] as const;
    const { problem, told } = run(quiet(faults));
    expect(problem).toBeUndefined();
    const isLost = (line: string): boolean => /n1: open; epoch \d+ of n1 n2$/.test(line);
    expect(told.some(isLost)).toBe(true);
  },
);

test('one that is taken out again is forgotten, and the others go on', patience, () => {
  const faults = [
    { atMs: 20_000, fault: join },
    { atMs: 35_000, fault: leave },
  ] as const;
  const forgotten = new Set<string>();
  const { problem, told, tally } = run(quiet(faults), (_machine, { cluster }) => {
    for (const name of cluster.forgotten ?? []) forgotten.add(name);
  });
  expect(problem).toBeUndefined();
  expect(forgotten).toEqual(new Set(['n4']));
  expect(tally.counts.get('nodes taken out of the configuration')).toBe(1);
  expect(told.some((line) => line.endsWith(' of n1 n2 n3'))).toBe(true);
});

/** Power switches, nothing else goes wrong. */
function quiet(faults: readonly TimedFault[]): Plan {
  const { seed, profile } = drawPlan(1);
  const { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs } = profile;
  const kept = { isNetworkSlow, areDisksSlow, areAgentsSlow, operationsMax, isMixed, requestMs };
  const setting = { means: 'power', noQuorumPolicy: 'stop', newcomer: true } as const;
  return { seed, nodes: 3, profile: { ...kept, ...setting }, faults, healAtMs: 60_000 };
}
