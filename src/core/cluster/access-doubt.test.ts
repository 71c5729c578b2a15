import { describe, expect, it } from 'vitest';
import { ACCESS_LOST_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { doubtAccess } from './access-doubt.ts';
import { clusterMachine } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  fenced,
  fenceRequest,
  n2,
  nodeOf,
  openView,
  planCommand,
  probedNodes,
} from './testing/cluster.ts';
import { hasAccess } from './unfencing.ts';

const fabric = (unfencing: FenceDevice['unfencing']): FenceDevice => ({
  ...plainFenceDevice,
  id: 'disks',
  agent: 'fence_fabric',
  action: 'off',
  hostCheck: 'none',
  unfencing: unfencing ?? 'none',
});

function withAccess(unfencing: FenceDevice['unfencing']): ClusterState {
  let state = probedNodes({ fenceDevices: [fabric(unfencing)] });
  for (const name of ['n1', 'n2', 'n3']) {
    const { request } = fenceRequest(state, name, name, 'on');
    state = apply(state, { kind: 'fence-begin', request: { ...request, device: 'disks' } });
    state = apply(state, fenced(state, true));
  }
  return state;
}

const lose = (state: ClusterState, name: string): ClusterState =>
  openView(state, { stay: 'n1 n3', left: { [name]: 'node-down' } });
const apart = { node: n2, ballot: 7, number: 3 };
const who = (state: ClusterState): string =>
  ['n1', 'n2', 'n3'].filter((name) => hasAccess(state, nodeOf(state, name))).join(' ');
const again = (state: ClusterState, more = {}): ClusterState =>
  openView(state, { stay: 'n1 n3', apart: [apart], ...more });

describe('a half that acted apart', () => {
  it('may have taken what the others have, whatever this line knows', () => {
    const state = again(withAccess('any-node'));
    expect(who(state)).toBe('n2');
    expect(nodeOf(state, 'n1').attributes[ACCESS_LOST_ATTRIBUTE]).toBe(
      'n2 acted alone, and may have taken it',
    );
    expect(state.decision.wanted).toBeGreaterThan(state.decision.answered);
  });

  it('is doubted once for each time: who was given access since has it', () => {
    const state = again(withAccess('any-node'));
    const { request } = fenceRequest(state, 'n1', 'n1', 'on');
    const begun = apply(state, { kind: 'fence-begin', request: { ...request, device: 'disks' } });
    const given = apply(begun, fenced(begun, true));
    expect(who(given)).toBe('n1 n2');
    expect(who(again(given))).toBe('n1 n2');
    expect(who(again(given, { apart: [{ ...apart, ballot: 8 }] }))).toBe('n2');
  });

  it('is no matter where nothing takes access, nor in a view that does not act', () => {
    const plain = probedNodes();
    expect(doubtAccess(plain, apart)).toBe(plain);
    expect(who(again(withAccess('any-node'), { acting: false }))).toBe('n1 n2 n3');
  });
});

describe('a reservation', () => {
  it.each([
    ['own-node', 'n1 n3'],
    ['any-node', ''],
  ] as const)('of who has cut the half off: %s', (unfencing, kept) => {
    const lost = lose(withAccess(unfencing), 'n2');
    const { request } = fenceRequest(lost, 'n2', 'n1', 'off');
    const shot = apply(lost, { kind: 'fence-begin', request: { ...request, device: 'disks' } });
    expect(who(again(apply(shot, fenced(shot, true))))).toBe(kept);
    expect(who(again(shot))).toBe('');
    expect(who(again(apply(shot, fenced(shot, false))))).toBe('');
  });

  it('may be had again by who was giving it to itself', () => {
    const before = withAccess('own-node');
    const plan = planCommand(before, 'fence/on n2');
    const { request } = fenceRequest(before, 'n2', 'n2', 'on');
    const on = { ...request, device: 'disks', id: 'again' };
    const lost = lose(apply(before, plan, { kind: 'fence-begin', request: on }), 'n2');
    const { request: off } = fenceRequest(lost, 'n2', 'n1', 'off');
    const shot = apply(lost, { kind: 'fence-begin', request: { ...off, device: 'disks' } });
    expect(who(again(apply(shot, fenced(shot, true))))).toBe('');
  });
});

it('nobody has it for certain when no daemon ran while others may have acted', () => {
  const state = withAccess('own-node');
  expect(who(openView(state, { stay: 'n1/2 n2/2 n3/2' }))).toBe('n1 n2 n3');
  expect(who(openView(state, { stay: 'n1/2 n2/2 n3/2', mayHaveMissed: true }))).toBe('');
});

it('what was doubted is read again as it was written', () => {
  const state = again(withAccess('any-node'));
  expect(clusterMachine.decode(clusterMachine.encode(state))).toEqual(state);
});
