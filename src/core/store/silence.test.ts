/** Whose daemon is taken for silent: not the others', while the engine delivers nothing to anybody. */
import { expect, test } from 'vitest';

import type { Daemon } from './testing/daemon.ts';
import { settle, wait } from './testing/drive.ts';
import { World } from './testing/world.ts';

test('nobody is silent while the engine forms a ring and delivers nothing', () => {
  const { world, a, b, c } = threeNodes();
  const sent = world.outputs.length;
  standStill(world, 8000);
  for (const daemon of [a, b, c]) expect(daemon.replica?.view.silent).toEqual([]);
  expect(accusations(world, sent)).toBe(0);
});

test('… nor when its own messages are the first to be delivered again', () => {
  const { world, a } = threeNodes();
  const { sender } = standStill(world, 8000);
  expect(sender).toBe(a.node);
  world.deliver(a);
  world.tick(a);
  expect(a.replica?.view.silent).toEqual([]);
  settle(world);
  expect(world.daemons.map(({ replica }) => replica?.view.members.length)).toEqual([3, 3, 3]);
});

test('one that hangs is silent after three heartbeats and what is waited for the own one', () => {
  const { world, a, b, c } = threeNodes();
  c.isStopped = true;
  wait(world, 2500);
  for (const daemon of [a, b]) expect(daemon.replica?.view.silent).toEqual([]);
  wait(world, 2500);
  for (const daemon of [a, b]) expect(daemon.replica?.view.silent).toEqual([c.node]);
});

function threeNodes() {
  const world = new World({ nodes: ['a', 'b', 'c'] });
  for (const daemon of world.daemons) world.start(daemon, () => 0);
  wait(world, 3000);
  const [a, b, c] = world.daemons;
  if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes');
  return { world, a, b, c };
}

/** Time goes on and nothing is delivered. Answers who has sent first meanwhile. */
function standStill(world: World, forMs: number): { readonly sender: Daemon['node'] | undefined } {
  const before = world.outputs.length;
  for (let passedMs = 0; passedMs < forMs; passedMs += 250) {
    world.nowMs += 250;
    for (const daemon of world.daemons) world.tick(daemon);
  }
  return { sender: world.outputs.slice(before).find(({ output }) => output.kind === 'send')?.node };
}

function accusations(world: World, since: number): number {
  return world.outputs
    .slice(since)
    .filter(({ output }) => output.kind === 'send' && output.text.includes('accuse')).length;
}
