/** Fencing by request: of whom, when it is refused, and that it goes with the life that was meant. */
import { describe, expect, it } from 'vitest';
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import { nodeName } from '../model/ids.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { refusalOf } from './apply.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  fenced,
  fenceRequest,
  lastWords,
  nodeOf,
  openView,
  probedNodes,
} from './testing/cluster.ts';

const ask = (name: string) =>
  ({ kind: 'fence-request', node: nodeName(name), by: 'anna' }) as const;
const device: FenceDevice = {
  ...plainFenceDevice,
  id: 'ipmi',
  agent: 'fence_ipmilan',
  hosts: { n2: '2', n3: '3' },
};
const cluster = (more: Partial<Configuration> = {}): ClusterState =>
  probedNodes({ fenceDevices: [device], ...more });
const refusal = (state: ClusterState, name: string): string | undefined =>
  refusalOf(state, ask(name));

describe('fencing by request', () => {
  it('is a wish in the record of the node, told, and makes the leader think', () => {
    const before = cluster();
    const state = apply(before, ask('n3'));
    expect(nodeOf(state, 'n3').attributes).toMatchObject({ terminate: 'true' });
    expect(lastWords(state)).toEqual(['anna: n3 is to be fenced']);
    expect(state.decision.wanted).toBe(before.decision.wanted + 1);
    expect(refusal(state, 'n3')).toContain('n3 is to be fenced already');
  });

  it('ends with the boot of the node, not with its daemon', () => {
    const asked = apply(cluster(), ask('n3'));
    const shot = apply(asked, fenceRequest(asked, 'n3'));
    const down = apply(shot, fenced(shot, true));
    expect(nodeOf(down, 'n3').attributes).toEqual({});
    const restarted = openView(asked, { stay: 'n1 n2', join: 'n3/2' });
    expect(nodeOf(restarted, 'n3').attributes).toEqual({ terminate: 'true' });
    const booted = openView(asked, { stay: 'n1 n2', join: 'n3/2b' });
    expect(nodeOf(booted, 'n3').attributes).toEqual({});
  });

  it.each([
    ['nobody', 'there is no node nobody'],
    ['n1', 'no fence device reaches n1: add it to the hosts of one'],
  ])('of %s is refused: %s', (name, words) => {
    expect(refusal(cluster(), name)).toContain(words);
  });

  it('is refused without fencing, of who is shot anyway, and by nobody', () => {
    const off = [{ id: 'o', score: 0, values: { 'stonith-enabled': 'false' } }];
    expect(refusal(cluster({ options: off }), 'n3')).toContain('fencing is off');
    const lost = openView(cluster(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(refusal(lost, 'n3')).toContain('the cluster fences it without being asked');
    const held = openView(cluster(), { stay: 'n1 n2', left: { n3: 'process-down' } });
    expect(refusal(held, 'n3')).toBeUndefined();
    const alone = openView(cluster(), { stay: 'n3', left: { n1: 'node-down', n2: 'node-down' } });
    expect(refusal(alone, 'n3')).toContain('there is nobody else to fence n3');
  });
});
