import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooser, act, actions, heal, settle, wait } from './testing/drive.ts';
import { describe as tell } from './testing/checker.ts';
import { World } from './testing/world.ts';

const choose = chooser(1);

function threeNodes(): World {
  const world = new World({ nodes: ['a', 'b', 'c'] });
  for (const daemon of world.daemons) world.start(daemon, choose);
  wait(world, 3000);
  return world;
}

describe('three nodes', () => {
  test('come together, commit and agree', () => {
    const world = threeNodes();
    world.submit(world.daemon('b'), { kind: 'keep', word: 'hello' });
    settle(world);
    expect(world.answers, tell(world.daemons)).toEqual([
      { kind: 'answer', tag: 'b/1 1 hello', result: { kind: 'applied', answer: 1, index: 1 } },
    ]);
    heal(world);
  });

  test('whatever happens, what was acknowledged stays, and all come together again', () => {
    fc.assert(
      fc.property(actions(3, 60), (story) => {
        const world = threeNodes();
        for (const [at, action] of story.entries()) act(world, action, at);
        heal(world);
      }),
      { numRuns: 300 },
    );
  });
});
