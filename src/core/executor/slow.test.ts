import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../model/ids.ts';
import { forgetSlow } from './slow.ts';
import { passStall } from './stalls.ts';
import { Hand } from './testing/executor.ts';

/** web is watched every 10 s; the first run was at 0. */
function watched(): Hand {
  const hand = new Hand();
  hand.turn(['monitor/10000 web n1']);
  hand.end('2');
  hand.turn([]);
  hand.answer();
  return hand;
}

function monitor(hand: Hand, durationMs: number, stalledMs = 0): void {
  hand.nowMs += 10_000;
  const [run = ''] = hand.turn();
  if (stalledMs > 0) hand.executor = passStall(hand.executor, stalledMs);
  hand.end(run.replace(/^.*#/, ''), 0, durationMs);
  hand.turn();
}

/** As a share of the timeout. */
const timeout = (hand: Hand): number =>
  Object.values(hand.executor.recurring)[0]?.request.timeoutMs ?? 0;

describe('a monitor', () => {
  it('that takes more than three quarters of its timeout is noted, once an hour', () => {
    const hand = watched();
    const most = timeout(hand);
    monitor(hand, 0.74 * most);
    expect(hand.executor.slow).toEqual({});
    monitor(hand, 0.8 * most);
    const noted = hand.executor.slow;
    expect(noted).toMatchObject({ web: { durationMs: Math.round(0.8 * most), timeoutMs: most } });
    monitor(hand, 0.9 * most);
    expect(hand.executor.slow).toBe(noted);
    expect(forgetSlow(hand.executor, monotonicMs(3_619_999)).slow).toBe(noted);
    expect(forgetSlow(hand.executor, monotonicMs(3_620_000)).slow).toEqual({});
  });

  it('that takes far longer than it uses to is noted, when it is known what it uses to take', () => {
    const hand = watched();
    const most = timeout(hand);
    for (let run = 0; run < 4; run += 1) monitor(hand, 0.01 * most);
    monitor(hand, 0.3 * most);
    expect(hand.executor.slow).toEqual({});
    monitor(hand, 0.3 * most);
    expect(hand.executor.slow).toMatchObject({ web: { usualMs: Math.round(0.01 * most) } });
  });

  it('that takes longer, and is still far from its timeout, is not', () => {
    const hand = watched();
    for (let run = 0; run < 6; run += 1) monitor(hand, 1);
    monitor(hand, 0.2 * timeout(hand));
    expect(hand.executor.slow).toEqual({});
  });

  it('that ran across a stall tells nothing of itself', () => {
    const hand = watched();
    monitor(hand, 0.9 * timeout(hand), 2000);
    expect(hand.executor.slow).toEqual({});
  });
});
