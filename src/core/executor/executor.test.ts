import { describe, expect, it } from 'vitest';
import { nextDueMs } from './queue.ts';
import { Hand } from './testing/executor.ts';

/** web runs and is watched every 10 s; the monitor's first run was at 0. */
function watched(): Hand {
  const hand = new Hand();
  hand.turn(['monitor/10000 web n1']);
  hand.end('2');
  hand.turn([]);
  hand.answer();
  return hand;
}

describe('ready actions', () => {
  it('are run and reported, once each', () => {
    const hand = new Hand();
    expect(hand.turn(['start web n1'])).toEqual(['run start web #2']);
    expect(hand.turn()).toEqual([]);
    hand.end('2');
    expect(hand.turn()).toEqual(['report start web 0']);
    expect(hand.turn()).toEqual([]);
    hand.answer();
    expect(hand.turn([])).toEqual([]);
    expect(hand.phases()).toEqual([]);
  });

  it('of one resource run one after the other, in the order of asking', () => {
    const hand = new Hand();
    expect(hand.turn(['start web n1'])).toEqual(['run start web #2']);
    expect(hand.turn(['start web n1', 'promote web n1', 'notify web n1'])).toEqual([]);
    hand.end('2');
    expect(hand.turn()).toEqual(['run promote web #5', 'report start web 0']);
    hand.end('5');
    expect(hand.turn()).toEqual(['run notify web #6', 'report promote web 0']);
  });

  it('run at the same time up to the limit of the node', () => {
    const hand = new Hand();
    hand.operationsMax = 2;
    const ready = ['start a n1', 'start b n1', 'start c n1', 'start d n1'];
    expect(hand.turn(ready)).toEqual(['run start a #5', 'run start b #6']);
    hand.end('6');
    expect(hand.turn()).toEqual(['run start c #7', 'report start b 0']);
    expect(hand.phases()).toEqual([
      'start a running',
      'start b reporting',
      'start c running',
      'start d queued',
    ]);
  });

  it('that are not wanted any more before they began are forgotten', () => {
    const hand = new Hand();
    hand.operationsMax = 1;
    hand.turn(['start a n1', 'start b n1']);
    expect(hand.turn(['start a n1'])).toEqual([]);
    expect(hand.phases()).toEqual(['start a running']);
  });

  it('that run go on when they are not wanted any more, and their end is told', () => {
    const hand = new Hand();
    hand.turn(['start a n1']);
    expect(hand.turn([])).toEqual([]);
    hand.end('2');
    expect(hand.turn([])).toEqual(['report start a 0']);
  });

  it('are not begun again while their end is still to be told', () => {
    const hand = new Hand();
    hand.turn(['start web n1']);
    hand.end('2', 1);
    expect(hand.turn()).toEqual(['report start web 1']);
    expect(hand.turn(['start web n1'])).toEqual([]);
    hand.answer();
    expect(hand.turn(['start web n1'])).toEqual(['run start web #4']);
  });
});

describe('what an earlier plan has left over', () => {
  it('and was not begun is told as such: everybody waits for it', () => {
    const hand = new Hand();
    hand.operationsMax = 1;
    hand.turn(['start a n1', 'start b n1']);
    expect(hand.turn([], ['start a n1', 'start b n1'])).toEqual(['report start b cancelled']);
    hand.answer();
    hand.end('3');
    expect(hand.turn([], ['start a n1'])).toEqual(['report start a 0']);
  });

  it('and was never heard of is told as well', () => {
    expect(new Hand().turn([], ['start a n1'])).toEqual(['report start a cancelled']);
  });

  it('and runs is waited for', () => {
    const hand = new Hand();
    hand.turn(['start a n1']);
    expect(hand.turn([], ['start a n1'])).toEqual([]);
  });
});

describe('a refused start', () => {
  const refused = (): Hand => {
    const hand = new Hand();
    hand.allowed = { kind: 'no', reason: 'there is no quorum' };
    hand.turn(['start web n1', 'stop db n1']);
    return hand;
  };

  it('is not begun, and is logged once; stops go on', () => {
    const hand = new Hand();
    hand.allowed = { kind: 'no', reason: 'there is no quorum' };
    expect(hand.turn(['start web n1', 'stop db n1'])).toEqual(['run stop db #3']);
    expect(hand.turn()).toEqual([]);
    expect(hand.logged).toEqual(['start of web is refused: there is no quorum']);
  });

  it.each(['start', 'promote', 'migrate_from'])('is a %s', (kind) => {
    const hand = new Hand();
    hand.allowed = { kind: 'no', reason: 'there is no quorum' };
    expect(hand.turn([`${kind} web n1`])).toEqual([]);
  });

  it('begins as soon as the rule allows it', () => {
    const hand = refused();
    hand.allowed = { kind: 'yes' };
    expect(hand.turn()).toEqual(['run start web #4']);
    hand.end('4');
    expect(hand.turn()).toEqual(['report start web 0']);
  });

  it('is told after a pause, with the reason, so that it is decided again', () => {
    const hand = refused();
    hand.nowMs = 4999;
    expect(hand.turn()).toEqual([]);
    hand.nowMs = 5000;
    expect(hand.turn()).toEqual(['report start web cancelled']);
    expect(hand.executor.operations['start web n1 0']?.result?.output).toBe('there is no quorum');
    hand.answer();
    expect(hand.turn([])).toEqual([]);
  });

  it('waits without a word while nobody can say', () => {
    const hand = new Hand();
    hand.allowed = { kind: 'later' };
    expect(hand.turn(['start web n1'])).toEqual([]);
    expect(hand.logged).toEqual([]);
    hand.nowMs = 60_000;
    expect(hand.turn()).toEqual([]);
    hand.allowed = { kind: 'yes' };
    expect(hand.turn()).toEqual(['run start web #2']);
  });
});

describe('a recurring monitor', () => {
  it('repeats on this node, and is silent as long as it says the same', () => {
    const hand = watched();
    hand.nowMs = 9999;
    expect(hand.turn()).toEqual([]);
    hand.nowMs = 10_000;
    expect(hand.turn()).toEqual(['run monitor/10000 web #4']);
    hand.end('4');
    expect(hand.turn()).toEqual([]);
    hand.nowMs = 20_000;
    expect(hand.turn()).toEqual(['run monitor/10000 web #6']);
  });

  it('tells each change once, without the key of an action', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    hand.turn();
    hand.end('4', 7);
    expect(hand.turn()).toEqual(['report monitor web 7']);
    const told = Object.values(hand.executor.operations)[0]?.result;
    expect(told).toMatchObject({ callId: 4, intervalMs: 10_000, durationMs: 5 });
    expect(told?.key).toBeUndefined();
    hand.answer();
    hand.nowMs = 20_000;
    hand.turn();
    hand.end('6', 7);
    expect(hand.turn()).toEqual([]);
  });

  it('does not run again before its last word is taken: it must not get lost', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    hand.turn();
    hand.end('4', 7);
    hand.turn();
    hand.answer(false);
    hand.nowMs = 20_000;
    expect(hand.turn()).toEqual(['report monitor web 7']);
    hand.answer();
    expect(hand.turn()).toEqual(['run monitor/10000 web #6']);
  });

  it('gives way to what changes its resource, and comes after everything else', () => {
    const hand = watched();
    hand.operationsMax = 1;
    hand.nowMs = 10_000;
    expect(hand.turn(['start db n1'])).toEqual(['run start db #5']);
    expect(hand.phases()).toContain('monitor web queued');
    hand.end('5');
    hand.answer();
    expect(hand.turn(['start ip n1'])).toEqual(['run start ip #7', 'report start db 0']);
  });

  it('has the later call id when it runs after what was asked for later', () => {
    const hand = watched();
    hand.operationsMax = 1;
    hand.nowMs = 10_000;
    hand.turn(['start db n1']);
    expect(hand.turn(['start db n1', 'promote web n1'])).toEqual([]);
    hand.end('5');
    expect(hand.turn()[0]).toBe('run promote web #7');
    hand.end('7');
    expect(hand.turn([])[0]).toBe('run monitor/10000 web #8');
  });

  it.each(['stop', 'start', 'migrate_to'])('is forgotten when a %s begins', (kind) => {
    const hand = watched();
    hand.turn(['monitor/5000 db n1']);
    hand.end('4');
    hand.turn([`${kind} web n1`]);
    expect(hand.monitors()).toEqual(['db 5000']);
    hand.nowMs = 60_000;
    expect(hand.turn().filter((text) => text.includes('monitor/10000'))).toEqual([]);
  });

  it('that waits for its turn is forgotten with it', () => {
    const hand = watched();
    hand.operationsMax = 1;
    hand.nowMs = 10_000;
    hand.turn(['stop db n1']);
    hand.turn(['stop db n1', 'stop web n1']);
    hand.end('5');
    expect(hand.turn()).toEqual(['run stop web #7', 'report stop db 0']);
    expect(hand.phases()).toEqual(['stop db reporting', 'stop web running']);
  });

  it('is forgotten by a cancel, which needs no agent', () => {
    const hand = watched();
    expect(hand.turn(['cancel/10000 web n1'])).toEqual(['report cancel web 0']);
    expect(hand.monitors()).toEqual([]);
    hand.answer();
    hand.nowMs = 60_000;
    expect(hand.turn([])).toEqual([]);
  });

  it('that ends after it was cancelled says nothing', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    hand.turn();
    hand.turn(['cancel/10000 web n1']);
    hand.answer();
    hand.end('4', 7);
    expect(hand.turn([])).toEqual([]);
    expect(hand.phases()).toEqual([]);
  });

  it('repeats although its first run failed, as long as nobody stops it', () => {
    const hand = new Hand();
    hand.turn(['monitor/10000 web n1']);
    hand.end('2', 1);
    hand.turn([]);
    hand.answer();
    hand.nowMs = 10_000;
    hand.turn();
    hand.end('4', 0);
    expect(hand.turn()).toEqual(['report monitor web 0']);
  });

  it('is what the timer waits for', () => {
    const hand = watched();
    expect(nextDueMs(hand.executor)).toBe(10_000);
    expect(nextDueMs(new Hand().executor)).toBeUndefined();
  });
});

describe('a report', () => {
  it('is given again until the store has taken it', () => {
    const hand = new Hand();
    hand.turn(['start web n1']);
    hand.end('2');
    for (let turn = 0; turn < 3; turn += 1) {
      expect(hand.turn()).toEqual(['report start web 0']);
      hand.answer(false);
    }
    hand.turn();
    hand.answer();
    expect(hand.turn([])).toEqual([]);
  });

  it('comes in the order of the calls, not of names', () => {
    const hand = new Hand();
    hand.turn(['start z n1']);
    hand.turn(['start z n1', 'start a n1']);
    hand.end('4');
    hand.end('2');
    expect(hand.turn()).toEqual(['report start z 0', 'report start a 0']);
  });

  it('holds no more than the order takes', () => {
    const hand = new Hand();
    hand.turn(['start web n1', 'stop db n1']);
    hand.end('3', { kind: 'exited', exitCode: 1, exitReason: 'x'.repeat(50_000) });
    hand.end('4', { kind: 'unkillable', processes: Array.from({ length: 5000 }, () => 7) });
    hand.turn();
    for (const { result } of Object.values(hand.executor.operations)) {
      expect(JSON.stringify(result).length).toBeLessThan(4000);
    }
  });

  it('of an operation that nobody began is nothing', () => {
    const hand = new Hand();
    hand.end('77');
    expect(hand.turn()).toEqual([]);
  });
});

describe('a supervised child that ended', () => {
  it('is told at once, as if its monitor had found it', () => {
    const hand = watched();
    hand.exit('web');
    expect(hand.turn()).toEqual(['report monitor web 7']);
    const [told] = Object.values(hand.executor.operations);
    expect(told?.result?.outcome).toEqual({
      kind: 'exited',
      exitCode: 7,
      exitReason: 'killed by SIGSEGV',
    });
    expect(told?.result?.key).toBeUndefined();
  });

  it('is told once, whoever notices it first', () => {
    const hand = watched();
    hand.exit('web');
    hand.exit('web');
    expect(hand.turn()).toEqual(['report monitor web 7']);
    hand.answer();
    hand.nowMs = 10_000;
    hand.turn();
    hand.end(lastRun(hand), 7);
    expect(hand.turn()).toEqual([]);
  });

  it('is not undone by a monitor that looked a moment before', () => {
    const hand = watched();
    hand.nowMs = 10_000;
    hand.turn();
    const run = lastRun(hand);
    hand.exit('web');
    expect(hand.turn()).toEqual(['report monitor web 7']);
    hand.answer();
    hand.end(run, 0);
    expect(hand.turn()).toEqual([]);
    hand.nowMs = 20_000;
    hand.turn();
    hand.end(lastRun(hand), 0);
    expect(hand.turn()).toEqual(['report monitor web 0']);
  });

  it('while it is being stopped or started is that operation’s business', () => {
    const hand = watched();
    hand.turn(['stop web n1']);
    hand.exit('web');
    expect(hand.turn()).toEqual([]);
  });

  it('is told without a monitor, too', () => {
    const hand = new Hand();
    hand.exit('web');
    expect(hand.turn()).toEqual(['report monitor web 7']);
  });

  function lastRun(hand: Hand): string {
    const [running] = Object.values(hand.executor.operations).filter(
      (each) => each.phase === 'running',
    );
    return running?.request.operationId ?? '';
  }
});
