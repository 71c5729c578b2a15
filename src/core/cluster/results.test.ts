import { describe, expect, it } from 'vitest';
import { incarnation, wallMs } from '../model/ids.ts';
import { OVERTAKEN } from '../model/operation.ts';
import { isActive } from './activity.ts';
import type { Command } from './commands.ts';
import { clusterMachine } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  actionStates,
  applied,
  apply,
  carryOut,
  contextOf,
  lastWords,
  monitorSays,
  n1,
  n2,
  nodeOf,
  openView,
  planCommand,
  primitive,
  probedNodes,
  results,
} from './testing/cluster.ts';

const wants = (state: ClusterState): boolean => state.decision.wanted > state.decision.answered;
const planned = (...lines: readonly string[]): ClusterState =>
  apply(probedNodes(), planCommand(probedNodes(), ...lines));
const end = (state: ClusterState, ...texts: readonly string[]): ClusterState =>
  texts.reduce((before, text) => apply(before, results(before, text)), state);
const failCounts = (state: ClusterState, node = 'n1'): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(nodeOf(state, node).attributes).filter(([name]) => name.startsWith('fail-')),
  );
const operations = (state: ClusterState, resource: string): readonly string[] =>
  (nodeOf(state, 'n1').history[resource]?.operations ?? []).map(
    (entry) => `${entry.id} ${entry.operation} ${entry.status} ${entry.exitCode}`,
  );

describe('an expected result', () => {
  it('completes its action and asks for no decision', () => {
    const state = end(planned('start db n1 -> start web n1'), 'start db n1');
    expect(actionStates(state)).toEqual(['start db n1 done', 'start web n1 ready']);
    expect(wants(state)).toBe(false);
    expect(lastWords(state)).toEqual(['start of db on n1: ok']);
    expect(isActive(nodeOf(state, 'n1').history['db'])).toBe(true);
  });

  it('of what an earlier plan began asks for one: the new plan did not know', () => {
    const busy = planned('start db n1');
    const taken = apply(busy, planCommand(busy, 'start web n2'));
    expect(wants(end(taken, 'start db n1'))).toBe(true);
  });

  it('is what the plan said it would be: a probe that finds nothing, a promoted monitor', () => {
    expect(wants(end(planned('probe db n1'), 'probe db n1: 7'))).toBe(false);
  });

  it('is a stop that found nothing to stop, and an answer that is degraded', () => {
    const stopped = end(planned('stop db n1'), 'stop db n1: 7');
    expect(actionStates(stopped)).toEqual(['stop db n1 done']);
    expect(operations(stopped, 'db')).toEqual(['db_last_0 stop done 7']);
    const degraded = end(planned('start db n1', 'monitor/10000 db n1'), 'start db n1');
    expect(wants(end(degraded, 'monitor/10000 db n1: 190'))).toBe(false);
    expect(failCounts(end(degraded, 'monitor/10000 db n1: 190'))).toEqual({});
  });

  it('is whatever an agent answers to a notification', () => {
    const state = end(planned('notify db n1 -> start db n1'), 'notify db n1: 1');
    expect(actionStates(state)).toEqual(['notify db n1 done', 'start db n1 ready']);
    expect(failCounts(state)).toEqual({});
    expect(operations(state, 'db')).toEqual(['db_last_0 monitor done 7']);
    expect(state.changeCount).toBe(probedNodes().changeCount);
  });
});

describe('a failure', () => {
  it('drops what waited for it, counts and asks for a decision', () => {
    const state = end(planned('promote db n1 -> start web n1'), 'promote db n1: 1');
    expect(actionStates(state)).toEqual(['promote db n1 failed', 'start web n1 dropped']);
    expect(failCounts(state)).toEqual({ 'fail-count-db#promote_0': '1' });
    expect(wants(state)).toBe(true);
    expect(state.story.at(-1)).toMatchObject({ severity: 'error', resource: 'db', node: 'n1' });
    expect(operations(state, 'db')).toEqual([
      'db_last_0 promote error 1',
      'db_last_failure_0 promote error 1',
    ]);
  });

  it('counts up, dated in seconds of replicated time', () => {
    let state = carryOut(probedNodes(), 'start db n1', 'monitor/10000 db n1');
    for (let turn = 0; turn < 3; turn += 1) {
      state = apply(state, monitorSays(state, 'monitor/10000 db n1: 7'));
    }
    expect(nodeOf(state, 'n1').attributes).toEqual({
      'fail-count-db#monitor_10000': '3',
      'last-failure-db#monitor_10000': String(Math.floor(state.time / 1000)),
    });
  });

  it.each([
    ['start', {}, 'INFINITY'],
    ['stop', {}, 'INFINITY'],
    ['start', { 'start-failure-is-fatal': 'false' }, '1'],
    ['stop', { 'start-failure-is-fatal': 'false' }, 'INFINITY'],
  ])('of a %s with %j counts %s', (kind, values, count) => {
    const state = probedNodes({ options: [{ id: 'o', score: 0, values }] });
    const failed = end(apply(state, planCommand(state, `${kind} db n1`)), `${kind} db n1: 1`);
    expect(failCounts(failed)).toEqual({ [`fail-count-db#${kind}_0`]: count });
  });

  it('after infinity is still infinity, and nonsense in a count starts at one', () => {
    const fail = (value: string): unknown => {
      const name = 'fail-count-db#promote_0';
      const set = apply(planned('promote db n1'), { kind: 'attribute', node: n1, name, value });
      return failCounts(end(set, 'promote db n1: 1'))[name];
    };
    expect(['INFINITY', '999999', '-5', 'many'].map(fail)).toEqual([
      'INFINITY',
      'INFINITY',
      '1',
      '1',
    ]);
  });

  it.each(['timed-out', 'unkillable', '1', '5'])('is a monitor that ended with %s', (outcome) => {
    const state = carryOut(probedNodes(), 'start db n1', 'monitor/10000 db n1');
    const failed = apply(state, monitorSays(state, `monitor/10000 db n1: ${outcome}`));
    expect(failCounts(failed)).toEqual({ 'fail-count-db#monitor_10000': '1' });
    expect(wants(failed)).toBe(true);
  });

  it('is not what a probe finds, but a probe that gives no answer is', () => {
    const found = end(planned('probe db n1'), 'probe db n1: 0');
    expect(failCounts(found)).toEqual({});
    expect(found.story.at(-1)).toMatchObject({
      severity: 'info',
      text: 'probe of db on n1: it runs there',
    });
    const silent = end(planned('probe db n1'), 'probe db n1: timed-out');
    expect(failCounts(silent)).toEqual({ 'fail-count-db#monitor_0': '1' });
  });

  it('stays known after a success, until it is cleaned up', () => {
    const failed = end(planned('promote db n1'), 'promote db n1: 1');
    const again = carryOut(failed, 'promote db n1');
    expect(operations(again, 'db')).toEqual([
      'db_last_failure_0 promote error 1',
      'db_last_0 promote done 0',
    ]);
  });
});

describe('what was not begun', () => {
  it('has not failed: nothing is counted or remembered, but it is decided again', () => {
    const state = end(planned('start db n1 -> start web n1'), 'start db n1: cancelled');
    expect(actionStates(state)).toEqual(['start db n1 failed', 'start web n1 dropped']);
    expect(failCounts(state)).toEqual({});
    expect(operations(state, 'db')).toEqual(['db_last_0 monitor done 7']);
    expect(wants(state)).toBe(true);
    expect(state.story.at(-1)).toMatchObject({ severity: 'warning' });
  });

  it('because a newer plan took over worries nobody', () => {
    const before = planned('start db n1');
    const told = results(before, 'start db n1: cancelled', { output: OVERTAKEN });
    const state = apply(before, told);
    expect(state.story.at(-1)).toMatchObject({
      severity: 'info',
      text: 'start of db on n1: not done: a newer plan took over before it was begun',
    });
  });
});

describe('results that say nothing any more', () => {
  it('come from an earlier life of the daemon', () => {
    const before = planned('start db n1');
    const late = { ...results(before, 'start db n1'), incarnation: incarnation('n1 0') } as Command;
    const state = apply(before, late);
    expect(state.nodes).toEqual(before.nodes);
    expect(state.transition).toEqual(before.transition);
  });

  it('are told by another node', () => {
    const before = planned('start db n1');
    const told = applied(before, results(before, 'start db n1'), n2);
    expect(told.answer).toEqual({ refused: 'n2 cannot speak for n1' });
    expect(told.state.nodes).toEqual(before.nodes);
  });

  it('were told before: a failure counts once however often it is reported', () => {
    const running = carryOut(probedNodes(), 'start db n1', 'monitor/10000 db n1');
    const failure = monitorSays(running, 'monitor/10000 db n1: 7');
    const once = apply(running, failure);
    const twice = apply(once, failure);
    expect(failCounts(twice)).toEqual({ 'fail-count-db#monitor_10000': '1' });
    expect(twice.decision.wanted).toBe(once.decision.wanted);
    expect(twice.storyCount).toBe(once.storyCount);
  });

  it('are older than what is known: a monitor that was overtaken by a stop', () => {
    const running = carryOut(probedNodes(), 'start db n1', 'monitor/10000 db n1');
    const late = monitorSays(running, 'monitor/10000 db n1: 7');
    const stopped = carryOut(running, 'stop db n1');
    expect(apply(stopped, late).nodes).toEqual(stopped.nodes);
  });
});

describe('a recurring monitor', () => {
  const running = carryOut(probedNodes(), 'start db n1', 'monitor/10000 db n1');

  it('that changes asks for a decision, for the worse and for the better', () => {
    const failed = apply(running, monitorSays(running, 'monitor/10000 db n1: 1'));
    expect(failed.decision.wanted).toBe(running.decision.wanted + 1);
    const well = apply(failed, monitorSays(failed, 'monitor/10000 db n1: 0'));
    expect(well.decision.wanted).toBe(failed.decision.wanted + 1);
    expect(failCounts(well)).toEqual({ 'fail-count-db#monitor_10000': '1' });
    expect(well.storyCount).toBe(failed.storyCount);
  });

  it('is expected to answer as its first run was planned', () => {
    const watched = (answer: string): ClusterState => {
      const state = probedNodes();
      const command = planCommand(state, 'monitor/20000 db n1');
      const [watch] = command.plan.actions;
      const operation = { ...watch?.operation, expectedExitCode: 7 } as never;
      const actions = watch === undefined ? [] : [{ ...watch, operation }];
      const began = apply(state, { ...command, plan: { ...command.plan, actions } });
      const first = end(began, 'monitor/20000 db n1: 7');
      return apply(first, monitorSays(first, `monitor/20000 db n1: ${answer}`));
    };
    expect(failCounts(watched('7'))).toEqual({});
    expect(failCounts(watched('0'))).toEqual({ 'fail-count-db#monitor_20000': '1' });
  });

  it.each(['stop', 'start', 'migrate_to'])('is gone from the history after a %s', (kind) => {
    const state = carryOut(running, `${kind} db n1`);
    expect(operations(state, 'db').some((text) => text.includes('10000'))).toBe(false);
  });

  it('is gone from the history when it was cancelled, and nothing else is', () => {
    const state = carryOut(running, 'cancel/10000 db n1');
    expect(operations(state, 'db')).toEqual(['db_last_0 start done 0']);
    expect(isActive(nodeOf(state, 'n1').history['db'])).toBe(true);
    expect(state.storyCount).toBe(running.storyCount);
  });
});

describe('a reload', () => {
  it('keeps what was known and takes the new digests', () => {
    const running = carryOut(probedNodes(), 'start db n1');
    const command = planCommand(running, 'reload db n1');
    const actions = command.plan.actions.map((action) => ({
      ...action,
      operation: { ...action.operation, digest: 'd2', restartDigest: 'r2' } as never,
    }));
    const state = end(
      apply(running, { ...command, plan: { ...command.plan, actions } }),
      'reload db n1',
    );
    expect(nodeOf(state, 'n1').history['db']?.operations).toMatchObject([
      { id: 'db_last_0', operation: 'start', status: 'done', digest: 'd2', restartDigest: 'r2' },
    ]);
  });
});

describe('the history of a resource', () => {
  it('has the class of its agent, whoever reports it', () => {
    const state = carryOut(probedNodes({ resources: [primitive('web')] }), 'start web n1');
    expect(nodeOf(state, 'n1').history['web']?.agent).toEqual({
      class: 'ocf',
      provider: 'heartbeat',
      type: 'Dummy',
    });
  });

  it('knows nothing of a resource that nobody planned', () => {
    const state = apply(probedNodes(), monitorSays(probedNodes(), 'monitor/10000 ghost n1: 7'));
    expect(nodeOf(state, 'n1').history['ghost']).toBeUndefined();
  });

  it('ends with the life of its daemon', () => {
    const running = carryOut(probedNodes(), 'start db n1');
    expect(nodeOf(openView(running, { stay: 'n1/2 n2 n3' }), 'n1').history).toEqual({});
  });
});

describe('the time of an operation', () => {
  it('tells what came first, also while the clock is behind what was told before', () => {
    let state = planned('stop db n1', 'start web n1');
    for (const text of ['stop db n1', 'start web n1']) {
      const behind = { ...contextOf(state), time: wallMs(0) };
      ({ state } = clusterMachine.apply(state, results(state, text), behind));
    }
    const { history } = nodeOf(state, 'n1');
    const timeOf = (id: string): number => history[id]?.operations.at(-1)?.lastChangeAt ?? 0;
    expect(timeOf('web')).toBeGreaterThan(timeOf('db'));
    expect(timeOf('db')).toBeGreaterThan(0);
  });
});
