import { describe, expect, it } from 'vitest';

import { action, n1, n3, probedNodes } from '../cluster/testing/cluster.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { fencePlan } from './choose.ts';

const device = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  id: 'power',
  agent: 'fence_ipmilan',
  parameters: {},
  hosts: {},
  action: 'reboot',
  timeoutMs: 60_000,
  retries: 1,
  monitorIntervalMs: 0,
  delayMs: 0,
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
