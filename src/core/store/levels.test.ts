/** Feature levels in the store: who does not know the level in force takes no part, and is told why. */
import { expect, test } from 'vitest';

import { nodeName, nodeNumber } from '../model/ids.ts';
import { encodeMessage } from './messages.ts';
import { chooser, heal, settle, wait } from './testing/drive.ts';
import { words } from './testing/machine.ts';
import type { WordCommand, Words } from './testing/machine.ts';
import type { Machine } from './types.ts';
import { World } from './testing/world.ts';

const choose = chooser(1);

/** The word `raise` raises the level by one; words that begin with `new` are of the second one. */
const leveled: Machine<Words, WordCommand> = {
  ...words,
  level: ({ kept }) => 1 + kept.filter((word) => word === 'raise').length,
  levelOf: ({ word }) => (word.startsWith('new') ? 2 : 1),
};

/** Three nodes; `known` is read at each start of a daemon. */
function worldOf(known: Record<string, number>): World {
  const world = new World({
    nodes: ['a', 'b', 'c'],
    machineOf: () => leveled,
    featureLevelOf: (node) => known[node] ?? 1,
  });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  return world;
}

function keep(world: World, node: string, word: string): unknown {
  world.submit(world.daemon(node), { kind: 'keep', word });
  settle(world);
  return world.answers.at(-1)?.result;
}

const members = (world: World, node: string): readonly string[] =>
  world.daemon(node).replica?.view.members.map((each) => each.node) ?? [];
const keptOn = (world: World, node: string): readonly string[] =>
  world.daemon(node).replica?.state.kept ?? [];

test('what not all can read is refused to whoever asks, until the level is there', () => {
  const world = worldOf({ a: 2, b: 2, c: 2 });
  expect(keep(world, 'a', 'new one')).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/needs feature level 2, and the cluster is at 1/) as string,
  });
  expect(keep(world, 'a', 'raise')).toMatchObject({ kind: 'applied' });
  expect(keep(world, 'a', 'new two')).toMatchObject({ kind: 'applied' });
  expect(keptOn(world, 'c')).toEqual(['raise', 'new two']);
  heal(world);
});

test('sent all the same, it is refused by all members alike, and none of them differs', () => {
  const world = worldOf({ a: 2, b: 2 });
  const view = world.daemon('a').replica?.group?.view ?? '';
  const text = leveled.encodeCommand({ kind: 'keep', word: 'new one' });
  const command = { kind: 'command', view, number: 999, durable: true, wall: 0, text } as const;
  for (const daemon of world.daemons) {
    const sender = { node: nodeName('a'), number: nodeNumber(1), process: 1 };
    const message = encodeMessage(command as unknown as Parameters<typeof encodeMessage>[0]);
    world.give(daemon, {
      kind: 'engine',
      event: { kind: 'engine-message', sender, text: message },
    });
  }
  settle(world);
  expect(keep(world, 'b', 'old one')).toMatchObject({ kind: 'applied' });
  for (const node of ['a', 'b', 'c']) {
    expect(keptOn(world, node)).toEqual(['old one']);
    expect(members(world, node)).toEqual(['a', 'b', 'c']);
  }
  heal(world);
});

test('an older program does not join a cluster of a newer level; a newer one does, by itself', () => {
  const known: Record<string, number> = { a: 2, b: 2, c: 2 };
  const world = worldOf(known);
  const c = world.daemon('c');
  world.crash(c, true, choose);
  wait(world, 1000);
  keep(world, 'a', 'raise');
  known['c'] = 1;
  world.start(c, choose);
  wait(world, 10_000);
  expect(members(world, 'a')).toEqual(['a', 'b']);
  expect(c.replica?.view.phase).toMatchObject({
    kind: 'gathering',
    reason: expect.stringMatching(
      /at feature level 2, and this program knows 1; install/,
    ) as string,
  });
  expect(world.daemon('a').replica?.view.findings.join()).toMatch(
    /^c does not join: its program knows feature level 1, and the cluster is at 2/,
  );
  // Its disk is as it was: nothing of the newer level came there.
  expect(c.disk.snapshot).toBe(undefined);
  expect(keep(world, 'a', 'new one')).toMatchObject({ kind: 'applied' });

  world.crash(c, false, choose);
  known['c'] = 2;
  world.start(c, choose);
  wait(world, 10_000);
  expect(members(world, 'a')).toEqual(['a', 'b', 'c']);
  expect(keptOn(world, 'c')).toEqual(['raise', 'new one']);
  expect(world.daemon('a').replica?.view.findings.join()).not.toMatch(/does not join/);
  heal(world);
});

test.each([
  ['its log', 1000],
  ['its snapshot', 1],
])('a program that is older than its disk takes no part, and leaves it alone: %s', (_, max) => {
  const known: Record<string, number> = { a: 2, b: 2, c: 2 };
  const world = new World({
    nodes: ['a', 'b', 'c'],
    machineOf: () => leveled,
    featureLevelOf: (node) => known[node] ?? 1,
    logRecordsMax: max,
  });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  keep(world, 'a', 'raise');
  keep(world, 'a', 'new one');
  wait(world, 1000);
  const c = world.daemon('c');
  world.crash(c, false, choose);
  const { records, snapshot } = c.disk;
  known['c'] = 1;
  world.start(c, choose);
  wait(world, 10_000);
  expect(c.replica?.view.phase).toMatchObject({
    kind: 'unreadable',
    reason: expect.stringMatching(/written at feature level 2, and this program knows 1/) as string,
  });
  expect(c.disk).toMatchObject({ records, snapshot });
  expect(members(world, 'a')).toEqual(['a', 'b']);
  known['c'] = 2;
  world.crash(c, false, choose);
  world.start(c, choose);
  wait(world, 10_000);
  expect(members(world, 'a')).toEqual(['a', 'b', 'c']);
  heal(world);
});
