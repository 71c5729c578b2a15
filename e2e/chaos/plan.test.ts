import { expect, test } from 'vitest';
import { drawNodes, drawRound, faultKinds } from './plan.ts';

const rounds = Array.from({ length: 400 }, (_, number) => drawRound(7, number, 3));

test('a round is the same whenever it is drawn, and no other seed has it', () => {
  expect(drawRound(7, 12, 3)).toEqual(rounds[12]);
  expect(drawRound(8, 12, 3)).not.toEqual(rounds[12]);
});

test('every kind comes, most faults are meant for a transition, nodes exist', () => {
  const faults = rounds.flatMap((round) => round.faults);
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  expect(faults.filter(({ during }) => during).length).toBeGreaterThan(faults.length * 0.6);
  expect(new Set(faults.map(({ node }) => node))).toEqual(new Set([0, 1, 2]));
});

test('three to five nodes', () => {
  const counts = Array.from({ length: 50 }, (_, seed) => drawNodes(seed));
  expect(new Set(counts)).toEqual(new Set([3, 4, 5]));
});
