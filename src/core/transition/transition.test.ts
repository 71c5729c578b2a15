import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeName, resourceId } from '../model/ids.ts';
import type { ActionKind, Plan, PlannedAction } from '../model/plan.ts';
import { acceptPlan, keepRunning } from './accept.ts';
import {
  completeAction,
  dropActions,
  endLeftOver,
  isFinished,
  readyActions,
  runningOperations,
} from './advance.ts';
import { actionKey } from './keys.ts';
import type { Transition } from './types.ts';

const OPERATION = {
  name: 'start',
  timeoutMs: 20_000,
  startDelayMs: 0,
  expectedExitCode: 0,
  parameters: {},
  meta: {},
  onFail: 'restart',
  digest: '',
};

function action(id: number, kind: ActionKind, resource: string, node: string): PlannedAction {
  return {
    id,
    kind,
    pseudo: kind === 'pseudo',
    name: `${resource}_${kind}_0 ${node}`,
    resource: resourceId(resource),
    instance: resourceId(resource),
    node: nodeName(node),
    intervalMs: 0,
    operation: { ...OPERATION, name: kind },
    reason: 'test',
    priority: 0,
  };
}

function plan(actions: readonly PlannedAction[], order: Plan['order']): Plan {
  return { actions, order, placements: [], unplaced: [], findings: [] };
}

const WHAT = { id: 't', because: 'test' };
const readyNames = (transition: Transition | undefined): readonly string[] =>
  readyActions(transition).map((ready) => ready.name);

describe('a transition', () => {
  it('makes an action ready when everything before it is done, through pseudo actions', () => {
    const first = plan(
      [action(0, 'stop', 'a', 'n1'), action(1, 'pseudo', 'p', 'n1'), action(2, 'start', 'a', 'n2')],
      [
        [0, 1],
        [1, 2],
      ],
    );
    const begun = acceptPlan(undefined, first, WHAT);
    expect(readyNames(begun)).toEqual(['a_stop_0 n1']);
    expect(readyNames(completeAction(begun, 0, true))).toEqual(['a_start_0 n2']);
  });

  it('drops what is ordered after a failure, and nothing else', () => {
    const both = plan(
      [action(0, 'stop', 'a', 'n1'), action(1, 'start', 'a', 'n2'), action(2, 'start', 'b', 'n2')],
      [[0, 1]],
    );
    const failed = completeAction(acceptPlan(undefined, both, WHAT), 0, false);
    expect(failed.states).toEqual(['failed', 'dropped', 'ready']);
    expect(isFinished(completeAction(failed, 2, true))).toBe(true);
  });

  it('continues a running action that the new plan wants as well', () => {
    const old = acceptPlan(undefined, plan([action(0, 'start', 'slow', 'n1')], []), WHAT);
    const next = plan(
      [action(0, 'stop', 'other', 'n1'), action(1, 'start', 'slow', 'n1')],
      [[0, 1]],
    );
    const taken = acceptPlan(old, next, WHAT);
    expect(taken.states).toEqual(['ready', 'ready']);
    expect(taken.leftOver).toEqual([]);
  });

  it.each([
    ['another resource', action(0, 'start', 'b', 'n1'), true],
    ['its resource on another node', action(0, 'start', 'a', 'n2'), true],
    ['its probe', action(0, 'monitor', 'a', 'n1'), true],
    ['its stop', action(0, 'stop', 'a', 'n1'), false],
    ['its end', action(0, 'cancel', 'a', 'n1'), false],
  ] as const)('counts on a monitor that is begun: with %s → %s', (_what, next, wanted) => {
    const watch = { ...action(0, 'monitor', 'a', 'n1'), intervalMs: 10_000 };
    const watching = acceptPlan(undefined, plan([watch], []), WHAT);
    const [left] = acceptPlan(watching, plan([next], []), WHAT).leftOver;
    expect(left?.wanted ?? false).toBe(wanted);
  });

  it('lets only its own resource wait for an operation that is left over', () => {
    const old = acceptPlan(undefined, plan([action(0, 'start', 'slow', 'n1')], []), WHAT);
    const next = plan([action(0, 'stop', 'slow', 'n1'), action(1, 'start', 'quick', 'n1')], []);
    const taken = acceptPlan(old, next, WHAT);
    expect(readyNames(taken)).toEqual(['quick_start_0 n1']);
    expect(runningOperations(taken).map((entry) => actionKey(entry.action))).toContain(
      'start slow n1 0',
    );
  });

  describe('a start that runs, and is wanted after a stop of the same', () => {
    const old = acceptPlan(undefined, plan([action(0, 'start', 'a', 'n1')], []), WHAT);
    const restart = [action(0, 'stop', 'a', 'n1'), action(1, 'start', 'a', 'n1')];
    const taken = acceptPlan(old, plan(restart, [[0, 1]]), WHAT);

    it('is not the one that is wanted: both wait for its end', () => {
      expect(taken.states).toEqual(['waiting', 'waiting']);
      expect(taken.leftOver.map((entry) => entry.action.name)).toEqual(['a_start_0 n1']);
    });

    it('is followed by the stop alone: what comes after that is decided anew', () => {
      const ended = endLeftOver(taken, actionKey(restart[1]!));
      expect(ended.leftOver).toEqual([]);
      expect(ended.states).toEqual(['ready', 'dropped']);
    });
  });

  it('begins no start of what an operation has just left over', () => {
    const stopping = acceptPlan(undefined, plan([action(0, 'stop', 'a', 'n1')], []), WHAT);
    const next = [action(0, 'start', 'a', 'n2'), action(1, 'start', 'b', 'n2')];
    const ended = endLeftOver(acceptPlan(stopping, plan(next, []), WHAT), 'stop a n1 0');
    expect(ended.states).toEqual(['dropped', 'ready']);
  });

  it('keeps what runs on remaining nodes when the view changes, to be waited for', () => {
    const old = acceptPlan(
      undefined,
      plan([action(0, 'start', 'a', 'n1'), action(1, 'start', 'b', 'n2')], []),
      WHAT,
    );
    const kept = keepRunning(old, new Set([nodeName('n1')]));
    expect(kept?.leftOver.map((entry) => entry.action.name)).toEqual(['a_start_0 n1']);
    expect(keepRunning(old, new Set())).toBeUndefined();
  });
});

/** Random acyclic plans: order pairs always go from a lower id to a higher one. */
const plans = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('n1', 'n2'), fc.boolean()), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((entries) => {
    const kinds: readonly ActionKind[] = ['start', 'stop', 'promote', 'demote'];
    const actions = entries.map(([resource, node, pseudo], id) =>
      action(id, pseudo ? 'pseudo' : (kinds[id % 4] as ActionKind), `${resource}${id}`, node),
    );
    const pair = fc
      .tuple(fc.nat(actions.length - 1), fc.nat(actions.length - 1))
      .filter(([left, right]) => left < right);
    return fc
      .array(actions.length < 2 ? fc.constant([0, 0] as [number, number]) : pair, { maxLength: 20 })
      .map((order) =>
        plan(
          actions,
          order.filter(([left, right]) => left !== right),
        ),
      );
  });

describe('any acyclic plan', () => {
  it('comes to an end, and no action is ever ready before all before it are done', () => {
    fc.assert(
      fc.property(plans, fc.array(fc.boolean()), (random, outcomes) => {
        let transition = acceptPlan(undefined, random, WHAT);
        for (let turn = 0; turn <= random.actions.length; turn += 1) {
          for (const ready of readyActions(transition)) {
            const before = transition.before[ready.id] ?? [];
            expect(before.every((id) => transition.states[id] === 'done')).toBe(true);
          }
          const next = readyActions(transition)[0];
          if (next === undefined) break;
          transition = completeAction(transition, next.id, outcomes[turn] ?? true);
        }
        expect(isFinished(transition)).toBe(true);
      }),
    );
  });

  it('leaves nothing running twice when it is taken over midway by itself', () => {
    fc.assert(
      fc.property(plans, fc.nat(5), (random, steps) => {
        let transition = acceptPlan(undefined, random, WHAT);
        for (let done = 0; done < steps; done += 1) {
          const next = readyActions(transition)[0];
          if (next !== undefined) transition = completeAction(transition, next.id, true);
        }
        const running = runningOperations(transition).map((entry) => actionKey(entry.action));
        const after = runningOperations(acceptPlan(transition, random, WHAT));
        const keys = after.map((entry) => actionKey(entry.action));
        expect(new Set(keys).size).toBe(keys.length);
        for (const key of running) expect(keys).toContain(key);
      }),
    );
  });

  it('drops an action together with all that waits for it', () => {
    fc.assert(
      fc.property(plans, fc.nat(11), (random, pick) => {
        const begun = acceptPlan(undefined, random, WHAT);
        const id = pick % random.actions.length;
        const dropped = dropActions(begun, [id]);
        if (begun.states[id] !== 'waiting') return;
        expect(dropped.states[id]).toBe('dropped');
        for (const after of dropped.after[id] ?? []) expect(dropped.states[after]).toBe('dropped');
      }),
    );
  });
});
