import { describe, expect, it } from 'vitest';
import type { ClusterState } from '../cluster/state.ts';
import { apply, planCommand, probedNodes } from '../cluster/testing/cluster.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { nodeName } from '../model/ids.ts';
import type { FenceHost, FenceResult } from '../model/operation.ts';
import { askForHosts, endHosts } from './hosts.ts';
import type { NodeState, Step } from './state.ts';
import { again, clocks, nodeOf, submitted } from './testing/hand.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const device = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id: 'virt',
  agent: 'fence_virsh',
  parameters: { ip: 'host1' },
  ...more,
});
const cluster = (more: Partial<FenceDevice> = {}): ClusterState =>
  probedNodes({ fenceDevices: [device(more)] });

const asked = (step: Step) =>
  step.effects.flatMap((effect) => (effect.kind === 'run-fence' ? [effect.request] : []));
const answer = (outcome: FenceResult['outcome']): FenceResult => ({
  requestId: 'hosts virt',
  outcome,
  durationMs: 5,
  output: '',
});
const list = (...hosts: readonly FenceHost[]): FenceResult => answer({ kind: 'ok', hosts });
const named = (port: string, alias = ''): FenceHost => ({ port, alias });

/** The device is asked once more, and answers; what the node is about to tell is `told`. */
function ask(node: NodeState, result: FenceResult, nowMs = 0): { node: NodeState; told: string } {
  const begun = askForHosts(node, clocks(nowMs)).node;
  const ended = endHosts(begun, result, clocks(nowMs));
  if (ended === undefined) throw new Error('that was about hosts');
  const step = askForHosts(ended, clocks(nowMs));
  const values = submitted(step.node).flatMap((each) =>
    each.kind === 'attribute' ? [each.value ?? ''] : [],
  );
  return { node: again(step, node), told: values.at(-1) ?? '' };
}

describe('a device without hosts', () => {
  it('is asked for its list, once in five minutes', () => {
    const first = askForHosts(nodeOf(cluster()), clocks(0));
    expect(asked(first)).toMatchObject([{ agent: 'fence_virsh', action: 'list' }]);
    expect(asked(first)[0]).not.toHaveProperty('port');
    const { node } = ask(nodeOf(cluster()), list(named('n1')));
    expect(asked(askForHosts(node, clocks(299_999)))).toEqual([]);
    expect(asked(askForHosts(node, clocks(300_000)))).toHaveLength(1);
  });

  // The simulator found it: it had not answered for a moment, and nobody could fence for five minutes.
  it('is asked again soon, while a node waits to be fenced that none is known to reach', () => {
    const { node } = ask(nodeOf(cluster()), list(named('n1')));
    const told = apply(node.cluster, {
      kind: 'attribute',
      node: node.view.self,
      name: '#fence-hosts:virt',
      value: 'listed:\nn1=n1',
    });
    const waits = (target: string): NodeState => ({
      ...node,
      cluster: apply(told, planCommand(told, `fence ${target}`)),
    });
    expect(asked(askForHosts(waits('n3'), clocks(9999)))).toEqual([]);
    expect(asked(askForHosts(waits('n3'), clocks(10_000)))).toHaveLength(1);
    expect(asked(askForHosts(waits('n1'), clocks(10_000)))).toEqual([]);
  });

  // The simulator found it: half of its statuses had failed, and the other device reached nobody.
  it('is asked again soon as well where another one might reach the node, as nobody knows', () => {
    const other = device({ id: 'other', parameters: { ip: 'host9' } });
    const before = nodeOf(probedNodes({ fenceDevices: [device(), other] }));
    const { node } = ask(before, list(named('n1')));
    const listed = { node: node.view.self, name: '#fence-hosts:virt', value: 'listed:\nn1=n1' };
    const told = apply(node.cluster, { kind: 'attribute', ...listed });
    const waits = { ...node, cluster: apply(told, planCommand(told, 'fence n3')) };
    const soon = asked(askForHosts(waits, clocks(10_000)));
    expect(soon.map(({ requestId }) => requestId)).toContain('hosts virt');
  });

  it('is not asked twice at a time', () => {
    const before = nodeOf(cluster());
    const begun = again(askForHosts(before, clocks(0)), before);
    expect(asked(askForHosts(begun, clocks(900_000)))).toEqual([]);
  });

  it('lists nodes by what it calls them, or by the names that it has for its plugs', () => {
    const { told } = ask(nodeOf(cluster()), list(named('7', 'n2'), named('n1', 'x'), named('web')));
    expect(told).toBe('listed:\nn1=n1\nn2=7');
  });

  it('is told that of a node that it calls otherwise', () => {
    const before = cluster({ hosts: { 'n*': 'vm-*' }, hostCheck: 'dynamic-list' });
    expect(ask(nodeOf(before), list(named('vm-3'), named('n1'))).told).toBe('listed:\nn3=vm-3');
  });

  it('that does not answer for an hour is doubted: its list may be an old one', () => {
    const failed = answer({ kind: 'failed', reason: 'no\n route' });
    let { node } = ask(nodeOf(cluster()), list(named('n1')));
    node = ask(node, failed, 300_000).node;
    expect(node.hosts['virt']?.said).toEqual({ kind: 'listed', ports: { n1: 'n1' } });
    expect(ask(node, failed, 3_600_000).node.hosts['virt']?.said).toEqual({
      kind: 'unknown',
      reason: 'no route',
    });
  });

  it('whose agent has no list says so', () => {
    expect(ask(nodeOf(cluster()), answer({ kind: 'ok' })).told).toBe(
      'unknown: its agent has no list',
    );
  });

  it('is asked at once when it is another one, or when there are other nodes', () => {
    const { node } = ask(nodeOf(cluster()), list(named('n1')));
    const other = { ...node, cluster: cluster({ parameters: { ip: 'host2' } }) };
    expect(asked(askForHosts(other, clocks(1)))).toHaveLength(1);
    const more = apply(node.cluster, { kind: 'nodes-configured', nodes: [nodeName('n4')] });
    expect(asked(askForHosts({ ...node, cluster: more }, clocks(1)))).toHaveLength(1);
  });

  it('is not believed about what it was asked as another one', () => {
    const begun = askForHosts(nodeOf(cluster()), clocks(0)).node;
    const changed = { ...begun, cluster: cluster({ parameters: { ip: 'host2' } }) };
    const ended = endHosts(changed, list(named('n1')), clocks(5));
    expect(ended?.hosts['virt']?.said).toBeUndefined();
  });
});

it('by status every node is asked for, one after the other', () => {
  const on = answer({ kind: 'status', power: 'on' });
  const before = nodeOf(cluster({ hostCheck: 'status', hosts: { 'n*': '*' } }));
  let node = before;
  for (const result of [on, answer({ kind: 'failed', reason: 'no such plug' }), on]) {
    const step = askForHosts(node, clocks(0));
    const port = asked(step)[0]?.port;
    expect(asked(step)).toMatchObject([{ action: 'status', port, target: `n${port ?? ''}` }]);
    node = endHosts(again(step, before), result, clocks(0)) ?? node;
  }
  expect(asked(askForHosts(node, clocks(0)))).toEqual([]);
  expect(node.hosts['virt']?.said).toEqual({ kind: 'listed', ports: { n1: '1', n3: '3' } });
});

it.each([
  ['with hosts', { hosts: { n1: 'x' } }],
  ['that reaches every node by its word', { hostCheck: 'none' as const }],
  ['that is a poison pill', { agent: 'fence_pill' }],
])('a device %s is not asked', (_, more) => {
  expect(askForHosts(nodeOf(cluster(more)), clocks(0)).effects).toEqual([]);
});

it('what is not about hosts is for others', () => {
  const result = { ...list(), requestId: 'monitor virt' };
  expect(endHosts(nodeOf(cluster()), result, clocks(0))).toBeUndefined();
});
