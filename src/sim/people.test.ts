import { expect, test } from 'vitest';
import { drawPeople } from './draw-people.ts';
import type { Fault } from './fault.ts';
import type { Plan } from './plan.ts';
import { drawPlan } from './plan.ts';
import type { Outcome } from './run.ts';
import { run } from './run.ts';

const patience = { timeout: 300_000 };

/** At 20 s, and from 45 s on all shall be as it was. */
function runWith(fault: Fault): Outcome {
  const { absence: _, ...plan } = drawPlan(1);
  const whole: Plan = {
    ...plan,
    nodes: 3,
    profile: {
      isNetworkSlow: false,
      areDisksSlow: false,
      areAgentsSlow: false,
      operationsMax: 2,
      isMixed: false,
      requestMs: [2000, 10_000],
      means: 'power',
      noQuorumPolicy: 'stop',
    },
    faults: [{ atMs: 20_000, fault }],
    healAtMs: 45_000,
  };
  return run(whole);
}

/** Of what begins, without recurring monitors; `from` and `to` in seconds. */
const between = ({ told }: Outcome, from: number, to: number): readonly string[] =>
  told.filter((line) => Number(line.slice(0, 9)) >= from && Number(line.slice(0, 9)) < to);

test('a quarter of the runs are drawn for it, some of them for a stop of the whole cluster', () => {
  const drawn = Array.from({ length: 1000 }, (_, seed) => drawPeople(seed, 3, 0, 1000));
  const some = drawn.filter((faults) => faults.length > 0);
  const stops = drawn.flat().filter(({ fault }) => fault.kind === 'cluster-stop');
  expect(some.length).toBeGreaterThan(200);
  expect(some.length).toBeLessThan(300);
  expect(stops.length).toBeGreaterThan(90);
});

test(
  'the whole cluster stops and starts: nothing moves, nothing is left, nobody is fenced',
  patience,
  () => {
    const outcome = runWith({ kind: 'cluster-stop', node: 1, forMs: 20_000 });
    expect(outcome.problem).toBeUndefined();
    expect(outcome.tally.counts.get('clusters stopped, with nothing left running')).toBe(1);
    const stopping = between(outcome, 20, 45);
    const left = stopping.findIndex((line) => line.includes('left in good order'));
    const begun = stopping.findIndex((line) => /: start \S+$/.test(line));
    expect(left).toBeGreaterThan(0);
    expect(begun).toBeGreaterThan(left);
    expect(outcome.told.filter((line) => /fencing|has no power/.test(line))).toEqual([]);
  },
);

test.each([0, 1, 2])(
  'a node is emptied, and not touched until that is over: n%s',
  patience,
  (node) => {
    const outcome = runWith({ kind: 'evacuate', node, forMs: 20_000 });
    expect(outcome.problem).toBeUndefined();
    const begun = between(outcome, 30, 40).filter((line) => line.includes(`n${node + 1}: st`));
    expect(begun).toEqual([]);
    const moved = between(outcome, 20, 30).filter((line) => line.includes(`n${node + 1}: stop`));
    expect(moved.length).toBeGreaterThan(0);
  },
);
