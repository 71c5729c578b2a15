import { describe, expect, it } from 'vitest';
import { fencePlan } from '../fencing/choose.ts';
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import { wallMs } from '../model/ids.ts';
import type { NodeName } from '../model/ids.ts';
import { fencingsInARow, isHeldBack } from './fence-loop.ts';
import { realTestRefusal } from './fencing-test-refusal.ts';
import { pictureOf } from './picture.ts';
import type { ClusterState } from './state.ts';
import {
  action,
  applied,
  apply,
  fenced,
  fenceRequest,
  n1,
  n2,
  n3,
  openView,
  threeNodes,
} from './testing/cluster.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const power: FenceDevice = {
  ...plainFenceDevice,
  id: 'power',
  agent: 'fence_apc',
};
const withPower: Partial<Configuration> = { fenceDevices: [power] };
const options = (values: Readonly<Record<string, string>>): Partial<Configuration> => ({
  ...withPower,
  options: [{ id: 'o', score: 0, values }],
});

const later = (state: ClusterState, seconds: number): ClusterState => ({
  ...state,
  time: wallMs(state.time + seconds * 1000),
});

/** It is lost, fenced by another one, and joins with the next boot. */
function loop(
  before: ClusterState,
  name: NodeName,
  life: number,
  others = 'n1 n2 n3',
): ClusterState {
  const stay = others.replace(name, '').trim();
  const executor = stay.split(' ')[0] ?? '';
  let state = openView(before, { stay: lives(before, stay), left: { [name]: 'node-down' } });
  state = apply(state, fenceRequest(state, name, executor));
  state = later(apply(state, fenced(state, true)), 60);
  return openView(state, { stay: lives(before, stay), join: `${name}/${life}b` });
}

/** `n1/3b` for one that has come again. */
const lives = (state: ClusterState, names: string): string =>
  names
    .split(/\s+/)
    .map((name) => {
      const life = state.nodes[name as NodeName]?.incarnation.split(' ')[1] ?? '1';
      return life === '1' ? name : `${name}/${life}`;
    })
    .join(' ');

const loops = (state: ClusterState, name: NodeName, times: number, others?: string): ClusterState =>
  Array.from({ length: times }, (_, index) => index + 2).reduce(
    (before, life) => loop(before, name, life, others),
    state,
  );

describe('a node that is fenced again and again', () => {
  it('is held back when it joins after the third time, and everybody hears it', () => {
    const twice = loops(threeNodes(withPower), n3, 2);
    expect(isHeldBack(twice, n3)).toBe(false);
    const state = loop(twice, n3, 4);
    expect(isHeldBack(state, n3)).toBe(true);
    const told = state.story.filter(({ kind }) => kind === 'alarm').map(({ text }) => text);
    expect(told).toEqual(['n3 was fenced 3 times in a short time: it is held back']);
  });

  it('runs nothing: to the scheduler it is in standby', () => {
    const standby = (state: ClusterState): readonly string[] =>
      pictureOf(state, n1, false)
        .configuration.nodes.filter(({ attributes }) => attributes[0]?.values['standby'] === 'on')
        .map(({ name }) => name);
    expect(standby(loops(threeNodes(withPower), n3, 2))).toEqual([]);
    expect(standby(loops(threeNodes(withPower), n3, 3))).toEqual(['n3']);
  });

  it('is still fenced when it is lost, and stays off', () => {
    const state = loops(threeNodes(withPower), n3, 3);
    expect(fencePlan(state, action('fence n3'), n1, 1)).toMatchObject({ method: 'off' });
    expect(fencePlan(state, action('fence n2'), n1, 1)).toMatchObject({ method: 'reboot' });
  });

  it('fences nobody: others do, even if it leads, and if there is no other, nobody does', () => {
    const held = loops(threeNodes(withPower), n1, 3);
    expect(fencePlan(held, action('fence n3'), n1, 1)?.executor).toBe(n2);
    const alone = openView(held, {
      stay: lives(held, 'n1'),
      left: { n2: 'node-down', n3: 'leave' },
    });
    expect(fencePlan(alone, action('fence n2'), n1, 1)).toBeUndefined();
    const free = apply(alone, { kind: 'fence-release', node: n1, by: 'anna' });
    expect(fencePlan(free, action('fence n2'), n1, 1)?.executor).toBe(n1);
  });

  it('is not rebooted for a test: it would be switched off', () => {
    expect(realTestRefusal(loops(threeNodes(withPower), n3, 3), n3)).toContain('fence release n3');
  });
});

describe('what is not counted', () => {
  it('fencings before the window, and before the release', () => {
    const twice = loops(threeNodes(withPower), n3, 2);
    expect(isHeldBack(loop(later(twice, 3600), n3, 4), n3)).toBe(false);
    const released = apply(loop(twice, n3, 4), { kind: 'fence-release', node: n3, by: 'anna' });
    expect(isHeldBack(released, n3)).toBe(false);
    expect(fencingsInARow(released, n3)).toBe(0);
    expect(isHeldBack(loops(later(released, 1), n3, 2), n3)).toBe(false);
  });

  it('fencings of others, failed ones, and a person’s word', () => {
    const others = loops(loops(threeNodes(withPower), n3, 2), n2, 2);
    expect([fencingsInARow(others, n2), fencingsInARow(others, n3)]).toEqual([2, 2]);
    const lost = openView(others, { stay: lives(others, 'n1 n2'), left: { n3: 'node-down' } });
    const begun = apply(lost, fenceRequest(lost, 'n3'));
    expect(fencingsInARow(apply(begun, fenced(begun, false)), n3)).toBe(2);
    const byHand = apply(lost, { kind: 'fence-confirm', node: n3, by: 'anna' });
    expect(fencingsInARow(byHand, n3)).toBe(2);
  });
});

describe('two nodes that shoot each other in turn', () => {
  it('are not both held back: one goes on', () => {
    let state = threeNodes(withPower);
    state = openView(state, { stay: 'n1 n2', left: { n3: 'leave' } });
    for (const life of [2, 3, 4]) {
      state = loop(state, n1, life, 'n1 n2');
      state = loop(state, n2, life, 'n1 n2');
    }
    expect([isHeldBack(state, n1), isHeldBack(state, n2)]).toEqual([true, false]);
    expect(fencePlan(state, action('fence n2'), n1, 1)?.executor).not.toBe(n1);
    expect(fencePlan(state, action('fence n1'), n2, 1)).toMatchObject({ method: 'off' });
  });
});

describe('the options', () => {
  it('say how often, and 0 is never', () => {
    const held = (times: number, values: Readonly<Record<string, string>>): boolean =>
      isHeldBack(loops(threeNodes(options(values)), n3, times), n3);
    expect(held(5, { 'fencing-loop-limit': '0' })).toBe(false);
    expect(held(1, { 'fencing-loop-limit': '1' })).toBe(true);
    expect(held(3, { 'fencing-loop-window': '90s' })).toBe(false);
  });
});

describe('the release', () => {
  it('of a node that is not held back is refused', () => {
    const command = { kind: 'fence-release', node: n3, by: 'anna' } as const;
    expect(applied(threeNodes(withPower), command).answer).toEqual({
      refused: 'n3 is not held back',
    });
  });
});
