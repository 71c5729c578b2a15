import { describe, expect, it } from 'vitest';
import { fencePlan } from '../fencing/choose.ts';
import { FENCE_HOSTS_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { deviceReaches, portIn, saidHostsText } from './fence-hosts.ts';
import type { SaidHosts } from './fence-hosts.ts';
import type { ClusterState } from './state.ts';
import { action, apply, configure, n1, n2, n3, openView, probedNodes } from './testing/cluster.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const device = (id: string, more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent: 'fence_virsh',
  parameters: { ip: id },
  ...more,
});

const [east, west] = [device('east'), device('west')];
const cluster = (...fenceDevices: readonly FenceDevice[]): ClusterState =>
  probedNodes({ fenceDevices });

const heard = (state: ClusterState, by: typeof n1, id: string, said: SaidHosts): ClusterState =>
  apply(state, {
    kind: 'attribute',
    node: by,
    name: `${FENCE_HOSTS_PREFIX}${id}`,
    value: saidHostsText(said),
  });
const listed = (ports: Readonly<Record<string, string>>): SaidHosts => ({ kind: 'listed', ports });

describe('a device that lists whom it can fence', () => {
  const first = heard(cluster(east, west), n1, 'east', listed({ n1: 'n1', n2: 'n2' }));
  const known = heard(first, n1, 'west', listed({ n3: 'vm 3=old' }));

  it('shoots these and no others, by the names that it has for them', () => {
    const shot = fencePlan(known, action('fence n3'), n1, 1);
    expect(shot?.device).toBe('west');
    expect(portIn(known, west, n3)).toBe('vm 3=old');
    expect([east, west].map((each) => deviceReaches(known, each, n2))).toEqual([true, false]);
  });

  it('is tried for every node until anybody knows: that costs less than no fencing', () => {
    const doubt = heard(first, n1, 'west', { kind: 'unknown', reason: 'no route' });
    for (const state of [first, doubt]) expect(deviceReaches(state, west, n1)).toBe(true);
    expect(portIn(doubt, west, n1)).toBe('n1');
  });

  it('lists what one of the members that are here has heard', () => {
    const both = heard(known, n2, 'west', listed({}));
    expect(deviceReaches(both, west, n3)).toBe(true);
    const alone = openView(heard(known, n3, 'west', listed({ n1: 'x' })), {
      stay: 'n1 n2',
      left: { n3: 'node-down' },
    });
    expect(deviceReaches(alone, west, n1)).toBe(false);
  });

  it('that lists nobody reaches nobody', () => {
    const none = heard(cluster(east), n2, 'east', listed({}));
    expect(fencePlan(none, action('fence n3'), n1, 1)).toBeUndefined();
  });

  it('has listed nothing when its agent, its parameters or its names are others', () => {
    const same = apply(known, configure({ fenceDevices: [{ ...east, timeoutMs: 1 }, west] }));
    expect(deviceReaches(same, east, n3)).toBe(false);
    const other = { ...east, parameters: { ip: 'elsewhere' } };
    expect(deviceReaches(apply(known, configure({ fenceDevices: [other] })), other, n3)).toBe(true);
    const named = { ...east, hosts: { n3: 'x' }, hostCheck: 'dynamic-list' } as const;
    expect(deviceReaches(apply(known, configure({ fenceDevices: [named] })), named, n3)).toBe(true);
  });
});

it('whoever writes hosts, or says "none", is not overruled by a list', () => {
  const written = device('east', { hosts: { n1: 'x' } });
  const any = device('west', { hostCheck: 'none' });
  let state = cluster(written, any);
  for (const id of ['east', 'west']) state = heard(state, n1, id, listed({ n3: 'y' }));
  expect(deviceReaches(state, written, n1)).toBe(true);
  expect(deviceReaches(state, written, n3)).toBe(false);
  expect([deviceReaches(state, any, n2), portIn(state, any, n3)]).toEqual([true, 'n3']);
});
