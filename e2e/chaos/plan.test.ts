import { expect, test } from 'vitest';
import { Plan, drawNodes, faultKinds } from './plan.ts';

const plan = new Plan(7, 3);
const rounds = Array.from({ length: 400 }, (_, number) => plan.round(number));
const faults = rounds.flatMap((round) => round.faults);

test('a round is the same whenever it is drawn, and no other seed has it', () => {
  expect(new Plan(7, 3).round(12)).toEqual(rounds[12]);
  expect(new Plan(8, 3).round(12)).not.toEqual(rounds[12]);
});

test('most faults are meant for a transition, nodes exist', () => {
  expect(faults.filter(({ during }) => during).length).toBeGreaterThan(faults.length * 0.6);
  expect(new Set(faults.map(({ node }) => node))).toEqual(new Set([0, 1, 2]));
});

test('every kind comes once before any comes again, in an order of its own each time', () => {
  const decks = Array.from({ length: 20 }, (_, at) =>
    faults.slice(at * faultKinds.length, (at + 1) * faultKinds.length).map(({ kind }) => kind),
  );
  for (const deck of decks) expect([...deck].sort()).toEqual([...faultKinds].sort());
  expect(decks[0]).not.toEqual(decks[1]);
});

test('a plan of some kinds has no others', () => {
  const drawn = new Plan(7, 3, ['cut', 'flap']).round(3).faults;
  expect(drawn.length).toBeGreaterThan(0);
  for (const { kind } of drawn) expect(['cut', 'flap']).toContain(kind);
});

test('three to five nodes', () => {
  const counts = Array.from({ length: 50 }, (_, seed) => drawNodes(seed));
  expect(new Set(counts)).toEqual(new Set([3, 4, 5]));
});
