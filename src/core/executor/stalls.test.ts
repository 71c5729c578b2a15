import { describe, expect, it } from 'vitest';
import { passStall } from './stalls.ts';
import { Hand } from './testing/executor.ts';

const timedOut = { kind: 'timed-out' } as const;

function stall(hand: Hand, ms = 2000): void {
  hand.nowMs += ms;
  hand.executor = passStall(hand.executor, ms);
}

/** web runs and is watched every 10 s; the monitor's first run was at 0. */
function watched(): Hand {
  const hand = new Hand();
  hand.turn(['monitor/10000 web n1']);
  hand.end('2');
  hand.turn([]);
  hand.answer();
  return hand;
}

describe('what timed out across a stall of this node', () => {
  it.each(['start', 'stop', 'promote', 'demote', 'monitor'])('%s is run once more', (name) => {
    const hand = new Hand();
    hand.turn([`${name} web n1`]);
    stall(hand);
    hand.end('2', timedOut);
    expect(hand.turn()).toEqual([`run ${name} web #3`]);
    hand.end('3');
    expect(hand.turn()).toEqual([`report ${name} web 0`]);
  });

  it('is believed the second time, and without a stall at once', () => {
    const hand = new Hand();
    hand.turn(['start web n1', 'start db n1']);
    hand.end('4', timedOut);
    expect(hand.turn()).toEqual(['report start db timed-out']);
    stall(hand);
    hand.end('3', timedOut);
    expect(hand.turn()).toEqual(['run start web #5']);
    hand.end('5', timedOut);
    expect(hand.turn()).toEqual(['report start web timed-out']);
  });

  it('is believed in the end although each repetition meets a stall', () => {
    const hand = new Hand();
    hand.turn(['stop web n1']);
    for (const call of ['2', '3', '4']) {
      stall(hand);
      hand.end(call, timedOut);
      hand.turn();
    }
    stall(hand);
    hand.end('5', timedOut);
    expect(hand.turn()).toEqual(['report stop web timed-out']);
  });

  it('is believed of a migration: half of it may be going on elsewhere', () => {
    const hand = new Hand();
    hand.turn(['migrate_to web n1']);
    stall(hand);
    hand.end('2', timedOut);
    expect(hand.turn()).toEqual(['report migrate_to web timed-out']);
  });

  it('is run again although nobody wants it any more: it was begun', () => {
    const hand = new Hand();
    hand.turn(['start web n1']);
    hand.allowed = { kind: 'later' };
    stall(hand);
    hand.end('2', timedOut);
    expect(hand.turn([], ['start web n1'])).toEqual([]);
    expect(hand.turn([], [])).toEqual([]);
    hand.allowed = { kind: 'yes' };
    expect(hand.turn([], ['start web n1'])).toEqual(['run start web #3']);
  });

  it('is told when a rule forbids to start again, and never as not begun', () => {
    const hand = new Hand();
    hand.turn(['start web n1']);
    hand.allowed = { kind: 'no', reason: 'there is no quorum' };
    stall(hand);
    hand.end('2', timedOut);
    expect(hand.turn()).toEqual([]);
    hand.nowMs += 5000;
    expect(hand.turn()).toEqual(['report start web timed-out']);
  });
});

describe('a recurring monitor', () => {
  it('that timed out across a stall is run again at once', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    expect(hand.turn()).toEqual(['run monitor/10000 web #4']);
    stall(hand);
    hand.end('4', timedOut);
    expect(hand.turn()).toEqual(['run monitor/10000 web #5']);
    hand.end('5', 7);
    expect(hand.turn()).toEqual(['report monitor web 7']);
  });

  it('that said before a long stall that all is well again is asked again', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    hand.turn();
    hand.end('4', 1);
    hand.turn();
    hand.answer();
    hand.nowMs = 20_000;
    expect(hand.turn()).toEqual(['run monitor/10000 web #6']);
    stall(hand, 10_001);
    hand.end('6', 0);
    expect(hand.turn()).toEqual(['run monitor/10000 web #8']);
    hand.end('8', 1);
    expect(hand.turn()).toEqual([]);
  });

  it('that found a failure is believed across a stall: an agent that exits had its time', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    hand.turn();
    stall(hand, 10_001);
    hand.end('4', 7);
    expect(hand.turn()).toContain('report monitor web 7');
  });
});
