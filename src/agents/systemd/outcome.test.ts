import { expect, test } from 'vitest';
import type { UnitState } from './manager.ts';
import { jobOutcome, monitorOutcome } from './outcome.ts';

const state = (active: string, rest: Partial<UnitState> = {}): UnitState => ({
  load: 'loaded',
  active,
  sub: 'running',
  result: 'success',
  hasJob: false,
  ...rest,
});
const code = (outcome: ReturnType<typeof monitorOutcome>) =>
  outcome.kind === 'exited' ? outcome.exitCode : outcome.kind;

test('monitor: only what is up is running, what is on its way counts as neither', () => {
  const states = ['active', 'reloading', 'inactive', 'failed', 'activating', 'deactivating', 'new'];
  expect(states.map((one) => code(monitorOutcome(state(one))))).toEqual([0, 0, 7, 7, 1, 1, 1]);
});

test('monitor: a failure carries its reason', () => {
  expect(monitorOutcome(state('failed', { result: 'oom-kill' }))).toMatchObject({
    exitReason: 'the unit failed (oom-kill)',
  });
});

test('a unit that is not there or masked is not installed, a broken one not configured', () => {
  const loads = ['not-found', 'masked', 'bad-setting', 'error'];
  expect(loads.map((load) => code(monitorOutcome(state('inactive', { load }))))).toEqual([
    5, 5, 6, 6,
  ]);
});

test('monitor: what runs goes on when its file is removed, and a job that waits may start it', () => {
  const loads = ['not-found', 'masked', 'bad-setting', 'error'];
  expect(loads.map((load) => code(monitorOutcome(state('active', { load }))))).toEqual([
    0, 0, 0, 0,
  ]);
  const waiting = { hasJob: true };
  expect(code(monitorOutcome(state('inactive', waiting)))).toBe(1);
  expect(code(monitorOutcome(state('failed', waiting)))).toBe(1);
  expect(code(jobOutcome('stop', 'canceled', state('inactive', waiting)))).toBe(1);
});

test('start: done counts only if the unit is up', () => {
  expect(code(jobOutcome('start', 'done', state('active')))).toBe(0);
  expect(jobOutcome('start', 'done', state('failed', { result: 'exit-code' }))).toMatchObject({
    exitCode: 1,
    exitReason: 'the unit failed (exit-code)',
  });
  expect(code(jobOutcome('start', 'dependency', state('inactive')))).toBe(1);
});

test('stop: whatever became of the job, the state counts', () => {
  expect(code(jobOutcome('stop', 'failed', state('failed', { result: 'timeout' })))).toBe(0);
  expect(code(jobOutcome('stop', 'done', state('active')))).toBe(1);
});
