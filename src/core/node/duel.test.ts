import { expect, it } from 'vitest';

import type { FenceDevice } from '../model/configuration.ts';
import { MAJORITY } from '../model/engine.ts';
import type { EngineConfiguration } from '../model/engine.ts';
import { nodeName, nodeNumber } from '../model/ids.ts';
import type { NodeName } from '../model/ids.ts';
import { baseDelayMs, reaches } from '../model/fence-device.ts';
import type { ClusterState } from '../cluster/state.ts';
import { apply, configure, fenceRequest, n1, n2, openView } from '../cluster/testing/cluster.ts';
import { emptyCluster } from '../cluster/machine.ts';
import { DUEL_DELAY_MS, duelDelayMs } from './duel.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const pair = [n1, n2].map((node, at) => ({ node, number: nodeNumber(at + 1) }));
const engineOf = (self: string, twoNode = true): EngineConfiguration => ({
  kind: 'corosync',
  clusterName: 'pair',
  self: pair.find(({ node }) => node === self)!,
  nodes: pair,
  quorumOptions: { ...MAJORITY, twoNode },
  messageBytesMax: 60_000,
});

const device = (id: string, more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent: 'fence_lab',
  ...more,
});

function clusterWith(devices: readonly FenceDevice[], priority?: string): ClusterState {
  const values = priority === undefined ? {} : { 'priority-fencing-delay': priority };
  const options = [{ id: 'o', score: 0, values }];
  const state = openView(emptyCluster, { join: 'n1 n2' });
  return apply(state, configure({ fenceDevices: devices, options }));
}

/** How long each of the two waits before it shoots the other. */
function waits(cluster: ClusterState, twoNode = true): readonly number[] {
  return [
    [n1, n2],
    [n2, n1],
  ].map(([self = n1, target = n2]) => {
    const { request } = fenceRequest(cluster, target);
    return duelDelayMs({ engine: engineOf(self, twoNode), cluster, machines: [self] }, request);
  });
}

it('lets the node with the higher number wait where nothing is configured', () => {
  expect(waits(clusterWith([device('power')]))).toEqual([0, DUEL_DELAY_MS]);
  const each = [device('p1', { hosts: { n1: '1' } }), device('p2', { hosts: { n2: '2' } })];
  expect(waits(clusterWith(each))).toEqual([0, DUEL_DELAY_MS]);
});

it('leaves it to majorities elsewhere', () => {
  expect(waits(clusterWith([device('power')]), false)).toEqual([0, 0]);
});

it.each([
  ['delay', { delayMs: 3000 }],
  ["the agent's own delay", { parameters: { delay: '3' } }],
])('leaves it to what is configured: %s', (_, more) => {
  const one = device('p1', { hosts: { n1: '1' }, ...more });
  expect(waits(clusterWith([one, device('p2', { hosts: { n2: '2' } })]))).toEqual([0, 0]);
});

const power = (more: Partial<FenceDevice>): readonly FenceDevice[] => [device('power', more)];
const own = (first: Partial<FenceDevice>, second: Partial<FenceDevice>): readonly FenceDevice[] => [
  device('p1', { hosts: { n1: '1' }, ...first }),
  device('p2', { hosts: { n2: '2' }, ...second }),
];
it.each<[string, readonly FenceDevice[], readonly [number, number]]>([
  ['n1 is to win', power({ delaysMs: { n1: 5000 } }), [0, 5000]],
  ['n2 is to win, by as much as the duel', power({ delaysMs: { n2: 5000 } }), [5000, 0]],
  ['n2 is to win, by more', power({ delaysMs: { n2: 8000 } }), [8000, 0]],
  ['both are named', power({ delaysMs: { n1: 2000, n2: 6000 } }), [6000, 2000]],
  ['both are named alike', power({ delaysMs: { n1: 5000, n2: 5000 } }), [5000, 10_000]],
  ['one is named as all are', power({ delayMs: 5000, delaysMs: { n2: 5000 } }), [5000, 10_000]],
  ['a device of its own', own({}, { delaysMs: { n2: 5000 } }), [5000, 0]],
  ['the delay of nobody here', own({ delaysMs: { n2: 5000 } }, {}), [0, 5000]],
  ['in other words the same', own({ delayMs: 5000 }, { delaysMs: { n2: 5000 } }), [5000, 10_000]],
  ['pcmk_delay_base is n1:5s;n2:0', power({ delaysMs: { n1: 5000, n2: 0 } }), [0, 5000]],
  ['pcmk_delay_base is n1:0;n2:5s', power({ delaysMs: { n1: 0, n2: 5000 } }), [5000, 0]],
  ['one device more for one', [...own({}, {}), device('p3', { hosts: { n1: '3' } })], [0, 5000]],
])('never lets both shoot at once where %s', (_, devices, expected) => {
  const cluster = clusterWith(devices);
  const base = [n2, n1].map((target) => baseDelayMs(firstFor(devices, target), target));
  expect(waits(cluster).map((more, at) => more + (base[at] ?? 0))).toEqual(expected);
});

const firstFor = (devices: readonly FenceDevice[], target: NodeName): FenceDevice =>
  devices.find((each) => reaches(each, target))!;

it('waits half of what priorities may make the other wait', () => {
  expect(waits(clusterWith([device('power')], '6s'))).toEqual([0, 3000]);
  expect(waits(clusterWith([device('power')], '0'))).toEqual([0, DUEL_DELAY_MS]);
  expect(waits(clusterWith([device('power')], '1min'))).toEqual([0, DUEL_DELAY_MS]);
});

it('does not wait where priorities let this node wait, nor for one that is in its membership', () => {
  const cluster = clusterWith([device('power')]);
  const { request } = fenceRequest(cluster, n1);
  const duel = { engine: engineOf('n2'), cluster, machines: [n2] };
  expect(duelDelayMs(duel, request)).toBe(DUEL_DELAY_MS);
  expect(duelDelayMs(duel, { ...request, delayMs: 2000 })).toBe(0);
  expect(duelDelayMs({ ...duel, machines: [n1, n2] }, request)).toBe(0);
  expect(duelDelayMs(duel, { ...request, target: nodeName('stranger') })).toBe(0);
});
