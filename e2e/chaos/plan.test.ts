import { expect, test } from 'vitest';
import { Plan, drawEquipment, drawNodes, faultKinds, kindsWith } from './plan.ts';

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

test('what a cluster has besides is struck as often as all else, and only there', () => {
  const kinds = kindsWith(['watchdog', 'qdevice']);
  const more = ['kill-feeder', 'kill-qdevice', 'kill-qnetd', 'cut-qnetd'];
  expect(kinds).toEqual([...faultKinds, ...more]);
  expect(kindsWith([])).toEqual(faultKinds);
  const equipped = new Plan(7, 3, kinds);
  const drawn = rounds.flatMap(({ number }) => equipped.round(number).faults);
  const deck = drawn.slice(0, kinds.length).map(({ kind }) => kind);
  expect([...deck].sort()).toEqual([...kinds].sort());
  // So that 15 of each fit into 500.
  expect(15 * kinds.length).toBeLessThanOrEqual(500);
});

test('seeds differ in what the cluster has besides', () => {
  const drawn = Array.from({ length: 50 }, (_, seed) => drawEquipment(seed).join(','));
  expect(new Set(drawn)).toEqual(new Set(['', 'watchdog', 'qdevice', 'watchdog,qdevice']));
  expect(drawEquipment(9)).toEqual(drawEquipment(9));
});
