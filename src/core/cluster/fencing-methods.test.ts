import { describe, expect, it } from 'vitest';

import { fencePlan } from '../fencing/choose.ts';
import { satisfies } from './fencing-methods.ts';
import type { ClusterState, FencingMethod } from './state.ts';
import {
  action,
  actionStates,
  apply,
  conditions,
  fenced,
  fenceRequest,
  n1,
  openView,
  planCommand,
  probedNodes,
} from './testing/cluster.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

/** n3 is gone without a word, and a plan wants this before web is started on n1. */
function lost(wanted: string, more: Parameters<typeof probedNodes>[0] = {}): ClusterState {
  const state = openView(probedNodes(more), { stay: 'n1 n2', left: { n3: 'node-down' } });
  return apply(state, planCommand(state, `${wanted} n3 -> start web n1`));
}

/** n3 is there, and a plan wants this before web is started on n1. */
function there(wanted: string, more: Parameters<typeof probedNodes>[0] = {}): ClusterState {
  const state = probedNodes({
    fenceDevices: [{ ...device('ipmi'), unfencing: 'any-node' }],
    ...more,
  });
  return apply(state, planCommand(state, `${wanted} n3 -> start web n1`));
}

const shot = (state: ClusterState, method: FencingMethod, ok = true): ClusterState => {
  const begun = apply(state, fenceRequest(state, 'n3', 'n1', method));
  expect(begun.fencing.active).toHaveLength(1);
  return apply(begun, fenced(begun, ok));
};

it('off is enough for a reboot, a reboot is not for off, and on is for nothing but on', () => {
  const all = ['reboot', 'off', 'on'] as const;
  const enough = all.flatMap((done) =>
    all.filter((wanted) => satisfies(done, wanted)).map((wanted) => `${done} for ${wanted}`),
  );
  expect(enough).toEqual(['reboot for reboot', 'off for reboot', 'off for off', 'on for on']);
});

describe('a wanted off', () => {
  it('is not merged into a reboot that ends: it is still to be done, with nothing after it', () => {
    const state = shot(lost('fence/off'), 'reboot');
    expect(conditions(state)).toContain('n3 down');
    expect(actionStates(state)).toEqual(['fence/off n3 ready', 'start web n1 waiting']);
    expect(actionStates(shot(state, 'off'))).toEqual(['fence/off n3 done', 'start web n1 ready']);
  });

  it('asks for no new decision, which would not want it any more', () => {
    const before = lost('fence/off');
    expect(shot(before, 'reboot').decision.wanted).toBe(before.decision.wanted);
  });

  it('is not failed by a reboot that fails, but a decision is wanted', () => {
    const before = lost('fence/off');
    const state = shot(before, 'reboot', false);
    expect(actionStates(state)).toEqual(['fence/off n3 ready', 'start web n1 waiting']);
    expect(state.decision.wanted).toBeGreaterThan(before.decision.wanted);
  });

  it('of a plan that comes after the reboot is to be done, of one that comes after off is not', () => {
    const planned = (method: FencingMethod): readonly string[] => {
      const down = shot(lost('fence'), method);
      return actionStates(apply(down, planCommand(down, 'fence/off n3')));
    };
    expect(planned('reboot')).toEqual(['fence/off n3 ready']);
    expect(planned('off')).toEqual(['fence/off n3 done']);
  });

  it('is asked for under a name of its own: that of the reboot was used', () => {
    const fenceDevices = [device('ipmi')];
    const state = lost('fence/off', { fenceDevices });
    const ids = ['fence n3', 'fence/off n3'].map((text) => {
      const request = fencePlan(state, action(text), n1, 1);
      return request?.id;
    });
    expect(new Set(ids).size).toBe(2);
  });

  it('is done where somebody has seen that the node is off', () => {
    const state = lost('fence/off');
    const confirmed = apply(state, { kind: 'fence-confirm', node: 'n3' as never, by: 'anna' });
    expect(actionStates(confirmed)).toEqual(['fence/off n3 done', 'start web n1 ready']);
  });
});

describe('a wanted reboot', () => {
  it('is done by off as well', () => {
    const state = shot(lost('fence'), 'off');
    expect(actionStates(state)).toEqual(['fence n3 done', 'start web n1 ready']);
  });

  it('is not done, nor failed, by switching on', () => {
    for (const ok of [true, false]) {
      const state = shot(there('fence'), 'on', ok);
      expect(conditions(state)).toContain('n3 online');
      expect(actionStates(state)).toEqual(['fence n3 ready', 'start web n1 waiting']);
    }
  });
});

describe('switching on', () => {
  it('is done by switching on alone', () => {
    const state = there('fence/on');
    expect(actionStates(shot(state, 'off'))[0]).toBe('fence/on n3 ready');
    expect(actionStates(shot(state, 'on'))[0]).toBe('fence/on n3 done');
  });
});

describe('of two power switches', () => {
  const both = {
    fenceDevices: [device('left'), device('right')],
    fencingLevels: [
      {
        id: 'level-1',
        index: 1,
        target: { kind: 'node', node: 'n3' as never } as const,
        devices: ['left', 'right'],
      },
    ],
  };
  const through = (
    wanted: string,
    planned: string,
    turns: number,
    before = lost(planned, both),
  ): ClusterState => {
    let state = before;
    const request = fencePlan(state, action(wanted), n1, 1);
    if (request === undefined) throw new Error('somebody must be able to shoot');
    state = apply(state, { kind: 'fence-begin', request });
    for (let turn = 0; turn < turns; turn += 1) state = apply(state, fenced(state, true));
    return state;
  };

  it('all off and then all on is a reboot', () => {
    const state = through('fence n3', 'fence/off', 4);
    expect(conditions(state)).toContain('n3 down');
    expect(actionStates(state)).toEqual(['fence/off n3 ready', 'start web n1 waiting']);
  });

  it('all off is off', () => {
    expect(actionStates(through('fence/off n3', 'fence/off', 1))[0]).toBe('fence/off n3 ready');
    expect(actionStates(through('fence/off n3', 'fence/off', 2))[0]).toBe('fence/off n3 done');
  });

  it('all on is on, and not before the last', () => {
    const fenceDevices = both.fenceDevices.map((each) => ({
      ...each,
      unfencing: 'any-node' as const,
    }));
    const state = there('fence/on', { ...both, fenceDevices });
    const after = (turns: number) => actionStates(through('fence/on n3', '', turns, state))[0];
    expect([after(1), after(2)]).toEqual(['fence/on n3 ready', 'fence/on n3 done']);
  });

  it('one that is off while the other refuses is not off: the reboot before counts', () => {
    const rebooted = through('fence n3', 'fence', 4);
    const request = fencePlan(rebooted, action('fence/off n3'), n1, 2);
    if (request === undefined) throw new Error('somebody must be able to shoot');
    const first = apply(rebooted, { kind: 'fence-begin', request });
    const half = apply(first, fenced(first, true));
    const failed = apply(half, fenced(half, false));
    const again = apply(failed, planCommand(failed, 'fence/off n3 -> start web n1'));
    expect(actionStates(again)[0]).toBe('fence/off n3 ready');
  });
});

function device(id: string) {
  return {
    ...plainFenceDevice,
    id,
    agent: 'fence_apc',
  } as const;
}
