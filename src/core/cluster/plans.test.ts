import { describe, expect, it } from 'vitest';
import { nodeName } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';
import { actionKey } from '../transition/keys.ts';
import type { Command } from './commands.ts';
import type { ClusterState } from './state.ts';
import {
  actionStates,
  apply,
  carryOut,
  configure,
  monitorSays,
  n2,
  nodeOf,
  openView,
  planCommand,
  probe,
  probedNodes,
  results,
  threeNodes,
} from './testing/cluster.ts';

const wants = (state: ClusterState): boolean => state.decision.wanted > state.decision.answered;
const leftOver = (state: ClusterState): readonly string[] =>
  (state.transition?.leftOver ?? []).map((entry) => entry.action.name);

describe('a plan', () => {
  it('is carried out in its order, and answers what was wanted', () => {
    const before = probedNodes();
    const state = apply(before, planCommand(before, 'start db n1 -> start web n1'));
    expect(actionStates(state)).toEqual(['start db n1 ready', 'start web n1 waiting']);
    expect(wants(state)).toBe(false);
    const next = apply(state, results(state, 'start db n1'));
    expect(actionStates(next)).toEqual(['start db n1 done', 'start web n1 ready']);
    expect(wants(next)).toBe(false);
  });

  it('of another view is not carried out', () => {
    const before = probedNodes();
    const command = planCommand(before, 'start db n1');
    const state = openView(before, { stay: 'n1 n2 n3' });
    const next = apply(state, command);
    expect(next.transition).toEqual(state.transition);
    expect(next.decision).toEqual(state.decision);
  });

  it('of an earlier view of the same ring and epoch is not carried out either', () => {
    const before = probedNodes();
    const command = planCommand(before, 'start db n1');
    const again = openView({ ...before, epoch: before.epoch - 1 }, { stay: 'n1 n2 n3' });
    expect(again.epoch).toBe(before.epoch);
    expect(apply(again, command).transition).toEqual(again.transition);
  });

  it('made for an earlier configuration is not carried out', () => {
    const before = probedNodes();
    const state = apply(before, configure());
    const next = apply(state, planCommand(before, 'start db n1'));
    expect(next.transition).toEqual(state.transition);
    expect(wants(next)).toBe(true);
  });

  it('answers only what was wanted when it was made', () => {
    const before = probedNodes();
    const command = planCommand(before, 'start db n1');
    const state = apply(before, { kind: 'cleanup', by: 'anna' }, command);
    expect(wants(state)).toBe(true);
  });

  it('does not tell again what the plan before wanted already', () => {
    const before = probedNodes();
    const busy = apply(before, planCommand(before, 'start db n1 -> start web n1'));
    const again = apply(busy, planCommand(busy, 'start db n1 -> start web n1', 'start ip n2'));
    expect(again.story.at(-1)).toMatchObject({ actions: ['start ip n2: it is wanted so'] });
  });

  it('is told with its reasons, but not when it only looks', () => {
    const before = probedNodes();
    const told = apply(before, planCommand(before, 'start db n1', 'monitor/10000 web n1'));
    expect(told.story.at(-1)).toMatchObject({
      kind: 'decision',
      actions: ['start db n1: it is wanted so'],
    });
    const silent = apply(before, planCommand(before, 'monitor/10000 web n1'));
    expect(silent.storyCount).toBe(before.storyCount);
  });
});

describe('what became known while a plan was made', () => {
  const before = probedNodes();

  it('drops what the plan wants of that resource, and what is ordered after it', () => {
    const command = planCommand(before, 'start db n1 -> start web n1', 'start ip n2');
    const state = apply(before, monitorSays(before, 'monitor/10000 db n2'), command);
    expect(actionStates(state)).toEqual([
      'start db n1 dropped',
      'start web n1 dropped',
      'start ip n2 ready',
    ]);
    expect(wants(state)).toBe(true);
  });

  it('drops it although nothing is before it: it must not be begun even for a moment', () => {
    const command = planCommand(before, 'start db n1');
    const state = apply(before, monitorSays(before, 'monitor/10000 db n2'), command);
    expect(actionStates(state)).toEqual(['start db n1 dropped']);
  });

  it('counts for all instances of a clone', () => {
    const known = carryOut(before, 'probe db:1 n2');
    const command = planCommand(known, 'start db:0 n1');
    const state = apply(known, monitorSays(known, 'monitor/10000 db:1 n2'), command);
    expect(actionStates(state)).toEqual(['start db:0 n1 dropped']);
  });

  it('does not drop what is running and is wanted as before', () => {
    const busy = apply(before, planCommand(before, 'start db n1'));
    const command = planCommand(busy, 'start db n1');
    const state = apply(busy, monitorSays(busy, 'monitor/10000 db n2: 1'), command);
    expect(actionStates(state)).toEqual(['start db n1 ready']);
  });

  it('makes the whole plan stale when it is more than is remembered', () => {
    const command = planCommand(before, 'start ip n2');
    const results700 = Array.from({ length: 700 }, () => monitorSays(before, 'monitor/10 db n2'));
    const state = apply(before, ...results700);
    expect(state.recentChanges.length).toBeLessThan(700);
    const next = apply(state, command);
    expect(next.transition).toEqual(state.transition);
    expect(wants(next)).toBe(true);
    expect(actionStates(apply(next, planCommand(next, 'start ip n2')))).toEqual([
      'start ip n2 ready',
    ]);
  });
});

describe('a plan that takes over', () => {
  const before = probedNodes();
  const busy = apply(before, planCommand(before, 'start db n1 -> start web n1'));

  it('goes on with what runs and is wanted by it as well', () => {
    const state = apply(busy, planCommand(busy, 'stop ip n2 -> start db n1 -> start web n1'));
    expect(actionStates(state)).toEqual([
      'stop ip n2 ready',
      'start db n1 ready',
      'start web n1 waiting',
    ]);
    expect(leftOver(state)).toEqual([]);
    const ended = apply(state, results(state, 'start db n1'));
    expect(actionStates(ended).at(-1)).toBe('start web n1 ready');
    expect(wants(ended)).toBe(false);
  });

  it('waits for what runs and is not wanted any more, on that resource alone', () => {
    const state = apply(busy, planCommand(busy, 'stop db n1', 'start ip n2'));
    expect(actionStates(state)).toEqual(['stop db n1 waiting', 'start ip n2 ready']);
    expect(leftOver(state)).toEqual(['start db n1']);
    const ended = apply(state, results(state, 'start db n1: 1'));
    expect(actionStates(ended)).toEqual(['stop db n1 ready', 'start ip n2 ready']);
    expect(leftOver(ended)).toEqual([]);
    expect(wants(ended)).toBe(true);
  });

  it('does not take an operation with other parameters for its own', () => {
    const command = planCommand(busy, 'start db n1 -> start web n1', 'start ip n2');
    const changed = (digest: string, parameters: Readonly<Record<string, string>>): ClusterState =>
      apply(busy, withStart(command, digest, parameters));
    for (const state of [changed('d2', {}), changed('d1', { size: '2' })]) {
      expect(actionStates(state)).toEqual([
        'start db n1 dropped',
        'start web n1 dropped',
        'start ip n2 ready',
      ]);
      expect(leftOver(state)).toEqual(['start db n1']);
      const ended = apply(state, results(state, 'start db n1'));
      expect(wants(ended)).toBe(true);
      const last = nodeOf(ended, 'n1').history['db']?.operations.at(-1);
      expect(last).toMatchObject({ operation: 'start', digest: 'd1' });
    }
  });

  it('does not go on with what it wants only after a stop of the same resource', () => {
    const state = apply(busy, planCommand(busy, 'stop db n1 -> pseudo stopped -> start db n1'));
    expect(leftOver(state)).toEqual(['start db n1']);
    expect(actionStates(state).map((text) => text.split(' ').at(-1))).toEqual([
      'waiting',
      'waiting',
      'waiting',
    ]);
    const started = apply(state, results(state, 'start db n1'));
    expect(actionStates(started)[0]).toBe('stop db n1 ready');
  });

  it('lets only stops follow what it did not know the end of: the rest is decided anew', () => {
    const lines = ['stop db n1 -> start db n2', 'monitor/10000 db n1', 'start ip n3'];
    const state = apply(busy, planCommand(busy, ...lines));
    expect(actionStates(state).map((text) => text.split(' ').at(-1))).toEqual([
      'waiting',
      'waiting',
      'waiting',
      'ready',
    ]);
    const started = apply(state, results(state, 'start db n1'));
    expect(actionStates(started)).toEqual([
      'stop db n1 ready',
      'start db n2 dropped',
      'monitor/10000 db n1 dropped',
      'start ip n3 ready',
    ]);
    expect(wants(started)).toBe(true);
  });

  it('goes on with what it wants after the stop of another resource, or after a notification', () => {
    for (const first of ['stop ip n1', 'stop db n2', 'notify db n1']) {
      const state = apply(busy, planCommand(busy, `${first} -> start db n1`));
      expect(actionStates(state)).toContain('start db n1 ready');
    }
  });

  it('does not take a migration to one node for a migration to another', () => {
    const to = (node: string): Command => {
      const command = planCommand(before, 'migrate_to vm n1');
      const actions = command.plan.actions.map((action) => ({
        ...action,
        migrateTarget: nodeName(node),
      }));
      return { ...command, plan: { ...command.plan, actions } };
    };
    const moving = apply(before, to('n2'));
    expect(leftOver(apply(moving, to('n2')))).toEqual([]);
    expect(leftOver(apply(moving, to('n3')))).toEqual(['migrate_to vm n1']);
  });

  it('never lets anything run twice, whoever takes over from whom', () => {
    const first = apply(busy, planCommand(busy, 'stop db n1'));
    const second = apply(first, planCommand(first, 'start db n1', 'stop web n2'));
    expect(actionStates(second)).toEqual(['start db n1 ready', 'stop web n2 ready']);
    expect(leftOver(second)).toEqual([]);
  });

  function withStart(
    command: Extract<Command, { kind: 'plan' }>,
    digest: string,
    parameters: Readonly<Record<string, string>>,
  ): Command {
    const actions = command.plan.actions.map((action): PlannedAction => {
      const { operation } = action;
      if (actionKey(action) !== 'start db n1 0' || operation === undefined) return action;
      return { ...action, operation: { ...operation, digest, parameters } };
    });
    return { ...command, plan: { ...command.plan, actions } };
  }
});

describe('actions that change the state alone', () => {
  it('are done at once by everybody, in their order', () => {
    const ran = carryOut(probedNodes(), 'start web n1', 'monitor/10000 web n1');
    const failed = apply(ran, monitorSays(ran, 'monitor/10000 web n1: 7'));
    expect(nodeOf(failed, 'n1').attributes['fail-count-web#monitor_10000']).toBe('1');
    const lines = 'clear-failcount web n1 -> delete-history web n1 -> start db n2';
    const state = apply(failed, planCommand(failed, lines));
    expect(nodeOf(state, 'n1').attributes).toEqual({});
    expect(nodeOf(state, 'n1').history['web']).toBeUndefined();
    expect(actionStates(state)).toEqual([
      'clear-failcount web n1 done',
      'delete-history web n1 done',
      'start db n2 ready',
    ]);
  });

  it('are fencings of nodes that are down already, but not of others', () => {
    const lost = openView(probedNodes(), {
      stay: 'n1',
      left: { n2: 'node-down', n3: 'node-down' },
    });
    const command = planCommand(lost, 'fence n2 -> start web n1', 'fence n3 -> start db n1');
    const confirmed = apply(lost, { kind: 'fence-confirm', node: n2, by: 'anna' }, command);
    const rest = ['fence n3 ready', 'start db n1 waiting'];
    expect(actionStates(confirmed)).toEqual(['fence n2 done', 'start web n1 ready', ...rest]);
    const meanwhile = apply(lost, command, { kind: 'fence-confirm', node: n2, by: 'anna' });
    expect(actionStates(meanwhile)).toEqual(['fence n2 done', 'start web n1 ready', ...rest]);
  });

  it('wait for what is before them', () => {
    const state = probedNodes();
    const planned = apply(state, planCommand(state, 'stop web n1 -> delete-history web n1'));
    expect(nodeOf(planned, 'n1').history['web']).toBeDefined();
    const stopped = apply(planned, results(planned, 'stop web n1'));
    expect(nodeOf(stopped, 'n1').history['web']).toBeUndefined();
  });
});

describe('a scheduler that failed', () => {
  const failure = (state: ClusterState): Command => ({
    ...planCommand(state),
    failed: 'no case for x',
  });

  it('freezes the cluster, loudly', () => {
    const before = probedNodes();
    const state = apply(before, failure(before));
    expect(state.decision.frozen).toBe('no case for x');
    expect(state.story.at(-1)).toMatchObject({ kind: 'alarm', severity: 'error' });
    expect(state.transition).toEqual(before.transition);
  });

  it('is asked again after another configuration, or when the membership is another', () => {
    const frozen = apply(probedNodes(), failure(probedNodes()));
    expect(apply(frozen, configure()).decision.frozen).toBeUndefined();
    const fewer = openView(frozen, { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(fewer.decision.frozen).toBeUndefined();
    expect(wants(fewer)).toBe(true);
  });
});

describe('probes', () => {
  it('that find nothing ask for no decision, that find something ask for one', () => {
    const quiet = probe(threeNodes(), ['web'], ['n1', 'n2']);
    expect(wants(quiet)).toBe(false);
    const planned = apply(quiet, planCommand(quiet, 'probe web n3 -> start web n1'));
    const found = apply(planned, results(planned, 'probe web n3: 0'));
    expect(wants(found)).toBe(true);
    expect(actionStates(found)).toEqual(['probe web n3 failed', 'start web n1 dropped']);
    expect(nodeOf(found, 'n3').attributes).toEqual({});
  });
});
