/** A node that was taken for off, and was not. */
import { describe, expect, it } from 'vitest';
import type { FenceDevice, Unfencing } from '../model/configuration.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { ranOnAfter } from './ran-on.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  fenceRequest,
  fenced,
  n3,
  nodeOf,
  openView,
  planCommand,
  probedNodes,
} from './testing/cluster.ts';

const left = { stay: 'n1 n2', left: { n3: 'node-down' } } as const;
const back = (state: ClusterState, life: string): ClusterState =>
  openView(state, { stay: 'n1 n2', join: `n3/${life}` });

function lost(unfencing?: Unfencing): ClusterState {
  const state = probedNodes();
  const { configuration } = state;
  const device: FenceDevice = {
    ...plainFenceDevice,
    id: 'ipmi',
    agent: 'fence_ipmilan',
    ...(unfencing === undefined ? {} : { unfencing }),
  };
  const model = { ...configuration.model, fenceDevices: [device] };
  const gone = openView({ ...state, configuration: { ...configuration, model } }, left);
  return apply(gone, planCommand(gone, 'fence n3 -> start web n1'));
}

function shot(state: ClusterState): ClusterState {
  const begun = apply(state, fenceRequest(state, 'n3'));
  return apply(begun, fenced(begun, true));
}

const confirmed = (): ClusterState =>
  apply(lost(), { kind: 'fence-confirm', node: n3, by: 'anna' });
const alarm = (state: ClusterState): string | undefined =>
  state.story.findLast(({ severity, kind }) => kind === 'alarm' && severity === 'error')?.text;
const ranOn = (state: ClusterState): boolean =>
  ranOnAfter(state, nodeOf(state, 'n3')) !== undefined;

describe('a node that comes back in the boot in which it was taken for off', () => {
  it('was not switched by the device, which has proved nothing then', () => {
    const down = shot(lost());
    expect(down.fencing.proofs).toMatchObject([{ device: 'ipmi', target: 'n3' }]);
    expect(ranOn(down)).toBe(false);
    const again = back(down, '2');
    expect(alarm(again)).toBe(
      'n3 was not off: its fencing by ipmi was confirmed, but its machine has run on since',
    );
    expect(ranOn(again)).toBe(true);
    expect(again.fencing.proofs).toEqual([]);
  });

  it('was confirmed by mistake', () => {
    expect(alarm(back(confirmed(), '2'))).toBe(
      'n3 was not off: anna confirmed by hand that n3 is off, but its machine has run on since',
    );
  });

  it('is said until its machine is restarted, also when its daemon begins anew', () => {
    const again = back(openView(back(confirmed(), '2'), left), '3');
    expect(ranOn(again)).toBe(true);
    const rebooted = back(openView(again, left), '4b');
    expect(ranOn(rebooted)).toBe(false);
  });
});

describe('a node that was off', () => {
  it('comes back in another boot', () => {
    for (const down of [shot(lost()), confirmed()]) {
      expect(alarm(back(down, '2b'))).toBeUndefined();
      expect(ranOn(back(down, '2b'))).toBe(false);
    }
  });

  it('is none of which only the access to what is shared was taken away', () => {
    const again = back(shot(lost('own-node')), '2');
    expect(alarm(again)).toBeUndefined();
    expect(ranOn(again)).toBe(false);
  });

  it('is none of which the shooting failed, or that had begun another life by then', () => {
    const begun = apply(lost(), fenceRequest(lost(), 'n3'));
    expect(ranOn(back(apply(begun, fenced(begun, false)), '2'))).toBe(false);
    const other = back(begun, '2');
    expect(ranOn(apply(other, fenced(other, true)))).toBe(false);
  });
});
