import { expect, test } from 'vitest';
import type { EventView } from '../../src/core/view/types.ts';
import { partsFromHistory } from './local-parts.ts';

const event = (time: number, more: Partial<EventView>): EventView => ({
  number: time,
  time,
  kind: 'action',
  severity: 'info',
  text: '',
  ...more,
});

test('a lost node: noticed when it is fenced, not when its daemon goes away', () => {
  const events = [
    event(1010, { kind: 'node', severity: 'warning' }),
    event(4000, { kind: 'fencing' }),
    event(4020, { kind: 'fencing', durationMs: 20 }),
    event(4100, { operation: 'start', durationMs: 70, severity: 'good' }),
  ];
  expect(partsFromHistory(events, 1000, 3110)).toEqual({
    detectionMs: 3000,
    fencingMs: 20,
    agentsMs: 70,
    ownMs: 20,
    totalMs: 3110,
  });
});

test('a failed monitor is noticed at once; a probe that finds nothing is no notice', () => {
  const events = [
    event(1001, { operation: 'monitor' }),
    event(1005, { operation: 'monitor', severity: 'error' }),
    event(1010, { operation: 'stop', durationMs: 2 }),
    event(1090, { operation: 'start', durationMs: 78 }),
  ];
  expect(partsFromHistory(events, 1000, 92)).toMatchObject({
    detectionMs: 5,
    ownMs: 7,
    agentsMs: 80,
  });
});

test('times of the history are no finer than its clock: no part is negative', () => {
  const events = [event(2000, { kind: 'fencing', durationMs: 50 })];
  expect(partsFromHistory(events, 1000, 100)).toMatchObject({ detectionMs: 100, ownMs: 0 });
});
