import { describe, expect, it } from 'vitest';
import type { PlannedOperation } from '../model/plan.ts';
import { pictureOf } from './picture.ts';
import { clusterMachine } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  configure,
  fenceRequest,
  fenced,
  n1,
  nodeOf,
  openView,
  planCommand,
  primitive,
  probedNodes,
  results,
} from './testing/cluster.ts';

/** A plan of one action with these parameters is ordered, and the action ends: `start web n1: 1`. */
function done(
  state: ClusterState,
  text: string,
  ip: string,
  more: Partial<PlannedOperation> = {},
): ClusterState {
  const begun = under(state, text.split(': ')[0] ?? '', ip, more);
  return apply(begun, results(begun, text));
}

function under(
  state: ClusterState,
  text: string,
  ip: string,
  more: Partial<PlannedOperation> = {},
): ClusterState {
  const command = planCommand(state, text);
  const actions = command.plan.actions.map((each) =>
    each.operation === undefined
      ? each
      : { ...each, operation: { ...each.operation, parameters: { ip }, ...more } },
  );
  return apply(state, { ...command, plan: { ...command.plan, actions } });
}

const knows = (state: ClusterState, name = 'n1'): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(nodeOf(state, name).startedWith ?? {}).map(([id, { parameters }]) => [
      id,
      parameters,
    ]),
  );

const started = (): ClusterState => done(probedNodes(), 'start web n1', 'old');

describe('what a resource was started with', () => {
  it('is known from its start on, and until it is stopped', () => {
    expect(knows(started())).toEqual({ web: { ip: 'old' } });
    expect(knows(done(started(), 'stop web n1', 'old'))).toEqual({});
    expect(knows(done(started(), 'stop web n1: 7', 'old'))).toEqual({});
    expect(nodeOf(done(started(), 'stop web n1', 'old'), 'n1')).not.toHaveProperty('startedWith');
  });

  it('is known of a start that failed or did not end, and after a stop that failed', () => {
    expect(knows(done(probedNodes(), 'start web n1: 1', 'a'))).toEqual({ web: { ip: 'a' } });
    expect(knows(done(probedNodes(), 'start web n1: timed-out', 'a'))).toEqual({
      web: { ip: 'a' },
    });
    expect(knows(done(started(), 'stop web n1: 1', 'old'))).toEqual({ web: { ip: 'old' } });
  });

  it('is not changed by a start that was not begun', () => {
    expect(knows(done(probedNodes(), 'start web n1: cancelled', 'a'))).toEqual({});
  });

  it('is without what the start alone had', () => {
    const own = { ownParameters: { ip: 'own' } };
    expect(knows(done(probedNodes(), 'start web n1', 'a', own))).toEqual({ web: { ip: 'own' } });
  });

  it('is what a reload has taken over', () => {
    expect(knows(done(started(), 'reload web n1', 'new'))).toEqual({ web: { ip: 'new' } });
    expect(knows(done(started(), 'reload web n1: 1', 'new'))).toEqual({ web: { ip: 'old' } });
  });

  it('is what a probe has found it with, if nobody knows of a start', () => {
    expect(knows(done(probedNodes(), 'probe web n1: 0', 'a'))).toEqual({ web: { ip: 'a' } });
    expect(knows(done(started(), 'probe web n1: 0', 'new'))).toEqual({ web: { ip: 'old' } });
    expect(knows(done(started(), 'probe web n1', 'old'))).toEqual({});
  });
});

describe('a node', () => {
  const left = { left: { n1: 'process-down' } } as const;

  it('whose daemon comes back still has what was started', () => {
    const away = openView(started(), { stay: 'n2 n3', ...left });
    const back = openView(away, { stay: 'n2 n3', join: 'n1/2' });
    expect(nodeOf(back, 'n1').history).toEqual({});
    expect(knows(back)).toEqual({ web: { ip: 'old' } });
  });

  it('whose daemon died amid a start may have it', () => {
    const away = openView(under(probedNodes(), 'start web n1', 'a'), { stay: 'n2 n3', ...left });
    expect(knows(away)).toEqual({ web: { ip: 'a' } });
  });

  it('that was off has nothing of it', () => {
    const away = openView(started(), { stay: 'n2 n3', left: { n1: 'node-down' } });
    expect(knows(openView(away, { stay: 'n2 n3', join: 'n1/2b' }))).toEqual({});
  });

  it('that was fenced has nothing of it', () => {
    const lost = openView(started(), { stay: 'n2 n3', left: { n1: 'node-down' } });
    const shot = apply(lost, fenceRequest(lost, 'n1', 'n2'));
    expect(knows(shot)).toEqual({ web: { ip: 'old' } });
    expect(knows(apply(shot, fenced(shot, true)))).toEqual({});
  });

  it('whose knowledge comes from a disk trusts it not: the last stop may not be on it', () => {
    const read = clusterMachine.decode(clusterMachine.encode(started())) ?? probedNodes();
    expect(knows(read)).toEqual({ web: { ip: 'old' } });
    expect(knows(clusterMachine.restart(read))).toEqual({});
  });
});

describe('a probe with what it was started with, which is not configured any more', () => {
  const outdated = { outdated: true };

  it('that finds nothing leaves open what runs as configured: it is probed again, at once', () => {
    const state = done(started(), 'probe web n1', 'old', outdated);
    expect(nodeOf(state, 'n1').history['web']).toBeUndefined();
    expect(knows(state)).toEqual({});
    expect(state.decision.wanted).toBeGreaterThan(state.decision.answered);
  });

  it('that finds it says so', () => {
    const state = done(started(), 'probe web n1: 0', 'old', outdated);
    expect(nodeOf(state, 'n1').history['web']?.operations).toHaveLength(1);
    expect(knows(state)).toEqual({ web: { ip: 'old' } });
  });
});

describe('the picture', () => {
  const names = (state: ClusterState): readonly string[] =>
    (pictureOf(state, n1, false).status.nodes[0]?.history ?? []).map(({ resource }) => resource);

  it('says of what is neither configured nor probed that it may be running', () => {
    const away = openView(started(), { stay: 'n2 n3', left: { n1: 'process-down' } });
    const back = openView(away, { stay: 'n2 n3', join: 'n1/2' });
    expect(names(back)).toEqual([]);
    expect(names(apply(back, configure({ resources: [primitive('db')] })))).toEqual(['web']);
    expect(names(apply(back, configure({ resources: [primitive('web')] })))).toEqual([]);
  });
});
