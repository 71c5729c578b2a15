import { expect, it, vi } from 'vitest';

import { MAJORITY } from '../core/model/engine.ts';
import { incarnation, monotonicMs, nodeName, nodeNumber, wallMs } from '../core/model/ids.ts';
import type { NodeEffect } from '../core/node/types.ts';
import { NodeLoop } from './loop.ts';
import { newNode } from './new-node.ts';
import { checkOptions } from './options.ts';

const engine = {
  kind: 'local' as const,
  clusterName: 'test',
  self: { node: nodeName('n1'), number: nodeNumber(1) },
  nodes: [{ node: nodeName('n1'), number: nodeNumber(1) }],
  quorumOptions: MAJORITY,
  messageBytesMax: 65_536,
};
const options = checkOptions({ engine: 'local', name: 'n1' }, false);
const restored = { snapshot: undefined, records: [], findings: [], damaged: false };

/** A cluster of one: what it sends comes back to it, what it writes is written at once. */
function lone(onEffect: () => void = () => undefined) {
  const effects: NodeEffect[] = [];
  const member = { node: nodeName('n1'), number: nodeNumber(1), process: 1 };
  const ring = { sequence: 1, representative: nodeNumber(1) };
  const fatal = vi.fn<(error: Error) => void>();
  let time = 1000;
  const loop = new NodeLoop(newNode(options, engine, restored), {
    clocks: () => ({ nowMs: monotonicMs((time += 1)), wallMs: wallMs(time) }),
    perform: (effect) => {
      effects.push(effect);
      onEffect();
      if (effect.kind === 'send') {
        const event = { kind: 'engine-message', sender: member, text: effect.text } as const;
        setImmediate(() => loop.push({ kind: 'engine', event }));
      }
      if (effect.kind === 'append' || effect.kind === 'write-snapshot') {
        loop.push({ kind: 'disk-done', ticket: effect.ticket });
      }
    },
    onFatal: fatal,
    onTick: () => undefined,
  });
  const join = (): void => {
    const event = { kind: 'engine-view', ring, members: [member], left: [] } as const;
    loop.push({ kind: 'engine', event });
    const nodes = [nodeName('n1')];
    loop.push({ kind: 'engine', event: { kind: 'engine-quorum', ring, quorate: true, nodes } });
  };
  return { loop, effects, join, fatal };
}

it('brings a cluster of one to act, and tells of changes', async () => {
  const { loop, join, effects } = lone();
  const changed = vi.fn<() => void>();
  loop.onChange(changed);
  join();
  await vi.waitFor(() => expect(loop.node.view.phase).toEqual({ kind: 'open', acting: true }));
  await vi.waitFor(() => expect(changed).toHaveBeenCalled());
  expect(effects.some(({ kind }) => kind === 'append' || kind === 'write-snapshot')).toBe(true);
  loop.stop();
});

it('tells of a change after what it has brought about, and at its end of what is untold', async () => {
  const order: string[] = [];
  const { loop, join } = lone(() => void Promise.resolve().then(() => order.push('effect')));
  loop.onChange(() => order.push('told'));
  join();
  await vi.waitFor(() => expect(order).toContain('told'));
  expect(order[0]).toBe('effect');
  await vi.waitFor(() => expect(loop.node.view.phase).toEqual({ kind: 'open', acting: true }));
  order.length = 0;
  loop.push({ kind: 'engine', event: { kind: 'engine-lost', reason: 'for the test' } });
  expect(order).not.toContain('told');
  loop.stop();
  expect(order).toContain('told');
});

it('takes nothing after its end, and a step that throws is its end', async () => {
  const { loop, fatal } = lone();
  loop.push({ kind: 'nonsense' } as never);
  expect(fatal).toHaveBeenCalledOnce();
  const before = loop.node;
  loop.push({ kind: 'tick' });
  expect(loop.node).toBe(before);
});

it('ticks by itself', async () => {
  const { loop } = lone();
  const before = loop.node;
  await vi.waitFor(() => expect(loop.node).not.toBe(before), 2000);
  loop.stop();
});

it('each life has a name of its own', () => {
  const [one, other] = [newNode(options, engine, restored), newNode(options, engine, restored)];
  expect(one.options.incarnation).not.toBe(other.options.incarnation);
  expect(incarnation(one.options.incarnation)).toBe(one.options.incarnation);
});
