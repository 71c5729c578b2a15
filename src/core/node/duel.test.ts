import { expect, it } from 'vitest';

import type { FenceDevice } from '../model/configuration.ts';
import { MAJORITY } from '../model/engine.ts';
import type { EngineConfiguration } from '../model/engine.ts';
import { nodeName, nodeNumber } from '../model/ids.ts';
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
