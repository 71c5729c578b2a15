/** Eras: what a daemon or a machine has forgotten outranks nothing that came after. */
import { expect, test } from 'vitest';

import { incarnation, nodeName, nodeNumber, wallMs } from '../model/ids.ts';
import { ballotOf, eraOf, noEpoch } from './epoch.ts';
import type { Announced } from './messages.ts';
import type { Outcome } from './outcome.ts';
import { decideOutcome } from './outcome.ts';
import { chooser, settle, wait } from './testing/drive.ts';
import type { Daemon } from './testing/daemon.ts';
import { World } from './testing/world.ts';

const names = ['a', 'b', 'c', 'd', 'e'].map(nodeName);
const ring = { sequence: 20, representative: nodeNumber(1) };
const choose = chooser(1);

/** Members with one log and one state; each with the era on its disk. */
function outcomeOf(eras: readonly number[], epochEra = 0, isNewcomer = false): Outcome {
  const nodes = names.slice(0, eras.length);
  const newest = {
    ...noEpoch,
    number: 3,
    ballot: ballotOf(epochEra, { ...ring, sequence: 12 }),
    members: nodes,
    configured: [nodes],
  };
  const announced = eras.map((era, at): Announced => ({
    node: nodes[at] ?? nodeName('?'),
    number: nodeNumber(at + 1),
    incarnation: incarnation(`life of ${nodes[at]}`),
    boot: 'boot',
    featureLevel: 1,
    level: 1,
    configured: nodes,
    relaxed: false,
    standing: 'synced',
    incomplete: isNewcomer && at === 0,
    era,
    newest,
    previous: 3,
    index: 10,
    log: 'log',
    chain: 'chain',
    state: 'state',
    time: wallMs(5000),
    wall: wallMs(5000),
    unbroken: false,
    order: [],
    left: [],
  }));
  const outcome = decideOutcome({ view: 'next', round: 0, ring, announced, override: false });
  if (outcome === undefined) throw new Error('nobody could read its disk');
  return outcome;
}

const shown = ({ verdict, rule, epoch }: Outcome): unknown => [
  verdict.kind,
  rule.counted.join(' '),
  eraOf(epoch.ballot),
];

test('a ballot of a later era is higher, whatever its ring', () => {
  const low = { sequence: 4, representative: nodeNumber(1) };
  const high = { sequence: 2 ** 40, representative: nodeNumber(1) };
  expect(ballotOf(2, low)).toBeGreaterThan(ballotOf(1, high));
  expect(eraOf(ballotOf(7, high))).toBe(7);
});

test('the others act in the era that they have while one comes back in a later one', () => {
  expect(shown(outcomeOf([4, 4, 5]))).toEqual(['may-act', 'a b', 4]);
});

test('nobody acts where the disks of one era are not enough', () => {
  expect(shown(outcomeOf([4, 5, 6]))).toEqual(['frozen', 'c', 6]);
  expect(shown(outcomeOf([4, 4, 5, 5]))).toEqual(['frozen', 'c d', 5]);
});

test('no epoch is before the newest one in its era', () => {
  expect(shown(outcomeOf([4, 4, 5], 5))).toEqual(['frozen', 'c', 5]);
});

test('of several eras the one that the most disks have', () => {
  expect(shown(outcomeOf([5, 4, 4, 4, 5]))).toEqual(['may-act', 'b c d', 4]);
});

test('those who are ahead tell what they know, those who are behind do not count for it', () => {
  expect(shown(outcomeOf([4, 4, 5], 4, true))).toEqual(['may-act', 'a b', 4]);
  expect(shown(outcomeOf([5, 5, 4], 5, true))).toEqual(['frozen', 'a b', 5]);
});

function started(): World {
  const world = new World({ nodes: ['a', 'b', 'c'] });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  return world;
}

const erasOn = (world: World): readonly (number | undefined)[] =>
  world.daemons.map(({ replica }) => replica?.era.durable);

test('each life begins a new era, and those who meet it adopt it', () => {
  const world = started();
  expect(erasOn(world)).toEqual([0, 0, 0]);
  world.crash(world.daemon('c'), false, choose);
  world.start(world.daemon('c'), choose);
  wait(world, 3000);
  expect(erasOn(world)).toEqual([1, 1, 1]);
  world.crash(world.daemon('a'), true, choose);
  world.start(world.daemon('a'), choose);
  wait(world, 3000);
  expect(erasOn(world)).toEqual([2, 2, 2]);
});

test('nothing is announced before the era is on the disk', () => {
  const world = started();
  const daemon = world.daemon('c');
  world.crash(daemon, false, choose);
  settle(world);
  world.start(daemon, choose);
  for (let moved = true; moved;) moved = world.deliver(daemon) || world.deliverQuorum(daemon);
  const before = world.outputs.length;
  expect(daemon.jobs).toHaveLength(1);
  world.finishDisk(daemon);
  const sent = world.outputs.slice(before).map(({ output }) => output);
  expect(sent.map(({ kind }) => kind)).toEqual(['send']);
  expect(sent[0]).toMatchObject({ text: expect.stringContaining('"era":1') as string });
});

/** Everything arrives, and all disks but this one finish. */
function settleWithout(world: World, slow: Daemon): void {
  for (let moved = true; moved;) {
    moved = false;
    for (const daemon of world.daemons) {
      moved = world.deliverQuorum(daemon) || world.deliver(daemon) || moved;
      if (daemon !== slow) moved = world.finishDisk(daemon) || moved;
    }
  }
}

test('a disk that refuses the era is announced as one that does not count', () => {
  const world = started();
  const daemon = world.daemon('c');
  world.crash(daemon, false, choose);
  world.start(daemon, choose);
  for (let moved = true; moved;) moved = world.deliver(daemon) || world.deliverQuorum(daemon);
  world.finishDisk(daemon, choose);
  settleWithout(world, daemon);
  const opening = world.daemon('a').replica?.group?.opening;
  expect(opening?.acting).toBe(true);
  expect(opening?.rule.counted).toEqual(['a', 'b']);
  expect(erasOn(world)).toEqual([0, 0, undefined]);
  wait(world, 10_000);
  expect(world.daemon('a').replica?.group?.opening.rule.counted).toEqual(['a', 'b', 'c']);
  expect(erasOn(world)).toEqual([1, 1, 1]);
});

test('two of three of which one comes back act in one round more', () => {
  const world = started();
  world.crash(world.daemon('b'), true, choose);
  settle(world);
  world.crash(world.daemon('c'), true, choose);
  settle(world);
  expect(world.daemon('a').replica?.group?.opening.acting).toBe(false);
  world.start(world.daemon('c'), choose);
  settle(world);
  const { replica } = world.daemon('a');
  expect(replica?.group?.opening).toMatchObject({ acting: true, rule: { counted: ['a', 'c'] } });
  expect(replica?.group?.round).toBeLessThanOrEqual(2);
});

test('eras survive in the snapshot', () => {
  const world = new World({ nodes: ['a', 'b', 'c'], logRecordsMax: 2 });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  for (let life = 0; life < 3; life += 1) {
    for (const daemon of world.daemons) world.crash(daemon, true, choose);
    for (const daemon of world.daemons) world.start(daemon, choose);
    wait(world, 3000);
    world.submit(world.daemon('a'), { kind: 'keep', word: `life ${life}` });
    wait(world, 1000);
    world.submit(world.daemon('a'), { kind: 'keep', word: `life ${life} again` });
    wait(world, 1000);
  }
  expect(world.daemon('a').disk.snapshot).toBeDefined();
  expect(erasOn(world)).toEqual([3, 3, 3]);
});
