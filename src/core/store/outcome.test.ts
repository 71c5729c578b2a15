import { expect, test } from 'vitest';
import { incarnation, nodeName, nodeNumber, wallMs } from '../model/ids.ts';
import { noEpoch } from './epoch.ts';
import type { Left, Opening } from './epoch.ts';
import type { Announced } from './messages.ts';
import { decideOutcome, openingOf } from './outcome.ts';

const names = ['n1', 'n2', 'n3'].map(nodeName);
const before = names.map((node) => ({ node, incarnation: incarnation(`first life of ${node}`) }));

const announced = (at: number, life: string, left: readonly Left[] = []): Announced => ({
  node: nodeName(`n${at}`),
  number: nodeNumber(at),
  incarnation: incarnation(`${life} of n${at}`),
  boot: 'boot',
  featureLevel: 1,
  level: 1,
  standing: 'synced',
  newest: { ...noEpoch, number: 3, members: names, configured: [names] },
  chain: 'chain',
  state: 'state',
  index: 10,
  time: wallMs(5000),
  wall: wallMs(5000),
  configured: names,
  order: before,
  left,
  previous: 3,
  log: 'log',
  relaxed: false,
  unbroken: true,
  incomplete: false,
  era: 0,
});

test('a member whose program does not know the level of the line counts for nothing', () => {
  const members = [1, 2, 3].map((at) => ({
    ...announced(at, 'first life'),
    level: 2,
    featureLevel: at === 3 ? 1 : 2,
  }));
  const ring = { sequence: 8, representative: nodeNumber(1) };
  const gathered = { view: 'next', round: 0, ring, announced: members, override: false };
  const outcome = decideOutcome(gathered);
  expect(outcome?.members.map(({ node }) => node)).toEqual(['n1', 'n2']);
  expect(outcome?.rule.counted).toEqual(['n1', 'n2']);
});

test('an attempt that the others never heard of, and acted after, is older than what they did', () => {
  const of = (at: number, number: number, sequence: number): Announced => {
    const ring = { sequence, representative: nodeNumber(1) };
    const newest = { ...noEpoch, number, ballot: sequence, ring, configured: [names] };
    return {
      ...announced(at, 'first life'),
      newest,
      chain: `chain ${number}`,
      log: `log ${number}`,
    };
  };
  const ring = { sequence: 20, representative: nodeNumber(1) };
  const members = [of(1, 3, 16), of(2, 3, 16), of(3, 4, 12)];
  const gathered = { view: 'next', round: 0, ring, announced: members, override: false };
  const outcome = decideOutcome(gathered);
  expect(outcome?.group.map(({ node }) => node)).toEqual(['n1', 'n2']);
  expect(outcome?.epoch).toMatchObject({ number: 5, ballot: 20 });
});

test('rings that begin anew on all nodes do not make an old state the newest', () => {
  const away = { ...noEpoch, number: 3, ballot: 1000, configured: [names] };
  const gone = { ...away, number: 4, ring: { sequence: 8, representative: nodeNumber(1) } };
  const members = [1, 2, 3].map((at) => ({
    ...announced(at, 'first life'),
    newest: at === 3 ? away : gone,
    chain: at === 3 ? 'old' : 'new',
  }));
  const ring = { sequence: 12, representative: nodeNumber(1) };
  const gathered = { view: 'next', round: 0, ring, announced: members, override: false };
  const outcome = decideOutcome(gathered);
  expect(outcome?.group.map(({ node }) => node)).toEqual(['n1', 'n2']);
  expect(outcome?.epoch).toMatchObject({ number: 5, ballot: 1000 });
});

function leftIn(members: readonly Announced[]): readonly Left[] {
  const ring = { sequence: 8, representative: nodeNumber(1) };
  const gathered = { view: 'next', round: 0, ring, announced: members, override: false };
  const outcome = decideOutcome(gathered);
  if (outcome === undefined) throw new Error('nobody could read its disk');
  return openingOf(outcome, true, true).left;
}

test('a daemon that ended together with those who could have told how is away, not its machine', () => {
  const left = leftIn([announced(1, 'second life'), announced(2, 'second life')]);
  expect(left.find((each) => each.node === 'n3')?.reason).toBe('process-down');
});

test('how a member went is told by those who heard it', () => {
  const heard = [{ node: nodeName('n3'), reason: 'node-down' }] as const;
  const left = leftIn([announced(1, 'first life', heard), announced(2, 'first life', heard)]);
  expect(left).toEqual(heard);
});

test('who knows an epoch without anybody of the line that goes on has acted apart, where two halves may', () => {
  const half = (at: number, commit: 'all' | 'majority'): Announced => {
    const node = nodeName(`n${at}`);
    const newest = { ...noEpoch, number: at, ballot: 4 + at, members: [node], commit };
    const chain = `chain of ${at}`;
    return { ...announced(at, 'first life'), newest, chain, log: chain, relaxed: commit === 'all' };
  };
  const ring = { sequence: 8, representative: nodeNumber(1) };
  const opened = (halves: readonly Announced[]): Opening | undefined => {
    const gathered = { view: 'next', round: 0, ring, announced: halves, override: false };
    const outcome = decideOutcome(gathered);
    return outcome && openingOf(outcome, true, true);
  };
  const together = opened([half(1, 'all'), half(2, 'all')]);
  expect(together?.members.map(({ node }) => node)).toEqual(['n2']);
  expect(together?.apart).toEqual([{ node: 'n1', ballot: 5, number: 1 }]);
  expect(opened([half(1, 'majority'), half(2, 'majority')])).not.toHaveProperty('apart');
  // It only heard of what the others did, or has what they have.
  const joiner = { ...half(1, 'all'), newest: half(2, 'all').newest, index: 0 };
  expect(opened([joiner, half(2, 'all')])).not.toHaveProperty('apart');
});
