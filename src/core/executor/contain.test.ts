import { describe, expect, it } from 'vitest';
import type { Containment, OperationOutcome } from '../model/operation.ts';
import { Hand } from './testing/executor.ts';

const notRunning = { kind: 'exited', exitCode: 7, exitReason: '' } as const;
const seen: Containment = { isWhole: true, found: 2, left: [], monitor: notRunning };

/** The stop of web has ended so. */
function stopped(outcome: OperationOutcome | number, mayBeContained = true): Hand {
  const hand = new Hand();
  hand.mayBeContained = mayBeContained;
  hand.turn(['stop web n1']);
  hand.end('2', outcome, 30_000);
  return hand;
}

const told = (hand: Hand) => hand.executor.operations['stop web n1 0']?.result;

describe('a stop that failed', () => {
  it.each<[OperationOutcome | number]>([[{ kind: 'timed-out' }], [1]])(
    'with %j is followed by its containment, and both are told as one',
    (outcome) => {
      const hand = stopped(outcome);
      expect(hand.turn()).toEqual(['run contain web #3']);
      hand.end('3', 0, 100, seen);
      expect(hand.turn()).toEqual([
        `report stop web ${typeof outcome === 'number' ? outcome : outcome.kind}`,
      ]);
      expect(told(hand)).toMatchObject({
        key: 'stop web n1 0',
        operation: 'stop',
        callId: 3,
        durationMs: 30_100,
        containment: seen,
      });
    },
  );

  it('is contained although nobody wants it any more: its end must be told', () => {
    const hand = stopped({ kind: 'timed-out' });
    expect(hand.turn([])).toEqual(['run contain web #3']);
  });

  it('lets nothing else of its resource run meanwhile', () => {
    const hand = stopped({ kind: 'timed-out' });
    expect(hand.turn(['stop web n1', 'start web n1'])).toEqual(['run contain web #4']);
    expect(hand.turn()).toEqual([]);
  });

  it('is told without evidence where there is none', () => {
    const hand = stopped({ kind: 'timed-out' });
    hand.turn();
    hand.end('3', { kind: 'not-run', exitCode: 1, reason: 'the daemon ends' });
    expect(hand.turn()).toEqual(['report stop web timed-out']);
    expect(told(hand)?.containment).toBeUndefined();
  });

  it('is told with no more than the order takes', () => {
    const hand = stopped(1);
    hand.turn();
    const monitor = { ...notRunning, exitReason: 'x'.repeat(50_000) };
    hand.end('3', 0, 1, { ...seen, left: Array.from({ length: 5000 }, () => 7), monitor });
    expect(JSON.stringify(told(hand)).length).toBeLessThan(4000);
  });
});

describe('no containment follows', () => {
  it('where the rule does not allow it', () => {
    expect(stopped({ kind: 'timed-out' }, false).turn()).toEqual(['report stop web timed-out']);
  });

  it.each<[string, OperationOutcome | number]>([
    ['a stop that is done', 0],
    ['one that found nothing to stop', 7],
    ['what cannot be killed', { kind: 'unkillable', processes: [7] }],
    ['an agent that is gone', { kind: 'not-run', exitCode: 5, reason: 'gone' }],
  ])('%s', (_words, outcome) => {
    expect(stopped(outcome).turn()[0]).toMatch(/^report stop web/);
  });

  it('anything but a stop', () => {
    const hand = new Hand();
    hand.mayBeContained = true;
    hand.turn(['start web n1']);
    hand.end('2', 1);
    expect(hand.turn()).toEqual(['report start web 1']);
  });
});
