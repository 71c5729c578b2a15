import { expect, it } from 'vitest';

import { action, n1, n2, n3, openView, probedNodes } from '../cluster/testing/cluster.ts';
import type { ClusterState } from '../cluster/state.ts';
import { FENCE_DEVICE_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { fencePlan } from './choose.ts';

const device = (id: string, more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent: 'fence_brocade',
  action: 'off',
  hostCheck: 'none',
  unfencing: 'any-node',
  ...more,
});

const planned = { ...action('fence/on n3'), reason: 'n3 has no access.' };
const cluster = (...fenceDevices: readonly FenceDevice[]) => probedNodes({ fenceDevices });
const plan = (state: ClusterState, leader = n1) => fencePlan(state, planned, leader, 1);

function refused(state: ClusterState, failures: number): ClusterState {
  const refusal = { failures, retryAt: state.time, text: '' };
  return { ...state, fencing: { ...state.fencing, accessRefused: { [n3]: refusal } } };
}

it('all devices that give access and reach the node do it, the node itself where one wants that', () => {
  const devices = [
    device('power', { unfencing: 'none' }),
    device('a'),
    device('far', { hostCheck: 'static-list', hosts: { n1: '1' } }),
    device('b', { unfencing: 'own-node' }),
  ];
  const request = plan(cluster(...devices));
  expect(request).toMatchObject({ target: 'n3', device: 'a', method: 'on', executor: 'n3' });
  expect(request).toMatchObject({ whole: 'on', next: [{ device: 'b', method: 'on' }] });
  expect(request?.reason).toBe('n3 has no access');
  expect(plan(cluster(device('power', { unfencing: 'none' })))).toBeUndefined();
});

it('the leader does it, after a failure another node, and the node itself at last', () => {
  const state = cluster(device('a'));
  const executors = [0, 1, 2, 3].map((failures) => plan(refused(state, failures))?.executor);
  expect(executors).toEqual([n1, n2, n3, n1]);
  expect(plan(state, n3)?.executor).toBe(n1);
  const alone = openView(state, { stay: 'n3', left: { n1: 'node-down', n2: 'node-down' } });
  expect(plan(alone, n3)?.executor).toBe(n3);
});

it('a node that the device does not answer comes after those that it does', () => {
  const state = cluster(device('a'));
  const silent = { ...state.nodes[n1], attributes: { [`${FENCE_DEVICE_PREFIX}a`]: 'no route' } };
  const deaf = { ...state, nodes: { ...state.nodes, [n1]: silent } } as ClusterState;
  expect(plan(deaf)?.executor).toBe(n2);
});

it('a level of a switch and of what takes access is off, off, and the switch alone on again', () => {
  const power = device('power', { action: 'reboot', unfencing: 'none' });
  const level = { id: 'l', target: { kind: 'node', node: n3 }, index: 1 } as const;
  const state = probedNodes({
    fenceDevices: [power, device('disks')],
    fencingLevels: [{ ...level, devices: ['disks', 'power'] }],
  });
  const request = fencePlan(state, action('fence n3'), n1, 1);
  expect(request).toMatchObject({
    device: 'disks',
    method: 'off',
    executor: 'n1',
    whole: 'reboot',
  });
  expect(request?.next).toEqual([
    { device: 'power', method: 'off' },
    { device: 'power', method: 'on' },
  ]);
});
