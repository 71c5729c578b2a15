/**
 * The level rises while an older program is there of which nobody has noted that: it only gets the state.
 * It is left out as if it had come a moment later, and is given nothing that it does not know.
 */
import { expect, test } from 'vitest';

import type { Daemon } from './testing/daemon.ts';
import { chooser, heal, settle, wait } from './testing/drive.ts';
import { words } from './testing/machine.ts';
import type { WordCommand, Words } from './testing/machine.ts';
import type { Machine } from './types.ts';
import { World } from './testing/world.ts';

const choose = chooser(1);

const count = (kept: readonly string[], word: string): number =>
  kept.filter((each) => each === word).length;

/** `raise` raises the level by one at once, `raise later` when the next view opens that may act. */
const leveled: Machine<Words, WordCommand> = {
  ...words,
  level: ({ kept }) => 1 + count(kept, 'raise'),
  levelOf: ({ word }) => (word.startsWith('new') ? 2 : 1),
  openView: (state, view, at) => {
    const next = words.openView(state, view, at);
    const isDue = view.acting && count(next.kept, 'raise later') > count(next.kept, 'raise');
    return isDue ? { ...next, kept: [...next.kept, 'raise'] } : next;
  },
};

interface Mixed {
  readonly world: World;
  readonly known: Record<string, number>;
  /** What the program on `c` was to read while it was the older one. */
  readonly read: readonly string[];
}

/** `a` and `b` have the newer program, `c` the older one; a, b and c have started, and `c` is gone again. */
function withoutC(messageBytesMax = 60_000): Mixed {
  const known: Record<string, number> = { a: 2, b: 2, c: 1 };
  const read: string[] = [];
  const older: Machine<Words, WordCommand> = {
    ...leveled,
    decodeCommand: (text) => {
      if (known['c'] === 1) read.push(text);
      return leveled.decodeCommand(text);
    },
  };
  const world = new World({
    nodes: ['a', 'b', 'c'],
    machineOf: (node) => (node === 'c' ? older : leveled),
    featureLevelOf: (node) => known[node] ?? 1,
    messageBytesMax,
  });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  world.crash(world.daemon('c'), true, choose);
  wait(world, 1000);
  for (let at = 0; at < 40; at += 1) keep(world, 'a', `${at} ${'long '.repeat(20)}`);
  return { world, known, read };
}

function keep(world: World, node: string, word: string): void {
  world.submit(world.daemon(node), { kind: 'keep', word });
  settle(world);
}

/** As `wait`, but the disk of `c` writes nothing once it has got the state. */
function goOn(world: World, ms: number): void {
  for (const end = world.nowMs + ms; world.nowMs < end; world.nowMs += 1) {
    for (const daemon of world.daemons) {
      if (world.nowMs % 250 === 0) world.tick(daemon);
      world.deliverQuorum(daemon);
      world.deliver(daemon);
      if (daemon.node !== 'c' || !isFollowing(daemon)) world.finishDisk(daemon);
    }
  }
}

const isFollowing = ({ replica }: Daemon): boolean => replica?.standing === 'following';

function isLeftOut({ world, read }: Mixed): void {
  const { replica } = world.daemon('c');
  expect(replica?.view.phase).toMatchObject({
    kind: 'gathering',
    reason: expect.stringMatching(
      /at feature level 2, and this program knows 1; install/,
    ) as string,
  });
  expect(replica?.state.kept).not.toContain('raise');
  expect(read.filter((text) => text.includes('new'))).toEqual([]);
}

/** With the newer program it comes back and has everything. */
function comesBack({ world, known }: Mixed): void {
  const c = world.daemon('c');
  known['c'] = 2;
  world.crash(c, false, choose);
  world.start(c, choose);
  wait(world, 10_000);
  expect(c.replica?.state.kept.slice(-1)).toEqual(['new one']);
  heal(world);
}

test('by a command, while it holds the line and its disk has not written it yet', () => {
  const mixed = withoutC();
  const { world } = mixed;
  world.start(world.daemon('c'), choose);
  goOn(world, 5000);
  expect(isFollowing(world.daemon('c'))).toBe(true);
  world.submit(world.daemon('a'), { kind: 'keep', word: 'raise' });
  goOn(world, 1000);
  world.submit(world.daemon('a'), { kind: 'keep', word: 'new one' });
  goOn(world, 1000);
  isLeftOut(mixed);
  settle(world);
  wait(world, 5000);
  isLeftOut(mixed);
  comesBack(mixed);
});

test('with a view that opens, while it holds the line and its disk has not written it yet', () => {
  const mixed = withoutC();
  const { world } = mixed;
  const b = world.daemon('b');
  keep(world, 'a', 'raise later');
  world.crash(b, true, choose);
  world.start(world.daemon('c'), choose);
  goOn(world, 10_000);
  expect(isFollowing(world.daemon('c'))).toBe(true);
  world.start(b, choose);
  goOn(world, 5000);
  expect(world.daemon('a').replica?.view.phase).toEqual({ kind: 'open', acting: true });
  isLeftOut(mixed);
  expect(world.daemon('a').replica?.view.findings.join()).toMatch(/c does not join: its program/);
  keep(world, 'a', 'new one');
  isLeftOut(mixed);
  comesBack(mixed);
});

test('by a command, while the state from before is on its way to it', () => {
  const mixed = withoutC(500);
  const { world } = mixed;
  const c = world.daemon('c');
  world.start(c, choose);
  for (let at = 0; c.replica?.joining?.incoming === undefined && at < 5000; at += 1) goOn(world, 1);
  expect(c.replica?.joining?.incoming).toBeDefined();
  world.submit(world.daemon('a'), { kind: 'keep', word: 'raise' });
  settle(world);
  keep(world, 'a', 'new one');
  isLeftOut(mixed);
  comesBack(mixed);
});

test('before it asks for the state: that is refused once, and not sent again and again', () => {
  const mixed = withoutC();
  const { world } = mixed;
  keep(world, 'a', 'raise later');
  world.start(world.daemon('c'), choose);
  wait(world, 1000);
  const parts = (): number =>
    world.outputs.filter(
      ({ output }) =>
        output.kind === 'send' && /^(part\/1 t|holdfast\/1 store.line )/.test(output.text),
    ).length;
  const before = parts();
  wait(world, 10_000);
  expect(parts()).toBe(before);
  isLeftOut(mixed);
  keep(world, 'a', 'new one');
  comesBack(mixed);
});
