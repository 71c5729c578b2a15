import { describe, expect, it } from 'vitest';
import { incarnation } from '../model/ids.ts';
import type { ClusterState } from './state.ts';
import {
  actionStates,
  applied,
  apply,
  conditions,
  fenced,
  fenceRequest,
  knowledge,
  lastWords,
  n1,
  n2,
  nodeOf,
  openView,
  planCommand,
  probedNodes,
  threeNodes,
} from './testing/cluster.ts';

/** n3 is gone without a word, and a plan fences it before web is started on n1. */
function lost(): ClusterState {
  const state = openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'node-down' } });
  return apply(state, planCommand(state, 'fence n3 -> start web n1'));
}

const begun = (): ClusterState => apply(lost(), fenceRequest(lost(), 'n3'));

describe('a fencing request', () => {
  it('is kept, told, and dated with replicated time', () => {
    const state = begun();
    expect(state.fencing.active).toMatchObject([
      { target: 'n3', executor: 'n1', begunAt: state.time },
    ]);
    expect(lastWords(state)).toEqual(['fencing n3 (reboot) by ipmi from n1: it is lost']);
  });

  it('is one for each target', () => {
    const state = begun();
    expect(apply(state, fenceRequest(state, 'n3', 'n2')).fencing.active).toHaveLength(1);
    expect(apply(state, fenceRequest(state, 'n2')).fencing.active).toHaveLength(2);
  });

  it('for an earlier life of the target is none: it may be well again', () => {
    const late = fenceRequest(lost(), 'n3');
    const back = openView(lost(), { stay: 'n1 n2', join: 'n3/2b' });
    expect(apply(back, late).fencing.active).toEqual([]);
  });

  it('under the name of one that has ended is none: an old report could end it', () => {
    const request = fenceRequest(lost(), 'n3');
    const failed = apply(lost(), request, fenced(apply(lost(), request), false));
    expect(apply(failed, request).fencing.active).toEqual([]);
  });
});

describe('a confirmation', () => {
  it('lets recovery go on: the node is down, nothing is known to run there', () => {
    const state = apply(begun(), fenced(begun(), true));
    expect(conditions(state)).toBe('n1 online, n2 online, n3 down');
    expect(knowledge(state, 'n3')).toEqual({ history: {}, attributes: {} });
    expect(actionStates(state)).toEqual(['fence n3 done', 'start web n1 ready']);
    expect(state.fencing.active).toEqual([]);
    expect(state.fencing.ended).toMatchObject([{ target: 'n3', ok: true, durationMs: 900 }]);
  });

  it('holds nothing but the fields of a record, so that a snapshot of it can be read', () => {
    const [record] = apply(begun(), fenced(begun(), true)).fencing.ended;
    const known = 'id,target,incarnation,method,device,executor,reason,begunAt,attempt';
    expect(Object.keys(record ?? {}).join(',')).toBe(`${known},ok,text,durationMs,endedAt,boot`);
  });

  it('of a life that is over says nothing of the next one', () => {
    const back = openView(begun(), { stay: 'n1 n2', join: 'n3/2b' });
    expect(back.fencing.active).toHaveLength(1);
    const state = apply(back, fenced(back, true));
    expect(conditions(state)).toBe('n1 online, n2 online, n3 online');
    expect(state.decision.wanted).toBeGreaterThan(back.decision.wanted);
  });

  it('is taken from the node that was to shoot, and from no other', () => {
    const other = applied(begun(), fenced(begun(), true), n2);
    expect(other.answer).toEqual({ refused: 'n2 does not fence n3, n1 does' });
    expect(conditions(other.state)).toBe('n1 online, n2 online, n3 lost');
  });

  it('of switching on makes nobody down', () => {
    const request = fenceRequest(lost(), 'n2');
    const on = { ...request, request: { ...request.request, method: 'on' as const } };
    const state = apply(lost(), on, fenced(apply(lost(), on), true));
    expect(conditions(state)).toBe('n1 online, n2 online, n3 lost');
  });

  it('without an action that waits for it asks for a decision', () => {
    const without = apply(begun(), planCommand(begun(), 'start db n1'));
    const state = apply(without, fenced(without, true));
    expect(state.decision.wanted).toBeGreaterThan(without.decision.wanted);
  });
});

describe('a failure', () => {
  const failedTimes = (times: number): ClusterState => {
    let state = lost();
    for (let turn = 0; turn < times; turn += 1) {
      state = apply(state, fenceRequest(state, 'n3'));
      state = apply(state, fenced(state, false));
    }
    return state;
  };

  it('recovers nothing: what waited for it is dropped, and a decision is wanted', () => {
    const before = begun();
    const state = apply(before, fenced(before, false));
    expect(actionStates(state)).toEqual(['fence n3 failed', 'start web n1 dropped']);
    expect(conditions(state)).toBe('n1 online, n2 online, n3 lost');
    expect(state.decision.wanted).toBe(before.decision.wanted + 1);
  });

  it('lets the next attempt wait twice as long, up to a minute', () => {
    const waits = [1, 2, 3, 4, 7, 8, 20].map((times) => {
      const state = failedTimes(times);
      return (nodeRetry(state) - state.time) / 1000;
    });
    expect(waits).toEqual([1, 2, 4, 8, 60, 60, 60]);
  });

  it('says nothing of the next life of the node, whenever it ends', () => {
    const failed = failedTimes(3);
    const back = openView(failed, { stay: 'n1 n2', join: 'n3/2' });
    expect(back.fencing).toMatchObject({ failures: {}, retryAt: {} });
    const shot = apply(failed, fenceRequest(failed, 'n3'));
    const late = apply(openView(shot, { stay: 'n1 n2', join: 'n3/2' }), fenced(shot, false));
    expect(late.fencing).toMatchObject({ active: [], failures: {}, retryAt: {} });
  });

  it('is forgotten with the first success', () => {
    const state = failedTimes(3);
    const shot = apply(state, fenceRequest(state, 'n3'));
    const done = apply(shot, fenced(shot, true));
    expect(done.fencing.failures).toEqual({});
    expect(done.fencing.retryAt).toEqual({});
  });

  it('is kept in a list that ends', () => {
    expect(failedTimes(130).fencing.ended).toHaveLength(100);
  });

  const nodeRetry = (state: ClusterState): number => Object.values(state.fencing.retryAt)[0] ?? 0;
});

describe('when the node that shoots leaves', () => {
  it('the request has failed, and is made again by another', () => {
    const shot = apply(lost(), fenceRequest(lost(), 'n3', 'n2'));
    const state = openView(shot, { stay: 'n1', left: { n2: 'node-down' } });
    expect(state.fencing.active).toEqual([]);
    expect(state.fencing.ended).toMatchObject([
      { ok: false, text: 'n2, which carried it out, has left' },
    ]);
    expect(apply(state, fenceRequest(state, 'n3')).fencing.active).toHaveLength(1);
  });

  it('so it has when its daemon is another one now', () => {
    const shot = apply(lost(), fenceRequest(lost(), 'n3', 'n2'));
    expect(openView(shot, { stay: 'n1 n2/2' }).fencing.active).toEqual([]);
  });

  it('while it goes on when only others come and go', () => {
    const shot = apply(lost(), fenceRequest(lost(), 'n3', 'n2'));
    expect(openView(shot, { stay: 'n1 n2', join: 'n3/2b' }).fencing.active).toHaveLength(1);
  });
});

describe('a confirmation by hand', () => {
  const byHand = { kind: 'fence-confirm', node: n1, by: 'anna' } as const;
  const of = (state: ClusterState, node: string): ReturnType<typeof applied> =>
    applied(state, { ...byHand, node: nodeOf(state, node).name });

  it('is taken for a lost node, and said loudly', () => {
    const { state, answer } = of(lost(), 'n3');
    expect(answer).toBeUndefined();
    expect(conditions(state)).toBe('n1 online, n2 online, n3 down');
    expect(state.fencing.ended.at(-1)).toMatchObject({ target: 'n3', ok: true, by: 'anna' });
    expect(state.story.some((event) => event.kind === 'alarm')).toBe(true);
    expect(state.decision.wanted).toBeGreaterThan(lost().decision.wanted);
  });

  it('is taken for a held node, and for one that was never seen', () => {
    const held = openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'process-down' } });
    expect(conditions(of(held, 'n3').state)).toContain('n3 down');
    const unseen = apply(threeNodes(), { kind: 'nodes-configured', nodes: ['n4' as never] });
    expect(conditions(unseen)).toContain('n4 unseen');
    expect(conditions(of(unseen, 'n4').state)).toContain('n4 down');
  });

  it('is refused for a node that is online, down or unknown', () => {
    expect(of(lost(), 'n1').answer).toEqual({
      refused: 'n1 is online: stop its daemon first, or let the cluster fence it',
    });
    expect(conditions(of(lost(), 'n1').state)).toContain('n1 online');
    expect(of(of(lost(), 'n3').state, 'n3').answer).toEqual({ refused: 'n3 is known to be down' });
    expect(applied(lost(), { ...byHand, node: 'n9' as never }).answer).toEqual({
      refused: 'there is no node n9',
    });
  });

  it('is refused where the node has begun another life since it was looked at', () => {
    const seen = nodeOf(lost(), 'n3');
    const named = { ...byHand, node: seen.name, incarnation: seen.incarnation } as const;
    expect(conditions(applied(lost(), named).state)).toContain('n3 down');
    const back = openView(lost(), { stay: 'n1 n2', join: 'n3/2' });
    const again = openView(back, { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(conditions(again)).toContain('n3 lost');
    const { state, answer } = applied(again, named);
    expect(answer).toEqual({
      refused: expect.stringMatching(/^n3 has come back and was lost again.* fence confirm n3$/),
    });
    expect(conditions(state)).toContain('n3 lost');
    const later = { ...named, incarnation: nodeOf(again, 'n3').incarnation };
    expect(conditions(applied(again, later).state)).toContain('n3 down');
    expect(conditions(of(again, 'n3').state)).toContain('n3 down');
  });

  it('lets the next fencing of that node begin without a wait', () => {
    const failed = apply(begun(), fenced(begun(), false));
    expect(of(failed, 'n3').state.fencing.failures).toEqual({});
    expect(of(failed, 'n3').state.fencing.retryAt).toEqual({});
  });
});

describe('lost', () => {
  it('is declared for the life that was seen, and not for the next one', () => {
    const state = probedNodes();
    const declare = (life: string): ClusterState =>
      apply(state, {
        kind: 'declare-lost',
        node: n2,
        incarnation: incarnation(life),
        reason: 'its daemon is silent',
      });
    expect(conditions(declare('n2 1'))).toBe('n1 online, n2 lost, n3 online');
    expect(conditions(declare('n2 0'))).toBe('n1 online, n2 online, n3 online');
  });
});
