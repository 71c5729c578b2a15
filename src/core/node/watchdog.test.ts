import { describe, expect, it } from 'vitest';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { NodeName } from '../model/ids.ts';
import { monotonicMs, nodeNumber } from '../model/ids.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import type { ClusterState } from '../cluster/state.ts';
import {
  action,
  apply,
  n1,
  n2,
  n3,
  openView,
  planCommand,
  probedNodes,
} from '../cluster/testing/cluster.ts';
import { fencePlan } from '../fencing/choose.ts';
import { carryOutFencing } from './fences.ts';
import type { Health, NodeState, Step } from './state.ts';
import { clocks, nodeOf, submitted } from './testing/hand.ts';
import { noteHeard, noteSent, prove, tellWatchdog, unknownHealth } from './watchdog.ts';

const armed = { timeoutMs: 10_000, proofAgeMs: 5000 };
const WAIT_MS = 30_000;
const relied = {
  options: [{ id: 'options', score: INFINITY_SCORE, values: { 'fencing-watchdog-timeout': '-1' } }],
};

const withHealth = (node: NodeState, more: Partial<Health> = {}): NodeState => ({
  ...node,
  health: { ...unknownHealth, watchdog: armed, ...more },
});
const message = (sender: NodeName, text: string) =>
  ({
    kind: 'engine-message',
    sender: { node: sender, number: nodeNumber(1), process: 1 },
    text,
  }) as const;
const sent = (node: NodeState, text: string, nowMs: number): NodeState =>
  noteSent({ node, effects: [{ kind: 'send', text }] }, clocks(nowMs)).node;

describe('a proof of health', () => {
  const start = withHealth(nodeOf(probedNodes()));

  it('is made from a message of its own that came back, and is as old as its sending', () => {
    const heard = noteHeard(sent(start, 'beat 1', 700), message(n1, 'beat 1'));
    const { node, effects } = prove(heard);
    expect(effects).toEqual([{ kind: 'prove-health', atMs: 700 }]);
    expect(prove(node).effects).toEqual([]);
  });

  it.each([
    ['the message of another', message(n2, 'beat 1')],
    ['another message', message(n1, 'beat 0')],
  ])('is not made from %s', (_what, event) => {
    expect(prove(noteHeard(sent(start, 'beat 1', 700), event)).effects).toEqual([]);
  });

  it('gives a message up that does not come back', () => {
    const later = sent(sent(sent(start, 'beat 1', 700), 'beat 2', 800), 'beat 3', 1700);
    expect(later.health.sample).toEqual({ text: 'beat 3', sentAtMs: 1700 });
  });

  const heard = { heardAtMs: monotonicMs(700) };
  it.each([
    ['gathers', { phase: { kind: 'gathering' } }],
    ['may not act', { phase: { kind: 'open', acting: false } }],
    ['is alone', { phase: { kind: 'alone', reason: 'Corosync died' } }],
  ] as const)('is not given while the node %s', (_what, view) => {
    const node = withHealth(nodeOf(probedNodes(), view as never), heard);
    expect(prove(node).effects).toEqual([]);
  });

  it('is not given by a node that is to be fenced: its watchdog may be all that can do it', () => {
    const state = armedState(n1);
    const request = fencePlan(state, { ...action('fence n1') }, n2, 1);
    if (request === undefined) throw new Error('the watchdog is a way');
    const aimedAt = apply(state, { kind: 'fence-begin', request });
    expect(prove(withHealth(nodeOf(state), heard)).effects).toHaveLength(1);
    expect(prove(withHealth(nodeOf(aimedAt), heard)).effects).toEqual([]);
  });

  it('is not given by one that was declared lost, between two tries to fence it as well', () => {
    const state = armedState(n1);
    const { incarnation } = state.nodes[n1]!;
    const reason = 'its daemon is silent';
    const lost = apply(state, { kind: 'declare-lost', node: n1, incarnation, reason });
    expect(prove(withHealth(nodeOf(lost), heard)).effects).toEqual([]);
  });

  it('is asked for by nobody where no watchdog is fed', () => {
    const node = withHealth(nodeOf(probedNodes()), { ...heard, watchdog: 'none' });
    expect(prove(node).effects).toEqual([]);
    expect(sent(node, 'beat 1', 700).health.sample).toBeUndefined();
  });
});

function armedState(target: NodeName): ClusterState {
  const value = '10000 5000';
  return apply(probedNodes(relied), {
    kind: 'attribute',
    node: target,
    name: WATCHDOG_ATTRIBUTE,
    value,
  });
}

describe('being armed', () => {
  const said = (node: NodeState): unknown => submitted(tellWatchdog(node, clocks()).node)[0];

  it('is said in the record, and taken back when the feeder says that it is not', () => {
    const name = WATCHDOG_ATTRIBUTE;
    const untold = withHealth(nodeOf(probedNodes()));
    expect(said(untold)).toEqual({ kind: 'attribute', node: n1, name, value: '10000 5000' });
    const told = nodeOf(armedState(n1));
    expect(said(withHealth(told))).toBeUndefined();
    expect(said(withHealth(told, { watchdog: undefined }))).toMatchObject({ name, node: n1 });
  });

  it('is not taken back on a guess: nobody answers', () => {
    expect(said(withHealth(nodeOf(armedState(n1)), { watchdog: 'none' }))).toBeUndefined();
  });

  it('is not said by a node that has left', () => {
    const { incarnation } = nodeOf(probedNodes()).options;
    const left = apply(probedNodes(), { kind: 'node-leaves', node: n1, incarnation });
    expect(left.nodes[n1]?.condition).toBe('down');
    expect(said(withHealth(nodeOf(left)))).toBeUndefined();
  });
});

describe('waiting for the reset of a lost node', () => {
  function begun(): ClusterState {
    const lost = openView(armedState(n3), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const planned = apply(lost, planCommand(lost, 'fence n3 -> start web n1'));
    const request = fencePlan(planned, action('fence n3'), n1, 1);
    if (request === undefined) throw new Error('the watchdog is a way');
    return apply(planned, { kind: 'fence-begin', request });
  }
  const away = (node: NodeState): NodeState => ({ ...node, machines: [n1, n2] });
  const there = (node: NodeState): NodeState => ({ ...node, machines: [n1, n2, n3] });
  const look = (node: NodeState, nowMs: number): Step => carryOutFencing(node, clocks(nowMs));
  const result = (step: Step): unknown => submitted(step.node)[0];

  it('nobody shoots, and it is confirmed when the time is over, not before', () => {
    let step = look(away(nodeOf(begun())), 1000);
    expect(step.effects.map(({ kind }) => kind)).not.toContain('run-fence');
    step = look(step.node, 1000 + WAIT_MS - 1);
    expect(result(step)).toBeUndefined();
    step = look(step.node, 1000 + WAIT_MS);
    expect(result(step)).toMatchObject({ kind: 'fence-end', ok: true, durationMs: WAIT_MS });
  });

  it('the time runs anew from when its machine was last seen', () => {
    let step = look(away(nodeOf(begun())), 0);
    step = look(there(step.node), 20_000);
    step = look(away(step.node), WAIT_MS + 10_000);
    expect(result(step)).toBeUndefined();
    step = look(step.node, 20_000 + WAIT_MS);
    expect(result(step)).toMatchObject({ ok: true });
  });

  it('a machine that is there all the time has not reset itself', () => {
    let step = look(there(nodeOf(begun())), 0);
    step = look(there(step.node), WAIT_MS);
    expect(result(step)).toMatchObject({ ok: false, text: expect.stringContaining('member') });
  });

  it('who does not know which machines are there concludes nothing', () => {
    let step = look(nodeOf(begun()), 0);
    step = look(step.node, WAIT_MS);
    expect(result(step)).toMatchObject({ ok: false });
  });

  it('a node that came back meanwhile is another one', () => {
    let step = look(away(nodeOf(begun())), 0);
    const back = openView(begun(), { stay: 'n1 n2', join: 'n3/2b' });
    step = look({ ...away(step.node), cluster: back }, WAIT_MS);
    expect(result(step)).toMatchObject({ ok: false, text: 'n3 has come back meanwhile' });
  });
});
