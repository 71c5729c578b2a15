import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeGraph, encodeGraph } from './graph.ts';
import type { Graph } from './graph.ts';

const through = (value: object): unknown =>
  decodeGraph(JSON.parse(JSON.stringify(encodeGraph(value))) as Graph);

it('any plain data comes back as it was', () => {
  const data = fc.anything({ withNullPrototype: false, withBigInt: false, maxDepth: 4 });
  fc.assert(
    fc.property(data, (inner) => {
      expect(through({ inner })).toStrictEqual({ inner });
    }),
  );
});

it('what was shared is shared again', () => {
  const shared = { name: 'n1' };
  const back = through({ one: shared, other: [shared] }) as {
    readonly one: object;
    readonly other: readonly object[];
  };
  expect(back.one).toBe(back.other[0]);
});

it('depth has no limit', () => {
  interface Chain {
    readonly before: Chain | undefined;
  }
  let chain: Chain | undefined;
  for (let count = 0; count < 100_000; count += 1) chain = { before: chain };
  let depth = 0;
  let back = through({ before: chain }) as Chain | undefined;
  for (; back !== undefined; back = back.before) depth += 1;
  expect(depth).toBe(100_001);
});

it('a function has no place', () => {
  expect(() => encodeGraph({ run: () => undefined })).toThrow('no place for a function');
});
