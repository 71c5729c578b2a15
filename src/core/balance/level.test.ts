import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LEVEL_MILLI, after, banKey, fewestMoves, shareMilli, spreadMilli } from './level.ts';
import type { BalanceMove, LoadedNode, Piece, Question } from './level.ts';

const NODES = ['n1', 'n2', 'n3'];

function question(
  pieces: readonly (readonly [node: string, memory: number])[],
  capacities: readonly number[] = [1000, 1000, 1000],
  banned: readonly string[] = [],
): Question {
  const all = pieces.map(([node, memory], index): Piece => ({
    resource: `vm${index}`,
    node,
    uses: { memory },
  }));
  const nodes = capacities.map((memory, index): LoadedNode => {
    const node = NODES[index] ?? '';
    const own = all.filter((piece) => piece.node === node);
    const used = own.reduce((sum, { uses }) => sum + (uses['memory'] ?? 0), 0);
    return { node, capacity: { memory }, used: { memory: used } };
  });
  return { nodes, pieces: all, banned: new Set(banned) };
}

const texts = (moves: readonly BalanceMove[]): readonly string[] =>
  moves.map(({ resource, from, to }) => `${resource} ${from} ${to}`);

describe('the fewest moves', () => {
  it('are none where the load is level enough', () => {
    expect(fewestMoves(question([['n1', 100]], [1000, 1000]))).toEqual([]);
    expect(fewestMoves(question([], [1000, 1000]))).toEqual([]);
  });

  it('are one of the right size rather than several small ones', () => {
    const pieces = [
      ['n1', 50],
      ['n1', 50],
      ['n1', 50],
      ['n1', 50],
      ['n1', 200],
    ] as const;
    expect(texts(fewestMoves(question(pieces, [1000, 1000])))).toEqual(['vm4 n1 n2']);
  });

  it('go by the share of what a node has, not by amounts', () => {
    const pieces = [
      ['n1', 400],
      ['n1', 400],
      ['n1', 400],
    ] as const;
    expect(texts(fewestMoves(question(pieces, [2000, 500])))).toEqual([]);
    expect(texts(fewestMoves(question(pieces, [2000, 1000])))).toEqual(['vm0 n1 n2']);
  });

  it('are none where one would do too little, or has no room', () => {
    expect(fewestMoves(question([['n1', 900]], [1000, 1000]))).toEqual([]);
    const big = { ...question([['n1', 600]], [1000, 500]) };
    expect(fewestMoves(big)).toEqual([]);
  });

  it('may share processors that are given out several times over, but not memory', () => {
    const of = (name: string, used: number): LoadedNode[] => [
      { node: 'n1', capacity: { [name]: 4 }, used: { [name]: 12 } },
      { node: 'n2', capacity: { [name]: 4 }, used: { [name]: used } },
    ];
    const piecesOf = (name: string): Piece[] => [
      { resource: 'a', node: 'n1', uses: { [name]: 4 } },
    ];
    const moves = (name: string) =>
      fewestMoves({ nodes: of(name, 4), pieces: piecesOf(name), banned: new Set() });
    expect([moves('cpu').length, moves('memory').length]).toEqual([1, 0]);
  });

  it('leave out what must not be', () => {
    const pieces = [
      ['n1', 300],
      ['n1', 300],
    ] as const;
    expect(texts(fewestMoves(question(pieces, [1000, 1000], [banKey('vm0', 'n2')])))).toEqual([
      'vm1 n1 n2',
    ]);
  });

  it('level what nodes are measured by in common: a name that one node does not have counts for nothing', () => {
    const { nodes, pieces } = question(
      [
        ['n1', 600],
        ['n1', 10],
      ],
      [1000, 1000],
    );
    const [first, second] = nodes as [LoadedNode, LoadedNode];
    const other = { ...second, capacity: { cpu: 4 } };
    expect(fewestMoves({ nodes: [first, other], pieces, banned: new Set() })).toEqual([]);
  });
});

it('never overfills a node, is worth its while, and no smaller set does as well', () => {
  const piece = tuple(constantFrom(...NODES), integer({ min: 1, max: 400 }));
  const capacities = array(integer({ min: 500, max: 3000 }), { minLength: 3, maxLength: 3 });
  assert(
    property(array(piece, { maxLength: 6 }), capacities, (pieces, all) => {
      const asked = question(pieces, all);
      const moves = fewestMoves(asked);
      const nodes = after(asked, moves);
      for (const { to } of moves) {
        const target = nodes.find(({ node }) => node === to);
        expect(target?.used['memory']).toBeLessThanOrEqual(target?.capacity['memory'] ?? 0);
      }
      if (moves.length === 0) return;
      expect(spreadMilli(nodes)).toBeLessThanOrEqual(spreadMilli(asked.nodes) - 50);
      const goal = Math.max(LEVEL_MILLI, spreadMilli(nodes));
      for (const { resource } of moves) {
        const rest = moves.filter((one) => one.resource !== resource);
        const left = after(asked, rest);
        const fullest = Math.max(...asked.nodes.map((node) => shareMilli(node, 'memory')));
        const fits = left.every(
          (one) =>
            !rest.some(({ to }) => to === one.node) ||
            shareMilli(one, 'memory') <= Math.min(1000, fullest),
        );
        expect(fits && spreadMilli(left) <= goal).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});
