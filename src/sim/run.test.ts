import { expect, test } from 'vitest';
import { found } from './found.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

// Seconds on an idle machine; the limit is for a busy one.
const patience = { timeout: 300_000 };

test('a few seeds: everything holds, and the dangerous things have happened', patience, () => {
  const all = new Tally();
  for (let seed = 1; seed <= 24; seed += 1) {
    const { problem, tally } = run(drawPlan(seed));
    expect(problem).toBeUndefined();
    all.add(tally);
  }
  const dangerous = [
    'fencings confirmed when the machine was back already',
    'leaders lost amid a transition',
    'rings merged',
    'snapshots cut off on their way',
    'stalls of a machine beyond its watchdog',
    'writes of a snapshot torn',
  ];
  expect([...all.counts.keys()]).toEqual(expect.arrayContaining(dangerous));
});

test.each(found)('what was found once: $was', patience, ({ plan }) => {
  expect(run(plan).problem).toBeUndefined();
});

test('the same plan gives the same story', patience, () => {
  const plan = drawPlan(11);
  expect(run(plan).told).toEqual(run(plan).told);
});

test('in a stall of all nobody goes on before the others', patience, () => {
  const all = { kind: 'pause-all', forMs: 28_996, clockStands: false, isMissed: false } as const;
  const shorter = { kind: 'pause-machine', forMs: 594, clockStands: false } as const;
  const stall = [
    { atMs: 22_293, fault: all },
    { atMs: 22_337, fault: { ...shorter, node: 0 } },
    { atMs: 40_749, fault: { ...shorter, node: 2, forMs: 1165, clockStands: true } },
  ] as const;
  const { problem, told } = run({ ...drawPlan(230_283), faults: stall });
  expect(problem).toBeUndefined();
  expect(told.filter((line) => line.includes('gathering') && /^ *[34]\d\./.test(line))).toEqual([]);
});

test('a quiet cluster converges, and shrinking keeps the problem', patience, () => {
  const plan: Plan = { ...drawPlan(12), faults: [] };
  const outcome = run(plan);
  expect(outcome.problem).toBeUndefined();
  const broken = { ...outcome, problem: 'two active copies: web' };
  const few = { ...plan, faults: drawPlan(12).faults.slice(0, 5) };
  expect(shrink(few, broken).outcome).toBe(broken);
});
