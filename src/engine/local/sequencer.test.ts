import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import type { EngineEvent } from '../../core/model/engine.ts';
import { nodeName, nodeNumber } from '../../core/model/ids.ts';
import { checkHistories } from '../histories.ts';
import { newBus, order } from './sequencer.ts';
import type { BusInput, BusState } from './sequencer.ts';

const names = ['a', 'b', 'c', 'd', 'e'].map(nodeName);
const bus = (size: number): BusState =>
  newBus(
    names.slice(0, size).map((node, index) => ({ node, number: nodeNumber(index + 1) })),
    0,
  );

/** What each daemon hears, one line an event: `a: view 3.1 a b | left c node-down`. */
function told(inputs: readonly BusInput[], size = 3): string[] {
  let state = bus(size);
  let lines: string[] = [];
  for (const input of inputs) {
    const result = order(state, input);
    state = result.state;
    lines = result.deliveries.map(({ to, event }) => `${to}: ${line(event)}`);
  }
  return lines;
}

function line(event: EngineEvent): string {
  if (event.kind === 'engine-message') return `message ${event.sender.node} ${event.text}`;
  if (event.kind === 'engine-lost') return 'lost';
  const ring = `${event.ring.sequence}.${event.ring.representative}`;
  if (event.kind === 'engine-quorum') {
    return `${event.quorate ? 'quorate' : 'inquorate'} ${ring} ${event.nodes.join(' ')}`;
  }
  const left = event.left.map(({ member, reason }) => `${member.node} ${reason}`);
  return ['view', ring, ...event.members.map(({ node }) => node), '| left', ...left].join(' ');
}

const join = (node: string, process = 7): BusInput => ({
  kind: 'join',
  node: nodeName(node),
  process,
});
const gone = (kind: 'leave' | 'process-down' | 'node-down', node: string): BusInput => ({
  kind,
  node: nodeName(node),
});
const split = (...groups: string[][]): BusInput => ({
  kind: 'partition',
  groups: groups.map((group) => group.map(nodeName)),
});
const three = [join('a'), join('b'), join('c')];

it('gives a new ring and its quorum to all when a node comes', () => {
  expect(told([join('a')])).toEqual(['a: view 1.1 a | left', 'a: inquorate 1.1 a']);
  expect(told([join('a'), join('b')])).toEqual([
    'a: view 2.1 a b | left',
    'a: quorate 2.1 a b',
    'b: view 2.1 a b | left',
    'b: quorate 2.1 a b',
  ]);
});

it('keeps the ring when a daemon dies, for its node may be running', () => {
  expect(told([...three, gone('process-down', 'c')])).toEqual([
    'a: view 3.1 a b | left c process-down',
    'b: view 3.1 a b | left c process-down',
  ]);
});

it('gives a new ring when that node is known to be down, with nobody new to leave', () => {
  expect(told([...three, gone('process-down', 'c'), gone('node-down', 'c')])).toEqual([
    'a: view 4.1 a b | left',
    'a: quorate 4.1 a b',
    'b: view 4.1 a b | left',
    'b: quorate 4.1 a b',
  ]);
});

it('takes a daemon back into the ring of its living node', () => {
  expect(told([...three, gone('process-down', 'c'), join('c', 8)])).toEqual([
    'a: view 3.1 a b c | left',
    'b: view 3.1 a b c | left',
    'c: view 3.1 a b c | left',
    'c: quorate 3.1 a b c',
  ]);
});

it('takes the node down with a daemon that leaves', () => {
  expect(told([join('a'), join('b'), gone('leave', 'b')])).toEqual([
    'a: view 3.1 a | left b leave',
    'a: inquorate 3.1 a',
  ]);
});

it('splits: every part its ring, its quorum and its messages', () => {
  expect(told([...three, split(['a'])])).toEqual([
    'a: view 4.1 a | left b node-down c node-down',
    'a: inquorate 4.1 a',
    'b: view 5.2 b c | left a node-down',
    'b: quorate 5.2 b c',
    'c: view 5.2 b c | left a node-down',
    'c: quorate 5.2 b c',
  ]);
  const message: BusInput = { kind: 'message', node: nodeName('c'), text: 'x' };
  expect(told([...three, split(['a']), message])).toEqual(['b: message c x', 'c: message c x']);
});

it('merges without anybody leaving', () => {
  expect(told([...three, split(['a']), split()]).slice(0, 2)).toEqual([
    'a: view 6.1 a b c | left',
    'a: quorate 6.1 a b c',
  ]);
});

it('tells nothing when a partition changes nothing', () => {
  expect(told([...three, split()])).toEqual([]);
});

const anyInput: fc.Arbitrary<BusInput> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('leave', 'process-down', 'node-down'),
    node: fc.constantFrom(...names),
  }),
  fc.record({ kind: fc.constant('join'), node: fc.constantFrom(...names), process: fc.nat() }),
  fc.record({
    kind: fc.constant('message'),
    node: fc.constantFrom(...names),
    text: fc.string(),
  }),
  fc.record({
    kind: fc.constant('partition'),
    groups: fc.array(fc.subarray(names), { maxLength: 2 }),
  }),
);

it('keeps virtual synchrony whatever happens', () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 40 }), (inputs) => {
      let state = bus(5);
      let processes = 100;
      const lives = new Map<string, EngineEvent[]>();
      for (const input of inputs) {
        const entry = state.nodes.find((node) => 'node' in input && node.node === input.node);
        const connected = entry?.process ?? null;
        if (input.kind === 'join' ? connected !== null : entry && connected === null) continue;
        processes += 1;
        const { state: next, deliveries } = order(
          state,
          input.kind === 'join' ? { ...input, process: processes } : input,
        );
        state = next;
        for (const { to, event } of deliveries) {
          const life = `${to}:${state.nodes.find(({ node }) => node === to)?.process}`;
          lives.set(life, [...(lives.get(life) ?? []), event]);
        }
      }
      checkHistories([...lives.values()]);
      checkRings(state);
    }),
  );
});

function checkRings(state: BusState): void {
  const parts = new Map<number, Set<number>>();
  for (const { part, ring } of state.nodes) {
    if (ring !== null) parts.set(part, (parts.get(part) ?? new Set()).add(ring.sequence));
  }
  for (const rings of parts.values()) expect(rings.size).toBe(1);
}
