import { describe, expect, it } from 'vitest';
import { nodeName } from '../model/ids.ts';
import { emptyCluster } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  applied,
  carryOut,
  conditions,
  knowledge,
  lastWords,
  member,
  n2,
  n3,
  nodeOf,
  openView,
  planCommand,
  probedNodes,
  threeNodes,
} from './testing/cluster.ts';

const wanted = (state: ClusterState): number => state.decision.wanted;
const counted = (state: ClusterState): ClusterState =>
  apply(state, { kind: 'attribute', node: n3, name: 'fail-count-web#start_0', value: '2' });

describe('the first view', () => {
  it('makes its members online, with nothing known of them', () => {
    const state = openView(emptyCluster, { stay: 'n1 n2' });
    expect(conditions(state)).toBe('n1 online, n2 online');
    expect(nodeOf(state, 'n1')).toMatchObject({
      incarnation: 'n1 1',
      boot: 'n1-boot-1',
      because: 'it joined',
    });
    expect(knowledge(state, 'n1')).toEqual({ history: {}, attributes: {} });
    expect(state).toMatchObject({ quorate: true, acting: true, epoch: 1, view: '1.1.1.1' });
  });

  it('says who is there, who leads and whether there is quorum', () => {
    const state = openView(emptyCluster, { stay: 'n1 n2', quorate: false });
    expect(state.story.map((event) => event.text).slice(0, 2)).toEqual([
      'members now: n1, n2; n1 leads (epoch 1)',
      'there is no quorum: nothing will be started',
    ]);
  });
});

describe('a member that goes', () => {
  it.each([
    ['with its machine', 'node-down', 'lost'],
    ['with its daemon alone', 'process-down', 'held'],
    ['because its daemon was stopped', 'leave', 'held'],
  ] as const)('%s is %s → %s', (_what, reason, condition) => {
    const before = probedNodes();
    const state = openView(before, { stay: 'n1 n2', left: { n3: reason } });
    expect(nodeOf(state, 'n3').condition).toBe(condition);
    expect(nodeOf(state, 'n3').history).toEqual(nodeOf(before, 'n3').history);
    expect(wanted(state)).toBeGreaterThan(wanted(before));
  });

  it('as it was asked to, without anybody who could confirm it, is held and told so', () => {
    const asked = apply(probedNodes(), { kind: 'shutdown-request', node: n3, by: 'anna' });
    const state = openView(asked, { stay: 'n1', left: { n3: 'leave' }, quorate: false });
    expect(nodeOf(state, 'n3')).toMatchObject({ condition: 'held' });
    expect(nodeOf(state, 'n3').because).toMatch(/^it has left as it was asked to; without quorum/);
    const died = openView(asked, { stay: 'n1', left: { n3: 'process-down' }, quorate: false });
    expect(nodeOf(died, 'n3').because).toBe('its daemon died; what runs there goes on');
  });

  it('without any word of why is lost', () => {
    expect(conditions(openView(probedNodes(), { stay: 'n1 n2' }))).toContain('n3 lost');
  });

  it('leaves open what was being done there: it may be running or not', () => {
    const probed = probedNodes();
    const starting = apply(probed, planCommand(probed, 'start web n3', 'monitor/10000 db n3'));
    const state = openView(starting, { stay: 'n1 n2', left: { n3: 'node-down' } });
    const last = nodeOf(state, 'n3').history['web']?.operations.at(-1);
    expect(last).toMatchObject({ operation: 'start', status: 'pending', callId: -1 });
    expect(nodeOf(state, 'n3').history['db']?.operations.at(-1)?.status).toBe('done');
    expect(state.transition).toBeUndefined();
  });

  it('takes its operations along, while those of the others are waited for', () => {
    const probed = probedNodes();
    const busy = apply(probed, planCommand(probed, 'start web n3', 'start db n1 -> start web n1'));
    const state = openView(busy, { stay: 'n1 n2', left: { n3: 'process-down' } });
    expect(state.transition?.leftOver.map((entry) => entry.action.name)).toEqual(['start db n1']);
    expect(state.transition?.actions).toEqual([]);
  });
});

describe('a state that others may have left behind', () => {
  const off = apply(probedNodes(), {
    kind: 'node-leaves',
    node: n3,
    incarnation: 'n3 1' as never,
  });

  it('does not say any more of an absent node that it is off, and knows nothing of its life', () => {
    const state = openView(off, { join: 'n1/2 n2/2', mayHaveMissed: true });
    expect(conditions(state)).toBe('n1 online, n2 online, n3 unseen');
    expect(nodeOf(state, 'n3')).toMatchObject({
      incarnation: 'unknown',
      boot: '',
      history: {},
    });
    expect(nodeOf(state, 'n3').because).toContain('it may have run since');
  });

  it('says of one that is there what is seen, and otherwise what it knows', () => {
    const all = openView(off, { join: 'n1/2 n2/2 n3/2', mayHaveMissed: true });
    expect(conditions(all)).toBe('n1 online, n2 online, n3 online');
    expect(conditions(openView(off, { join: 'n1/2 n2/2' }))).toContain('n3 down');
    const lost = openView(probedNodes(), { stay: 'n1 n2' });
    const again = openView(lost, { join: 'n1/2 n2/2', mayHaveMissed: true });
    expect(conditions(again)).toContain('n3 lost');
  });
});

describe('a node that was told to leave', () => {
  const left = (state: ClusterState, life = 'n3 1'): ClusterState =>
    applied(state, { kind: 'node-leaves', node: n3, incarnation: life as never }, n3).state;

  it('is down, and stays down when it goes', () => {
    const state = left(counted(probedNodes()));
    expect(conditions(state)).toBe('n1 online, n2 online, n3 down');
    expect(knowledge(state, 'n3')).toEqual({ history: {}, attributes: {} });
    const gone = openView(state, { stay: 'n1 n2', left: { n3: 'leave' } });
    expect(conditions(gone)).toBe('n1 online, n2 online, n3 down');
  });

  it('stays down when another view opens before it is gone: that life is over', () => {
    const state = openView(left(probedNodes()), { stay: 'n1 n3', left: { n2: 'node-down' } });
    expect(conditions(state)).toBe('n1 online, n2 lost, n3 down');
    const gone = openView(state, { stay: 'n1', left: { n3: 'process-down' } });
    expect(conditions(gone)).toBe('n1 online, n2 lost, n3 down');
  });

  it('cannot be said good-bye to by another, nor for another life', () => {
    const state = probedNodes();
    const command = { kind: 'node-leaves', node: n3, incarnation: 'n3 1' as never } as const;
    const other = applied(state, command, n2);
    expect(other.answer).toEqual({ refused: 'n2 cannot speak for n3' });
    expect(conditions(other.state)).toContain('n3 online');
    expect(conditions(left(state, 'n3 0'))).toContain('n3 online');
  });
});

describe('a node that comes', () => {
  const lost = openView(counted(probedNodes()), { stay: 'n1 n2', left: { n3: 'node-down' } });
  const held = openView(counted(probedNodes()), { stay: 'n1 n2', left: { n3: 'process-down' } });

  it('with another daemon on the same boot keeps its fail counts, and is probed anew', () => {
    const state = openView(held, { stay: 'n1 n2', join: 'n3/2' });
    expect(nodeOf(state, 'n3')).toMatchObject({
      condition: 'online',
      incarnation: 'n3 2',
      because: 'its daemon came back',
    });
    const attributes = { 'fail-count-web#start_0': '2' };
    expect(knowledge(state, 'n3')).toEqual({ history: {}, attributes });
  });

  it('after a boot has no fail counts any more', () => {
    const state = openView(lost, { stay: 'n1 n2', join: 'n3/2b' });
    expect(nodeOf(state, 'n3')).toMatchObject({
      condition: 'online',
      because: 'it joined',
    });
    expect(knowledge(state, 'n3')).toEqual({ history: {}, attributes: {} });
  });

  it('as a member with the state, but as another life, is as new as one that joins', () => {
    const state = openView(counted(probedNodes()), { stay: 'n1 n2 n3/2' });
    expect(nodeOf(state, 'n3').incarnation).toBe('n3 2');
    expect(knowledge(state, 'n3').history).toEqual({});
  });

  it('as the same life, and was held, is online with all that was known', () => {
    const state = openView(held, { stay: 'n1 n2 n3' });
    expect(nodeOf(state, 'n3').condition).toBe('online');
    expect(nodeOf(state, 'n3').history).toEqual(nodeOf(held, 'n3').history);
  });

  it('as the same life, and was declared lost, stays lost: it is aimed at already', () => {
    expect(conditions(openView(lost, { stay: 'n1 n2 n3' }))).toContain('n3 lost');
    expect(conditions(openView(lost, { stay: 'n1 n2', join: 'n3' }))).toContain('n3 lost');
  });

  it('does not leave, whatever it was asked for in its earlier life', () => {
    const asked = apply(probedNodes(), { kind: 'shutdown-request', node: n3, by: 'anna' });
    expect(nodeOf(asked, 'n3').shutdownRequested).toBe(true);
    expect(nodeOf(openView(asked, { stay: 'n1 n2 n3/2' }), 'n3').shutdownRequested).toBe(false);
  });
});

describe('a configured node', () => {
  const added = apply(threeNodes(), { kind: 'nodes-configured', nodes: [nodeName('n4'), n2] });

  it('that was never there is unseen, and known nodes stay as they are', () => {
    expect(conditions(added)).toBe('n1 online, n2 online, n3 online, n4 unseen');
    expect(nodeOf(added, 'n2')).toEqual(nodeOf(threeNodes(), 'n2'));
  });

  it('that a running cluster gets to know is down: nothing of the cluster ever ran there', () => {
    const state = apply(probedNodes(), { kind: 'nodes-configured', nodes: [nodeName('n4')] });
    expect(conditions(state)).toContain('n4 down');
    const joined = openView(state, { stay: 'n1 n2 n3', join: 'n4' });
    expect(conditions(joined)).toContain('n4 online');
  });

  it('stays unseen while views come and go, until it is declared lost', () => {
    const later = openView(added, { stay: 'n1 n2 n3' });
    expect(conditions(later)).toContain('n4 unseen');
    const reason = 'it was not seen within the grace after the start of the cluster';
    const lost = apply(later, {
      kind: 'declare-lost',
      node: nodeName('n4'),
      incarnation: member('').incarnation.slice(0, 0) as never,
      reason,
    });
    expect(conditions(lost)).toContain('n4 lost');
    expect(lastWords(lost)).toEqual([`n4 is lost (unclean): ${reason}`]);
  });
});

describe('quorum', () => {
  it('is told when it is lost and when it comes back, and not in between', () => {
    const words = (state: ClusterState): number =>
      state.story.filter((event) => event.kind === 'quorum').length;
    const had = carryOut(probedNodes(), 'start web n1');
    const without = openView(had, { stay: 'n1', quorate: false });
    expect(words(without)).toBe(words(had) + 1);
    expect(without).toMatchObject({ quorate: false, acting: false });
    expect(words(openView(without, { stay: 'n1', quorate: false }))).toBe(words(without));
    expect(words(openView(without, { stay: 'n1', join: 'n2/2' }))).toBe(words(without) + 1);
  });
});
