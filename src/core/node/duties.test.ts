import { describe, expect, it } from 'vitest';
import type { Command } from '../cluster/commands.ts';
import { emptyCluster } from '../cluster/machine.ts';
import type { ClusterState } from '../cluster/state.ts';
import { want } from '../cluster/tell.ts';
import {
  apply,
  carryOut,
  clone,
  configure,
  n1,
  n2,
  n3,
  openView,
  planCommand,
  primitive,
  probe,
  probedNodes,
  results,
  threeNodes,
} from '../cluster/testing/cluster.ts';
import type { Resource } from '../model/configuration.ts';
import { nodeName, resourceId, wallMs } from '../model/ids.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { takeAnswers } from './answers.ts';
import { lead } from './lead.ts';
import { leaveWhenDue, requestShutdown } from './leave.ts';
import { askForWake, workLocally } from './local.ts';
import { step } from './node.ts';
import type { NodeState } from './state.ts';
import { again, clocks, kinds, nodeOf, submitted, viewOf } from './testing/hand.ts';

/** web is on its way from n3 to n1. */
function migrating(state: ClusterState): ClusterState {
  const command = planCommand(state, 'migrate_to web n3');
  const actions = command.plan.actions.map((each) => ({
    ...each,
    migrateSource: n3,
    migrateTarget: n1,
  }));
  return apply(state, { ...command, plan: { ...command.plan, actions } });
}

const leads = (node: NodeState, nowMs = 0, wall = 0): readonly Command[] =>
  submitted(lead(node, clocks(nowMs, wall)).node);

describe('the leader sees who is missing', () => {
  const held = openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'process-down' } });
  const lost = { kind: 'declare-lost', node: 'n3', incarnation: 'n3 1' };

  it('declares a silent member lost, and no other', () => {
    expect(leads(nodeOf(probedNodes(), { silent: [n3] }))).toMatchObject([
      { ...lost, reason: 'its daemon is silent' },
    ]);
    expect(leads(nodeOf(probedNodes()))).toEqual([]);
    expect(leads(nodeOf(held, { silent: [n3] }))).toEqual([]);
  });

  it('declares a held node lost when its grace is over', () => {
    const first = lead(nodeOf(held), clocks(5000)).node;
    expect(submitted(first)).toEqual([]);
    expect(leads(first, 14_999)).toEqual([]);
    expect(leads(first, 15_000)).toMatchObject([
      { ...lost, reason: 'its daemon did not come back in time' },
    ]);
  });

  it('begins the grace anew when the node was there in between', () => {
    const first = lead(nodeOf(held), clocks(5000)).node;
    const back = lead({ ...first, cluster: probedNodes() }, clocks(10_000)).node;
    const gone = lead({ ...back, cluster: held }, clocks(14_000)).node;
    expect(leads(gone, 15_000)).toEqual([]);
  });

  it('declares a held node lost at once when its machine is gone', () => {
    const node = { ...nodeOf(held), machines: [n1, n2] };
    expect(leads(node)).toMatchObject([{ ...lost, reason: 'its machine left the membership' }]);
    expect(leads({ ...node, machines: [n1, n2, n3] })).toEqual([]);
  });

  it('gives a node that was not seen since a cold start its own grace', () => {
    const cold = apply(threeNodes(), { kind: 'nodes-configured', nodes: [nodeName('n4')] });
    const first = lead(nodeOf(cold), clocks(0)).node;
    expect([leads(first, 19_999).length, leads(first, 20_000).length]).toEqual([0, 1]);
    const options = [{ id: 'o', score: 0, values: { 'dc-deadtime': '2min' } }];
    const patient = lead(nodeOf(apply(cold, configure({ options }))), clocks(0)).node;
    expect([leads(patient, 119_999).length, leads(patient, 120_000).length]).toEqual([0, 1]);
  });

  it('adds nodes that the engine names and the state does not know', () => {
    const two = openView(emptyCluster, { stay: 'n1 n2' });
    expect(leads(nodeOf(two))).toEqual([{ kind: 'nodes-configured', nodes: ['n3'] }]);
  });

  it('does none of this without the right to act, or when another one leads', () => {
    const silent = { silent: [n3] };
    const closed = { ...silent, phase: { kind: 'open', acting: false } } as const;
    expect(leads(nodeOf(probedNodes(), closed))).toEqual([]);
    expect(leads(nodeOf(probedNodes(), { ...silent, dc: n2 }))).toEqual([]);
  });
});

describe('the leader sees time pass', () => {
  const marked = apply(probedNodes(), {
    kind: 'set-mark',
    mark: {
      kind: 'node-standby',
      id: 's',
      node: n1,
      by: 'anna',
      setAt: wallMs(0),
      expiresAt: wallMs(2_000_000),
    },
  });

  it('when a mark ends', () => {
    expect(leads(nodeOf(marked), 0, 1_999_999)).toEqual([]);
    expect(leads(nodeOf(marked), 0, 2_000_000)).toEqual([
      { kind: 'time-passed', until: 2_000_000 },
    ]);
  });

  it('when the answer may change, unless another one is wanted already', () => {
    const command = planCommand(probedNodes());
    const timed = { ...command, plan: { ...command.plan, nextChangeAt: wallMs(2_000_000) } };
    const state = apply(probedNodes(), timed);
    expect(leads(nodeOf(state), 0, 2_000_000)).toHaveLength(1);
    const asked = apply(state, { kind: 'cleanup', by: 'anna' });
    expect(leads(nodeOf(asked), 0, 2_000_000)).toEqual([]);
  });

  it('asks once until it is answered', () => {
    const before = nodeOf(marked);
    const asked = lead(before, clocks(0, 2_000_000));
    expect(leads(again(asked, before), 0, 2_000_001)).toHaveLength(1);
    const refused = { kind: 'refused', reason: 'x' } as const;
    const told = takeAnswers(again(asked, before), [
      { kind: 'answer', tag: 'ask time', result: refused },
    ]).node;
    expect(leads(told, 0, 2_000_001)).toHaveLength(2);
  });
});

describe('a life of a daemon ends', () => {
  const leave = (node: NodeState): unknown =>
    leaveWhenDue(node, clocks()).effects.find((effect) => effect.kind === 'exit');
  const lose = (state: ClusterState): ClusterState =>
    apply(state, {
      kind: 'declare-lost',
      node: n1,
      incarnation: 'n1 1' as never,
      reason: 'silent',
    });

  it('when the cluster has given it up', () => {
    expect(leave(nodeOf(lose(probedNodes())))).toEqual({
      kind: 'exit',
      restart: true,
      reason: 'the cluster has declared this node lost: silent',
    });
    expect(leave(nodeOf(probedNodes()))).toBeUndefined();
  });

  it('when the cluster takes it for off, and it did not ask to leave', () => {
    const lost = openView(probedNodes(), { stay: 'n2 n3', left: { n1: 'node-down' } });
    const down = apply(lost, { kind: 'fence-confirm', node: n1, by: 'anna' });
    expect(leave(nodeOf(down))).toEqual({
      kind: 'exit',
      restart: true,
      reason: 'the cluster takes this node for off: confirmed off by anna',
    });
    const asked = requestShutdown(nodeOf(down), 'bert');
    expect(leave(asked)).toMatchObject({ restart: false, reason: 'left in good order' });
  });

  it('not because an earlier life was given up', () => {
    const state = openView(lose(probedNodes()), { stay: 'n1/2 n2 n3' });
    expect(leave(nodeOf(state))).toBeUndefined();
  });

  it('when its state was overtaken, if it had a part in it', () => {
    const view = { phase: { kind: 'gathering', waitsFor: [] }, joining: [n1] } as const;
    expect(leave({ ...nodeOf(probedNodes(), view), wasOpen: true })).toMatchObject({
      restart: true,
    });
    expect(leave(nodeOf(probedNodes(), view))).toBeUndefined();
  });

  it('when it is alone, has decided, and nothing runs here any more', () => {
    const alone = { phase: { kind: 'alone', reason: 'Corosync died' } } as const;
    const running = carryOut(probedNodes(), 'start web n1');
    const undecided = want(running, 'the membership changed');
    expect(leave(nodeOf(undecided, alone))).toBeUndefined();
    const stopping = apply(running, planCommand(running, 'stop web n1'));
    expect(leave(nodeOf(stopping, alone))).toBeUndefined();
    const stopped = apply(stopping, results(stopping, 'stop web n1'));
    expect(leave(nodeOf(stopped, alone))).toMatchObject({ restart: true });
    expect(leave(nodeOf(apply(stopped, { kind: 'cleanup', by: 'a' }), alone))).toBeUndefined();
    expect(leave(nodeOf(openView(emptyCluster, { stay: 'n1' }), alone))).toMatchObject({
      restart: true,
    });
  });
});

describe('leaving in good order', () => {
  const running = carryOut(probedNodes(), 'start web n1');
  const leaving = (state: ClusterState, view = {}): NodeState =>
    requestShutdown(nodeOf(state, view), 'anna');
  const turn = (node: NodeState): ReturnType<typeof leaveWhenDue> => leaveWhenDue(node, clocks());

  it('is asked for until the cluster knows', () => {
    const before = leaving(running);
    const asked = turn(before);
    expect(submitted(asked.node)).toEqual([{ kind: 'shutdown-request', node: 'n1', by: 'anna' }]);
    const refused = { kind: 'refused', reason: 'no view' } as const;
    const told = takeAnswers(again(asked, before), [
      { kind: 'answer', tag: 'ask shutdown', result: refused },
    ]).node;
    expect(submitted(turn(told).node)).toHaveLength(2);
    const known = apply(running, { kind: 'shutdown-request', node: n1, by: 'anna' });
    expect(submitted(turn(leaving(known)).node)).toEqual([]);
  });

  it('is told when the plan has come to it, and done when that is in the order', () => {
    const stopped = carryOut(running, 'stop web n1');
    const ready = apply(stopped, planCommand(stopped, 'shutdown n1'));
    const told = turn(nodeOf(ready));
    expect(submitted(told.node)).toEqual([
      { kind: 'node-leaves', node: 'n1', incarnation: 'n1 1' },
    ]);
    const waiting = apply(running, planCommand(running, 'stop web n1 -> shutdown n1'));
    expect(submitted(turn(nodeOf(waiting)).node)).toEqual([]);
    const left = apply(ready, { kind: 'node-leaves', node: n1, incarnation: 'n1 1' as never });
    const over = turn({ ...told.node, cluster: left, view: nodeOf(left).view });
    expect(over.effects).toMatchObject([{ kind: 'exit', restart: false }]);
  });

  it('waits as long as anything runs here, or may have come here, whatever the plan says', () => {
    const leaves = (state: ClusterState): number =>
      submitted(turn(nodeOf(apply(state, planCommand(state, 'shutdown n1')))).node).length;
    expect(leaves(probedNodes())).toBe(1);
    expect(leaves(running)).toBe(0);
    const moving = migrating(carryOut(probedNodes(), 'start web n3'));
    expect(leaves(moving)).toBe(0);
    const moved = apply(
      moving,
      results(moving, 'migrate_to web n3', { key: 'migrate_to web n3 0 n1' }),
    );
    expect(leaves(moved)).toBe(0);
    expect(leaves(carryOut(moved, 'stop web n1'))).toBe(1);
  });

  it('waits, when the whole cluster is stopped, for daemons that are away and for a plan that knows all', () => {
    const leaves = (state: ClusterState): number => submitted(turn(nodeOf(state)).node).length;
    const stopAll = { kind: 'cluster-stop', by: 'anna' } as const;
    const told = (state: ClusterState): ClusterState =>
      apply(state, planCommand(state, 'shutdown n1'));
    expect(leaves(told(apply(probedNodes(), stopAll)))).toBe(1);
    expect(leaves(want(told(apply(probedNodes(), stopAll)), 'a node is lost'))).toBe(0);
    const away = openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'process-down' } });
    expect(leaves(told(apply(away, stopAll)))).toBe(0);
    expect(leaves(told(apply(away, { kind: 'shutdown-request', node: n1, by: 'anna' })))).toBe(1);
  });

  it('needs nobody where nobody decides and nothing runs', () => {
    const view = { phase: { kind: 'open', acting: false } } as const;
    const gone = { kind: 'exit', restart: false, reason: 'nothing of the cluster runs here' };
    expect(turn(leaving(probedNodes(), view)).effects).toEqual([gone]);
    expect(turn(leaving(running, view)).effects).toEqual([]);
    expect(turn(leaving(openView(emptyCluster, { stay: 'n1' }))).effects).toEqual([gone]);
    const gathering = { phase: { kind: 'gathering', waitsFor: [] } } as const;
    expect(turn(leaving(probedNodes(), gathering)).effects).toEqual([]);
  });

  it('needs nobody either when a command has asked for it, and those who decide have left', () => {
    const asked = (state: ClusterState): ClusterState =>
      apply(state, { kind: 'shutdown-request', node: n1, by: 'anna' });
    const view = { phase: { kind: 'open', acting: false } } as const;
    const told = (state: ClusterState): ClusterState =>
      apply(asked(state), planCommand(state, 'shutdown n1'));
    const gone = [{ kind: 'exit', restart: false, reason: 'nothing of the cluster runs here' }];
    expect(turn(nodeOf(asked(probedNodes()), view)).effects).toEqual(gone);
    expect(turn(nodeOf(told(probedNodes()), view)).effects).toEqual(gone);
    expect(turn(nodeOf(told(running), view)).effects).toEqual([]);
    expect(turn(nodeOf(probedNodes(), view)).effects).toEqual([]);
    expect(turn(nodeOf(asked(probedNodes()))).effects).toEqual([]);
  });

  it('ends a lonely daemon for good', () => {
    const alone = { phase: { kind: 'alone', reason: 'Corosync died' } } as const;
    expect(turn(leaving(probedNodes(), alone)).effects).toMatchObject([{ restart: false }]);
  });

  it('ends a lonely daemon beside what is in maintenance, or does not stop, and nothing else', () => {
    const alone = { phase: { kind: 'alone', reason: 'Corosync died' } } as const;
    const decided = (state: ClusterState): ClusterState => ({
      ...state,
      decision: { ...state.decision, answered: state.decision.wanted },
    });
    const left = apply(running, planCommand(running, 'monitor/10000 db n2'));
    const idle = decided({ ...left, transition: undefined });
    const reason = 'Corosync died; what runs on here is in maintenance, or does not stop';
    expect(turn(nodeOf(idle, alone)).effects).toEqual([{ kind: 'exit', restart: true, reason }]);
    const busy = decided(apply(running, planCommand(running, 'stop web n1')));
    expect(turn(nodeOf(busy, alone)).effects).not.toContainEqual(
      expect.objectContaining({ kind: 'exit' }),
    );
    expect(turn(nodeOf(want(idle, 'the membership changed'), alone)).effects).not.toContainEqual(
      expect.objectContaining({ kind: 'exit' }),
    );
  });
});

describe('this node’s own work', () => {
  const ready = apply(probedNodes(), planCommand(probedNodes(), 'start web n1', 'start db n2'));
  const work = (state: ClusterState, view = {}): readonly string[] =>
    workLocally(nodeOf(state, view), clocks()).effects.map((effect) =>
      effect.kind === 'run-operation'
        ? `${effect.request.operation} ${effect.request.resource}`
        : effect.kind === 'log'
          ? effect.text
          : effect.kind,
    );

  it('is what the transition wants of it, and of no other', () => {
    expect(work(ready)).toEqual(['start web']);
  });

  it.each([
    [
      'the view may not act',
      {},
      { phase: { kind: 'open', acting: false } },
      'this node is not in an acting view',
    ],
    ['the engine says no quorum', {}, { quorate: false }, 'there is no quorum'],
    ['the state says no quorum', { quorate: false }, {}, 'there is no quorum'],
    [
      'its disk refuses in a view that may not act',
      { acting: false },
      { phase: { kind: 'disk-failed', reason: 'x' } },
      'this node is not in an acting view',
    ],
  ])('starts nothing when %s', (_what, state, view, reason) => {
    expect(work({ ...ready, ...state }, view)).toEqual([`start of web is refused: ${reason}`]);
  });

  it('starts nothing once the quorum service has said no, whatever view still is open', () => {
    const hears = (quorate: boolean): unknown => {
      const event = { kind: 'engine-quorum', ring: viewOf().ring!, quorate, nodes: [n1] } as const;
      const { isQuorumGone } = step(nodeOf(ready), { kind: 'engine', event }, clocks()).node;
      return workLocally({ ...nodeOf(ready), isQuorumGone }, clocks()).effects[0];
    };
    expect(hears(true)).toMatchObject({ kind: 'run-operation' });
    expect(hears(false)).toMatchObject({ text: 'start of web is refused: there is no quorum' });
  });

  it('needs no disk', () => {
    expect(work(ready, { phase: { kind: 'disk-failed', reason: 'x' } })).toEqual(['start web']);
  });

  it('starts nothing on a node that is not online, or where another copy may run', () => {
    const lost = apply(ready, {
      kind: 'declare-lost',
      node: n1,
      incarnation: 'n1 1' as never,
      reason: 'x',
    });
    expect(work(lost)).toEqual(['start of web is refused: this node is lost']);
    const running = carryOut(probedNodes(), 'start web n3');
    expect(work(apply(running, planCommand(running, 'start web n1')))).toEqual([
      'start of web is refused: another copy may be running on n3: ' +
        'it runs there (the node is online)',
    ]);
  });

  it('starts nothing that needs access on a node that has none, whatever the plan says', () => {
    const disks = { ...plainFenceDevice, id: 'disks', agent: 'fence_scsi' };
    const requires = [{ id: 'm', score: 0, values: { requires: 'fencing' } }];
    const planned = (unfencing: 'own-node' | 'none'): ClusterState => {
      const state = probedNodes({
        fenceDevices: [{ ...disks, unfencing }],
        resources: [primitive('web'), primitive('db', { meta: requires })],
      });
      return apply(state, planCommand(state, 'start web n1', 'start db n1'));
    };
    expect(work(planned('none'))).toEqual(['start web', 'start db']);
    expect(work(planned('own-node'))).toEqual([
      'start of web is refused: this node has no access to the shared devices yet',
      'start db',
    ]);
  });

  it('promotes nothing where another copy may be promoted, and starts it beside that', () => {
    const dbs = { ...clone('dbs', 'db'), promotable: true } as Resource;
    const probed = probe(threeNodes({ resources: [dbs] }), ['db'], ['n1', 'n2', 'n3']);
    const promoted = carryOut(probed, 'start db n3', 'promote db n3');
    expect(work(apply(promoted, planCommand(promoted, 'start db n1')))).toEqual(['start db']);
    const both = carryOut(promoted, 'start db n1');
    expect(work(apply(both, planCommand(both, 'promote db n1')))).toEqual([
      'promote of db is refused: another copy may be promoted on n3: ' +
        'it is promoted there (the node is online)',
    ]);
    const demoted = carryOut(both, 'demote db n3');
    expect(work(apply(demoted, planCommand(demoted, 'promote db n1')))).toEqual(['promote db']);
  });

  it('waits with starts while a view is gathering, and stops all the same', () => {
    const gathering = { phase: { kind: 'gathering', waitsFor: [] } } as const;
    const stopping = apply(ready, planCommand(ready, 'start web n1', 'stop ip n1'));
    const queued = workLocally(nodeOf(stopping), clocks()).node;
    expect(Object.keys(queued.executor.operations)).toHaveLength(2);
    expect(work(stopping, gathering)).toEqual([]);
    const narrow = nodeOf(stopping);
    const options = { ...narrow.options, operationsMax: 0 };
    const known = workLocally({ ...narrow, options }, clocks()).node;
    const closed = { ...again({ node: known, effects: [] }, narrow), options: narrow.options };
    const view = { ...closed.view, ...gathering };
    const effects = workLocally({ ...closed, view }, clocks()).effects;
    expect(effects).toMatchObject([{ kind: 'run-operation', request: { operation: 'stop' } }]);
  });

  it('says what an earlier plan has left over and was not begun', () => {
    const state = apply(ready, planCommand(ready, 'stop web n1'));
    const told = workLocally(nodeOf(state), clocks());
    expect(submitted(told.node)).toMatchObject([
      { kind: 'results', results: [{ operation: 'start', outcome: { kind: 'cancelled' } }] },
    ]);
  });

  it('asks once to be woken for the next monitor', () => {
    const request = { resource: resourceId('web'), intervalMs: 10_000 } as never;
    const monitor = {
      id: 'web 10000',
      request,
      expectedExitCode: 0,
      nextAtMs: 7000 as never,
      lastOutcome: '',
      validFrom: 0,
      durationsMs: [],
    };
    const node = nodeOf(probedNodes());
    const executor = { ...node.executor, recurring: { 'web 10000': monitor } };
    const woken = askForWake({ ...node, executor }, clocks(0));
    expect(woken.effects).toEqual([{ kind: 'wake', atMs: 7000 }]);
    expect(askForWake(woken.node, clocks(1)).effects).toEqual([]);
  });
});

describe('a client’s request', () => {
  it('that no member could read is refused here, with the place', () => {
    const command = { kind: 'clear-mark', id: 'x'.repeat(5000), by: 'anna' } as const;
    const asked = step(nodeOf(probedNodes()), { kind: 'request', tag: '7', command }, clocks());
    expect(asked.effects.find((effect) => effect.kind === 'reply')).toEqual({
      kind: 'reply',
      tag: '7',
      result: {
        kind: 'refused',
        reason: 'the request is malformed: id is longer than 1024 characters',
      },
    });
  });

  it('that the order finds impossible is a refusal', () => {
    const answer = { refused: 'there is no mark "x"' };
    const applied = { kind: 'applied', answer, index: 4 } as const;
    const told = takeAnswers(nodeOf(probedNodes()), [
      { kind: 'answer', tag: 'request 7', result: applied },
    ]);
    expect(told.effects).toEqual([
      { kind: 'reply', tag: '7', result: { kind: 'refused', reason: 'there is no mark "x"' } },
    ]);
    expect(kinds(told)).toEqual(['reply']);
  });

  it('is taken by nobody any more when the daemon ends', () => {
    const node = { ...nodeOf(probedNodes()), exiting: true };
    const command = { kind: 'cleanup', by: 'anna' } as const;
    expect(step(node, { kind: 'request', tag: '7', command }, clocks()).effects).toEqual([]);
  });
});
