import { describe, expect, it } from 'vitest';
import type { ClusterState } from '../cluster/state.ts';
import {
  apply,
  configure,
  n2,
  n3,
  openView,
  plan,
  planCommand,
  probedNodes,
  threeNodes,
} from '../cluster/testing/cluster.ts';
import { emptyCluster } from '../cluster/machine.ts';
import type { PlannedAction } from '../model/plan.ts';
import { takeAnswers } from './answers.ts';
import { decideIfWanted, sendPlan, takeDecision, takeDecisionFailure } from './decide.ts';
import type { NodeState } from './state.ts';
import { again, clocks, kinds, nodeOf, submitted } from './testing/hand.ts';

const wanted = (): ClusterState => apply(probedNodes(), { kind: 'cleanup', by: 'anna' });
const answered = (): ClusterState => apply(wanted(), planCommand(wanted()));
const decide = (node: NodeState): readonly string[] => kinds(decideIfWanted(node, clocks()));

describe('the leader', () => {
  it('asks for a decision when one is wanted, and once', () => {
    const node = nodeOf(wanted());
    const asked = decideIfWanted(node, clocks());
    expect(asked.effects).toMatchObject([{ kind: 'decide', number: 1 }]);
    expect(decide(asked.node)).toEqual([]);
  });

  it('asks with a time that does not go back, unless that time has leapt', () => {
    const state = wanted();
    const nowOf = (wall: number): unknown =>
      decideIfWanted(nodeOf(state), clocks(0, wall)).effects.find(({ kind }) => kind === 'decide');
    expect(nowOf(state.time - 59_000)).toMatchObject({ now: state.time });
    expect(nowOf(state.time + 1000)).toMatchObject({ now: state.time + 1000 });
    expect(nowOf(state.time - 600_000)).toMatchObject({ now: state.time - 600_000 });
  });

  it('does not ask when nothing is wanted, nothing configured, or decisions are frozen', () => {
    expect(decide(nodeOf(answered()))).toEqual([]);
    expect(decide(nodeOf(openView(emptyCluster, { stay: 'n1 n2 n3' })))).toEqual([]);
    const frozen = apply(wanted(), { ...planCommand(wanted()), failed: 'x' });
    expect(decide(nodeOf(apply(frozen, { kind: 'cleanup', by: 'anna' })))).toEqual([]);
  });

  it('is the DC; when that is silent or lost, the next one; nobody in a closed view', () => {
    const state = wanted();
    expect(decide(nodeOf(state, { dc: n2 }))).toEqual([]);
    expect(decide(nodeOf(state, { dc: n2, silent: [n2] }))).toEqual(['decide']);
    const { incarnation } = state.nodes[n2] ?? { incarnation: '' as never };
    const lost = apply(state, { kind: 'declare-lost', node: n2, incarnation, reason: 'silent' });
    expect(decide(nodeOf(lost, { dc: n2 }))).toEqual(['decide']);
    expect(decide(nodeOf(state, { phase: { kind: 'gathering', waitsFor: [] } }))).toEqual([]);
    expect(decide(nodeOf(state, { phase: { kind: 'frozen', reason: '', waitsFor: [] } }))).toEqual(
      [],
    );
  });

  it('is each node that is alone, for itself', () => {
    const node = nodeOf(wanted(), { phase: { kind: 'alone', reason: 'Corosync died' }, dc: n2 });
    const [effect] = decideIfWanted(node, clocks()).effects;
    if (effect?.kind !== 'decide') throw new Error('it must decide');
    expect(effect.picture.status).toMatchObject({ quorate: false, dc: 'n1' });
  });

  it('waits after a cold start for nodes that were not seen, and never again', () => {
    const cold = apply(threeNodes(), { kind: 'nodes-configured', nodes: ['n4' as never] });
    expect(decide(nodeOf(cold))).toEqual([]);
    const two = apply(openView(emptyCluster, { stay: 'n1 n2' }), configure());
    expect(decide(nodeOf(two))).toEqual([]);
    const later = { ...cold, decision: { ...cold.decision, answered: 1 } };
    expect(decide(nodeOf(later))).toEqual(['decide']);
  });

  it('abandons a decision that another view or configuration has overtaken, and asks anew', () => {
    const asked = decideIfWanted(nodeOf(wanted()), clocks()).node;
    const other = openView(wanted(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const overtaken = decideIfWanted({ ...asked, cluster: other }, clocks());
    expect(overtaken.effects).toMatchObject([
      { kind: 'abandon-decision', number: 1 },
      { kind: 'decide', number: 2 },
    ]);
    const configured = decideIfWanted(
      { ...asked, cluster: apply(wanted(), configure()) },
      clocks(),
    );
    expect(kinds(configured)).toEqual(['abandon-decision', 'decide']);
  });
});

describe('a decision', () => {
  const asked = decideIfWanted(nodeOf(wanted()), clocks()).node;
  const good = plan('start web n1 -> start db n2');
  const given = (decided = good): NodeState => {
    const taken = takeDecision(asked, 1, decided).node;
    return sendPlan(taken, clocks()).node;
  };

  it('goes into the order once, with what it was made from', () => {
    const state = wanted();
    const node = given();
    expect(submitted(node)).toMatchObject([
      {
        kind: 'plan',
        view: state.view,
        wanted: state.decision.wanted,
        changeCount: state.changeCount,
        configurationVersion: 1,
        because: state.decision.because,
      },
    ]);
    expect(submitted(sendPlan(again({ node, effects: [] }, asked), clocks()).node)).toHaveLength(1);
  });

  it('that nobody asked for, or that was abandoned, is none', () => {
    expect(takeDecision(asked, 7, good).node).toBe(asked);
    expect(takeDecision(nodeOf(wanted()), 1, good).node.deciding).toBeUndefined();
  });

  it('is not sent when it was overtaken meanwhile', () => {
    const taken = takeDecision(asked, 1, good).node;
    const later = { ...taken, cluster: apply(wanted(), configure()) };
    const node = sendPlan(later, clocks()).node;
    expect(submitted(node)).toEqual([]);
    expect(node.deciding).toBeUndefined();
  });

  it('that was not taken is given again with the next input, not at once', () => {
    const node = again({ node: given(), effects: [] }, asked);
    const refused = { kind: 'refused', reason: 'too many' } as const;
    const told = takeAnswers(node, [{ kind: 'answer', tag: 'plan 1', result: refused }]).node;
    expect(submitted(told)).toHaveLength(1);
    expect(decide(told)).toEqual([]);
    expect(submitted(sendPlan(told, clocks()).node)).toHaveLength(2);
  });

  it('makes room for the next one when it is in the order', () => {
    const node = again({ node: given(), effects: [] }, asked);
    const applied = { kind: 'applied', answer: undefined, index: 9 } as const;
    const told = takeAnswers(node, [{ kind: 'answer', tag: 'plan 1', result: applied }]).node;
    expect(decide(told)).toEqual(['decide']);
  });

  it('of a scheduler that failed goes into the order as such', () => {
    const taken = takeDecisionFailure(asked, 1, 'no case for x');
    expect(taken.effects).toMatchObject([{ kind: 'log', severity: 'error' }]);
    expect(submitted(sendPlan(taken.node, clocks()).node)).toMatchObject([
      { kind: 'plan', failed: 'no case for x', plan: { actions: [] } },
    ]);
  });

  it.each([
    [
      'malformed',
      { priority: 0.5 },
      'the plan is malformed: actions[0].priority must be an integer, is 0.5',
    ],
    [
      'an operation without its parameters',
      { operation: undefined },
      'the plan says too little on start web n1',
    ],
    ['an operation of nobody', { node: undefined }, 'the plan says too little on start web n1'],
  ])('that no node could carry out is a failure of the scheduler: %s', (_what, more, reason) => {
    const [first, ...others] = good.actions;
    const entries = Object.entries({ ...first, ...more }).filter(
      ([, value]) => value !== undefined,
    );
    const broken = Object.fromEntries(entries) as unknown as PlannedAction;
    const node = given({ ...good, actions: [broken, ...others] });
    expect(submitted(node)).toMatchObject([{ kind: 'plan', failed: reason }]);
  });
});

describe('who leads', () => {
  it('is decided from the view alone: a node that is away does not lead', () => {
    const held = openView(wanted(), { stay: 'n1 n2', left: { n3: 'process-down' } });
    expect(decide(nodeOf(held, { dc: n3 }))).toEqual(['decide']);
  });
});
