import { describe, expect, it } from 'vitest';
import type { Command } from '../cluster/commands.ts';
import { openView, probedNodes } from '../cluster/testing/cluster.ts';
import { lead } from './lead.ts';
import type { NodeState } from './state.ts';
import { noticeStall, tellStalls } from './stalls.ts';
import { again, clocks, nodeOf, submitted } from './testing/hand.ts';

const held = openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'process-down' } });

/** An input at this time; what the leader then asks for. */
function turn(node: NodeState, nowMs: number): { node: NodeState; asked: readonly Command[] } {
  const noticed = noticeStall(node, clocks(nowMs, nowMs)).node;
  const asked = submitted(lead(noticed, clocks(nowMs)).node);
  return { node: again(lead(noticed, clocks(nowMs)), node), asked };
}

const after = (times: readonly number[]): readonly Command[] => {
  let last: { node: NodeState; asked: readonly Command[] } = { node: nodeOf(held), asked: [] };
  for (const nowMs of times) last = turn(last.node, nowMs);
  return last.asked;
};

/** Inputs come every half a second. */
const quiet = (fromMs: number, toMs: number): readonly number[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / 500) + 1 }, (_, at) => fromMs + at * 500);

describe('a leader that stood still', () => {
  it('gives a held node its whole grace again', () => {
    expect(after(quiet(0, 9500))).toEqual([]);
    expect(after(quiet(0, 10_000))).toMatchObject([{ kind: 'declare-lost', node: 'n3' }]);
    expect(after([...quiet(0, 5000), 30_000])).toEqual([]);
    expect(after([...quiet(0, 5000), ...quiet(30_000, 39_500)])).toEqual([]);
    expect(after([...quiet(0, 5000), ...quiet(30_000, 40_000)])).toMatchObject([
      { kind: 'declare-lost', node: 'n3' },
    ]);
  });

  it('again and again leaves out only the time in which it stood still', () => {
    // Awake for 4 s between stalls of 2 s.
    const times = [0, 6000, 12_000, 18_000].flatMap((fromMs) => quiet(fromMs, fromMs + 4000));
    expect(after(times)).toEqual([]);
    expect(after([...times, ...quiet(24_000, 27_500)])).toEqual([]);
    expect(after([...times, ...quiet(24_000, 28_000), ...quiet(30_000, 32_000)])).toMatchObject([
      { kind: 'declare-lost', node: 'n3' },
    ]);
  });

  it('does so once in a while: each stall a minute after the last gives the grace again', () => {
    const times = [0, 70_000, 140_000, 210_000, 280_000];
    expect(after(times)).toEqual([]);
  });
});

describe('a stall', () => {
  it('is logged, as is a wall clock that jumps', () => {
    const { node } = noticeStall(nodeOf(held), clocks(0, 0));
    const text = (nowMs: number, wallMs: number): string =>
      JSON.stringify(noticeStall(node, clocks(nowMs, wallMs)).effects);
    expect(text(1000, 1000)).toBe('[]');
    expect(text(14_200, 14_200)).toContain('this node stalled for 14200 ms');
    expect(text(500, 60_500)).toContain('jumped by 60000 ms');
  });

  it('is told to all, at most once a minute, and forgotten after ten', () => {
    let node = nodeOf(probedNodes());
    const said = (nowMs: number): string | undefined => {
      node = tellStalls(noticeStall(node, clocks(nowMs, nowMs)).node, clocks(nowMs)).node;
      return node.stalls.said;
    };
    said(0);
    expect(said(14_200)).toBe('1 1 14200');
    expect(submitted(node)).toMatchObject([
      { kind: 'attribute', node: 'n1', name: '#stalled', value: '1 1 14200' },
    ]);
    expect(said(17_000)).toBe('1 1 14200');
    expect(said(19_000)).toBe('1 1 14200');
    expect(said(74_200)).toBe('2 3 55200');
    for (let nowMs = 74_200; nowMs < 674_200; nowMs += 900) expect(said(nowMs)).toBe('2 3 55200');
    expect(said(674_200)).toBeUndefined();
  });
});
