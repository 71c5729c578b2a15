import { describe, expect, it } from 'vitest';

import { action, n1, n2, n3, probedNodes } from '../cluster/testing/cluster.ts';
import { FENCE_DEVICE_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import { fencePlan } from './choose.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const device = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id: 'power',
  agent: 'fence_ipmilan',
  ...more,
});

describe('how a node is fenced', () => {
  const methodWith = (configured: FenceDevice['action'], wanted: 'reboot' | 'off') => {
    const cluster = probedNodes({ fenceDevices: [device({ action: configured })] });
    const planned = { ...action('fence n3'), fenceMethod: wanted };
    return fencePlan(cluster, planned, n1, 1)?.method;
  };

  it('is as the plan wants it', () => {
    expect(methodWith('reboot', 'reboot')).toBe('reboot');
    expect(methodWith('reboot', 'off')).toBe('off');
  });

  it('is off where the device is to switch off: it stays off until somebody has looked', () => {
    expect(methodWith('off', 'reboot')).toBe('off');
  });
});

it('the leader shoots, but never itself', () => {
  const cluster = probedNodes({ fenceDevices: [device()] });
  expect(fencePlan(cluster, action('fence n3'), n1, 1)?.executor).toBe('n1');
  expect(fencePlan(cluster, action('fence n3'), n3, 1)?.executor).toBe('n1');
});

describe('from which node it is done', () => {
  const cluster = probedNodes({
    fenceDevices: [device({ id: 'a', retries: 2 }), device({ id: 'b' })],
  });
  const paths = (state: typeof cluster) =>
    [0, 1, 2, 3, 4, 5].map((failures) => {
      const fencing = { ...state.fencing, failures: { [n3]: failures } };
      const plan = fencePlan({ ...state, fencing }, action('fence n3'), n1, 1);
      return `${plan?.device} from ${plan?.executor}`;
    });

  it('is another one for each further try of a device: what one does not reach another may', () => {
    expect(paths(cluster)).toEqual([
      'a from n1',
      'a from n2',
      'b from n1',
      'a from n1',
      'a from n2',
      'b from n2',
    ]);
  });

  it('is first one that the device answers', () => {
    const deaf = { ...cluster.nodes[n1]!, attributes: { [`${FENCE_DEVICE_PREFIX}a`]: 'no route' } };
    const state = { ...cluster, nodes: { ...cluster.nodes, [n1]: deaf } };
    expect(paths(state).slice(0, 3)).toEqual(['a from n2', 'a from n1', 'b from n1']);
  });

  it('is one that the device has answered rather than one of which that is not known yet', () => {
    const fenceDevices = [device({ monitorIntervalMs: 60_000 }), device({ id: 'unasked' })];
    const before = probedNodes({ fenceDevices });
    const said = (...words: readonly (readonly [NodeName, string])[]) => {
      const nodes = { ...before.nodes };
      for (const [name, value] of words) {
        const attributes = { [`${FENCE_DEVICE_PREFIX}power`]: value };
        nodes[name] = { ...before.nodes[name]!, attributes };
      }
      return fencePlan({ ...before, nodes }, action('fence n3'), n1, 1)?.executor;
    };
    expect(said()).toBe('n1');
    expect(said([n2, 'ok'])).toBe('n2');
    expect(said([n1, 'ok'], [n2, 'ok'])).toBe('n1');
    expect(said([n2, 'no route'])).toBe('n1');
    expect(said([n1, 'no route'])).toBe('n2');
  });

  it('is no node that is not online', () => {
    const away = { ...cluster.nodes[n2]!, condition: 'held' as const };
    const state = { ...cluster, nodes: { ...cluster.nodes, [n2]: away } };
    expect(new Set(paths(state))).toEqual(new Set(['a from n1', 'b from n1']));
  });

  it('is no node that is held back: it would go on shooting those that shoot it', () => {
    const heldBack = [{ node: n1, at: cluster.time, fencings: 3 }];
    const state = { ...cluster, fencing: { ...cluster.fencing, heldBack } };
    expect(new Set(paths(state))).toEqual(new Set(['a from n2', 'b from n2']));
  });
});

describe('the delay before a node is shot', () => {
  const fenceDevices = [device({ delayMs: 1000, delayMaxMs: 5000 })];
  const cluster = probedNodes({ fenceDevices });
  const delayed = (chance: number, more: Parameters<typeof fencePlan>[1] = action('fence n3')) =>
    fencePlan(cluster, more, n1, 1, chance)?.delayMs;

  it('has its random part in the request, so that all nodes know the same', () => {
    expect([0, 0.25, 0.5].map((chance) => delayed(chance))).toEqual([undefined, 1000, 2000]);
  });

  it('is that of priority as well', () => {
    expect(delayed(0.5, { ...action('fence n3'), fenceDelayMs: 7000 })).toBe(9000);
  });

  it('is none before a node is switched on', () => {
    expect(delayed(0.5, { ...action('fence n3'), fenceMethod: 'on' })).toBeUndefined();
  });
});

it('each action has its own number of tries', () => {
  const cluster = probedNodes({
    fenceDevices: [device({ id: 'a', retriesFor: { off: 3 } }), device({ id: 'b' })],
  });
  const devices = (fenceMethod: 'off' | 'reboot') =>
    [0, 1, 2, 3].map((failures) => {
      const fencing = { ...cluster.fencing, failures: { [n3]: failures } };
      const wanted = { ...action('fence n3'), fenceMethod };
      return fencePlan({ ...cluster, fencing }, wanted, n1, 1)?.device;
    });
  expect(devices('off')).toEqual(['a', 'a', 'a', 'b']);
  expect(devices('reboot')).toEqual(['a', 'b', 'a', 'b']);
});
