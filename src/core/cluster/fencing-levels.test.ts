import { describe, expect, it } from 'vitest';
import { fencePlan } from '../fencing/choose.ts';
import type { Configuration, FenceDevice, FencingLevel } from '../model/configuration.ts';
import { fencingWays } from './fencing-levels.ts';
import type { ClusterState } from './state.ts';
import {
  action,
  apply,
  conditions,
  fenced,
  n1,
  n3,
  openView,
  planCommand,
  probedNodes,
} from './testing/cluster.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

function device(id: string, more: Partial<FenceDevice> = {}): FenceDevice {
  return {
    ...plainFenceDevice,
    id,
    agent: 'fence_apc',
    ...more,
  };
}

const level = (
  index: number,
  target: FencingLevel['target'],
  ...devices: string[]
): FencingLevel => ({
  id: `l${index}`,
  target,
  index,
  devices,
});

const all = [device('ipmi'), device('left'), device('right')];
const toN3 = { kind: 'node', node: n3 } as const;

const ways = (more: Partial<Configuration>): readonly string[] =>
  fencingWays(probedNodes(more), n3).map((way) => way.map((each) => each.id).join('+'));

describe('without levels', () => {
  it('each device that reaches the target is a way', () => {
    const hosts = { n1: 'plug 1' };
    const fenceDevices = [
      device('other', { hosts }),
      device('any'),
      device('its', { hosts: { n3: '3' } }),
    ];
    expect(ways({ fenceDevices })).toEqual(['any', 'its']);
  });

  it('a device is tried as often as it says, within reason', () => {
    expect(
      ways({ fenceDevices: [device('a', { retries: 2 }), device('b', { retries: 0 })] }),
    ).toEqual(['a', 'a', 'b']);
    expect(ways({ fenceDevices: [device('a', { retries: 1000 })] })).toHaveLength(10);
  });
});

describe('levels', () => {
  it('are tried by their index; a level needs all its devices', () => {
    const fencingLevels = [level(2, toN3, 'left', 'right'), level(1, toN3, 'ipmi')];
    expect(ways({ fenceDevices: all, fencingLevels })).toEqual(['ipmi', 'left+right']);
  });

  it('with a device that does not exist are passed over', () => {
    const fencingLevels = [level(1, toN3, 'left', 'gone'), level(2, toN3, 'ipmi')];
    expect(ways({ fenceDevices: all, fencingLevels })).toEqual(['ipmi']);
  });

  it('by name count more than by pattern, and these more than by attribute', () => {
    const byPattern = level(1, { kind: 'pattern', pattern: '^n' }, 'left');
    const byRack = level(1, { kind: 'attribute', name: 'rack', value: 'b' }, 'right');
    const attributes = [{ id: 'a', score: 0, values: { rack: 'b' } }];
    const nodes = [{ id: '3', name: n3, type: 'member', attributes, utilization: [] } as const];
    const given = (...fencingLevels: FencingLevel[]): readonly string[] =>
      ways({ fenceDevices: all, fencingLevels, nodes });
    expect(given(byRack, byPattern, level(1, toN3, 'ipmi'))).toEqual(['ipmi']);
    expect(given(byRack, byPattern)).toEqual(['left']);
    expect(given(byRack)).toEqual(['right']);
    expect(given(level(1, { kind: 'node', node: n1 }, 'left'))).toEqual(['ipmi', 'left', 'right']);
  });
});

describe('two power switches', () => {
  const both: Partial<Configuration> = {
    fenceDevices: all,
    fencingLevels: [level(1, toN3, 'left', 'right')],
  };
  const lost = openView(probedNodes(both), { stay: 'n1 n2', left: { n3: 'node-down' } });
  const planned = apply(lost, planCommand(lost, 'fence n3 -> start web n1'));

  function begun(): ClusterState {
    const request = fencePlan(planned, action('fence n3'), n1, 1);
    if (request === undefined) throw new Error('somebody must be able to shoot');
    return apply(planned, { kind: 'fence-begin', request });
  }
  const step = (state: ClusterState): string =>
    state.fencing.active.map((active) => `${active.method} ${active.device}`).join(', ');
  const done = (state: ClusterState, ok = true): ClusterState => apply(state, fenced(state, ok));

  it('must both be off before anything is recovered, and are both on afterwards', () => {
    const steps: string[] = [];
    let state = begun();
    for (let turn = 0; turn < 4; turn += 1) {
      steps.push(`${step(state)}: ${conditions(state).slice(-4)}`);
      state = done(state);
    }
    expect(steps).toEqual(['off left: lost', 'off right: lost', 'on left: down', 'on right: down']);
    expect(state.fencing.active).toEqual([]);
    expect(state.transition?.states).toEqual(['done', 'ready']);
  });

  it('of which one fails have not fenced', () => {
    const state = done(done(begun()), false);
    expect(conditions(state)).toContain('n3 lost');
    expect(state.fencing.active).toEqual([]);
    expect(state.transition?.states).toEqual(['failed', 'dropped']);
  });

  it('that cannot be switched on again have fenced all the same', () => {
    const state = done(done(done(begun())), false);
    expect(conditions(state)).toContain('n3 down');
    expect(step(state)).toBe('on right');
    expect(state.fencing.failures).toEqual({});
  });

  it('stay off where the plan or a device wants it', () => {
    const stepsFor = (method: 'off' | 'reboot', more: Partial<FenceDevice> = {}): number => {
      const fenceDevices = [device('left', more), device('right')];
      const state = probedNodes({ ...both, fenceDevices });
      const wanted = { ...action('fence n3'), fenceMethod: method };
      return 1 + (fencePlan(state, wanted, n1, 1)?.next?.length ?? 0);
    };
    expect([stepsFor('reboot'), stepsFor('off'), stepsFor('reboot', { action: 'off' })]).toEqual([
      4, 2, 2,
    ]);
  });

  it('have names of their own in each step, so that no report is taken for another', () => {
    const first = begun();
    const second = done(first);
    expect(second.fencing.active[0]?.id).not.toBe(first.fencing.active[0]?.id);
    expect(apply(second, fenced(first, true)).fencing).toEqual(second.fencing);
  });
});

describe('the pause after failures', () => {
  it('comes when every way has failed, not before', () => {
    let state = openView(probedNodes({ fenceDevices: all }), {
      stay: 'n1 n2',
      left: { n3: 'node-down' },
    });
    const pauses: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      state = apply(state, planCommand(state, 'fence n3'));
      const request = fencePlan(state, action('fence n3'), n1, turn);
      if (request === undefined) throw new Error('somebody must be able to shoot');
      state = apply(state, { kind: 'fence-begin', request });
      state = apply(state, fenced(state, false));
      pauses.push(((state.fencing.retryAt[n3] ?? 0) - state.time) / 1000);
    }
    expect(pauses).toEqual([0, 0, 1, 0, 0, 2]);
  });

  it('takes the next way each time, and then the first again', () => {
    const devices = [0, 1, 2, 3].map((failures) => {
      const state = probedNodes({ fenceDevices: all });
      const failed = { ...state, fencing: { ...state.fencing, failures: { [n3]: failures } } };
      return fencePlan(failed, action('fence n3'), n1, 1)?.device;
    });
    expect(devices).toEqual(['ipmi', 'left', 'right', 'ipmi']);
  });
});
