import { expect, it } from 'vitest';

import { MAJORITY } from '../model/engine.ts';
import type { QuorumOptions, Votes } from '../model/engine.ts';
import type { StoreView } from '../store/types.ts';
import { quorumView } from './quorum.ts';
import { viewOf } from './testing/states.ts';
import { votesView } from './votes.ts';

const quorate = { quorate: true } as StoreView;
const votes = (present: number, needed: number, options: Partial<QuorumOptions> = {}): Votes => ({
  expected: 3,
  present,
  needed,
  options: { ...MAJORITY, ...options },
});
const outlook = (counted: Votes, view = quorate): string => votesView(counted, view).outlook;

it('says what the next loss would do', () => {
  expect(outlook(votes(5, 3))).toBe('2 more may fail');
  expect(outlook(votes(3, 2))).toBe('one more may fail');
  expect(outlook(votes(2, 2))).toBe('one more loss and all stops');
  expect(outlook(votes(2, 2, { lastManStanding: true }))).toMatch(/unless .*last_man_standing/);
  expect(outlook(votes(2, 2, { autoTieBreaker: true }))).toMatch(/except where/);
  expect(outlook(votes(2, 1, { twoNode: true }))).toMatch(/^either node may fail/);
  expect(outlook(votes(1, 1, { twoNode: true }))).toBe('this node goes on alone');
});

it('says what is missing for quorum', () => {
  const view = { quorate: false } as StoreView;
  expect(outlook(votes(1, 2), view)).toBe('one vote is missing');
  expect(outlook(votes(1, 3), view)).toBe('2 votes are missing');
  expect(outlook(votes(1, 1, { waitForAll: true }), view)).toMatch(/all nodes must be there once/);
  expect(outlook(votes(1, 1, { twoNode: true }), view)).toMatch(/all nodes must be there once/);
});

it('the sentence on quorum says why the votes that are there do not suffice, and the way out', () => {
  const view = viewOf(['n1'], { quorate: false, phase: { kind: 'open', acting: false } });
  const alone = quorumView(view, votes(1, 1, { twoNode: true }));
  expect(alone.sentence).toMatch(/not all nodes have been seen together.*nobody is fenced/);
  expect(alone.advice).toMatch(/is it off for good/);
  expect(quorumView(view, votes(1, 2)).sentence).toMatch(/only n1 of the configured nodes/);
});

it('names the rules in force as corosync.conf does, and the device', () => {
  const options = { ...MAJORITY, twoNode: true, waitForAll: true };
  const device = { name: 'Qdevice', votes: 1, state: 'abstains' } as const;
  const seen = votesView({ ...votes(2, 1), options, device }, quorate);
  expect(seen.rules).toEqual(['two_node', 'wait_for_all']);
  expect(seen.device?.text).toBe('gives this part no vote');
});
