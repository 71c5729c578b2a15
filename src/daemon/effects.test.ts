/** What the disk says of a write comes back as it is: an acknowledgement is made from it. */
import { describe, expect, it } from 'vitest';
import type { NodeEffect, NodeInput } from '../core/node/types.ts';
import { perform } from './effects.ts';
import type { World } from './effects.ts';

/** Only the disk and the queue: whatever else would be asked throws. */
function heardAfter(effect: NodeEffect, disk: World['disk']): Promise<NodeInput> {
  return new Promise((resolve) => {
    const world = { disk, push: resolve, log: { debug: () => undefined } } as unknown as World;
    perform(world, effect);
  });
}

const refusing: World['disk'] = {
  append: () => Promise.reject(new Error('no space left on device')),
  writeSnapshot: () => Promise.reject(new Error('input/output error')),
};
const writing: World['disk'] = {
  append: () => Promise.resolve(),
  writeSnapshot: () => Promise.resolve(),
};
const append: NodeEffect = { kind: 'append', ticket: 7, records: ['x'] };
const snapshot: NodeEffect = { kind: 'write-snapshot', ticket: 8, text: 'x', keepAside: [] };

describe('a write of the state', () => {
  it('that the disk refused has failed, with its reason', async () => {
    expect(await heardAfter(append, refusing)).toEqual({
      kind: 'disk-failed',
      ticket: 7,
      reason: 'no space left on device',
    });
    expect(await heardAfter(snapshot, refusing)).toMatchObject({ kind: 'disk-failed', ticket: 8 });
  });

  it('is done when the disk has it', async () => {
    expect(await heardAfter(append, writing)).toEqual({ kind: 'disk-done', ticket: 7 });
    expect(await heardAfter(snapshot, writing)).toEqual({ kind: 'disk-done', ticket: 8 });
  });
});
