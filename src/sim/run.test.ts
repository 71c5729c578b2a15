import { expect, test } from 'vitest';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';
import { specialKinds } from './special.ts';

// Seconds on an idle machine; the limit is for a busy one.
const patience = { timeout: 300_000 };

test('a few seeds: everything holds', patience, () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    expect(run(drawPlan(seed)).problem).toBeUndefined();
  }
});

// A live migration had arrived where a stop was planned meanwhile: it was started a second time. The
// other seeds found a machine that was stopped at its source only, and a node that went on with an old
// state of its own, where two are a cluster.
test('seeds that found two copies once', patience, () => {
  for (const plan of [withoutSpecial(drawPlan(30_025)), drawPlan(225), drawPlan(4)]) {
    expect(run(plan).problem).toBeUndefined();
  }
});

// All machines had lost their power right after the clock of one had leapt: a mark ended at once.
test('a seed in which a clock was believed too early', patience, () => {
  expect(run(drawPlan(160)).problem).toBeUndefined();
});

/** As it was drawn when there was nothing special. */
function withoutSpecial(plan: Plan): Plan {
  const { watchdog: _none, ...profile } = plan.profile;
  const faults = plan.faults.filter(({ fault }) => !specialKinds.includes(fault.kind));
  return { ...plan, profile: { ...profile, means: 'power', noQuorumPolicy: 'stop' }, faults };
}

test('the same plan gives the same story', patience, () => {
  const plan = drawPlan(11);
  expect(run(plan).told).toEqual(run(plan).told);
});

test('a quiet cluster converges, and shrinking keeps the problem', patience, () => {
  const plan: Plan = { ...drawPlan(12), faults: [] };
  const outcome = run(plan);
  expect(outcome.problem).toBeUndefined();
  const broken = { ...outcome, problem: 'two active copies: web' };
  expect(shrink(drawPlan(12), broken).outcome).toBe(broken);
});
