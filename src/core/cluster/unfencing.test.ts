import { describe, expect, it } from 'vitest';
import { UNFENCED_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import type { Command } from './commands.ts';
import { fencingsInARow } from './fence-loop.ts';
import { pictureOf } from './picture.ts';
import type { ClusterState } from './state.ts';
import {
  actionStates,
  apply,
  configure,
  fenced,
  fenceRequest,
  lastWords,
  n1,
  n3,
  nodeOf,
  openView,
  planCommand,
  probedNodes,
} from './testing/cluster.ts';
import { hasAccess, isRefused, refusalOf } from './unfencing.ts';

const disks = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id: 'disks',
  agent: 'fence_scsi',
  action: 'off',
  hostCheck: 'none',
  unfencing: 'own-node',
  ...more,
});

const nodes = (): ClusterState => {
  const state = probedNodes({ fenceDevices: [disks()] });
  return apply(state, planCommand(state, 'fence/on n3 -> start web n3'));
};

function on(state: ClusterState, executor = 'n3', more = {}): Command {
  const { request } = fenceRequest(state, 'n3', executor, 'on');
  return { kind: 'fence-begin', request: { ...request, device: 'disks', ...more } };
}

const begun = (): ClusterState => apply(nodes(), on(nodes()));
const given = (): ClusterState => apply(begun(), fenced(begun(), true));
const failed = (): ClusterState => apply(begun(), fenced(begun(), false));
const has = (state: ClusterState, name = 'n3'): boolean => hasAccess(state, nodeOf(state, name));

describe('access', () => {
  it('has everybody where no device gives it, or fencing is off', () => {
    expect(has(probedNodes())).toBe(true);
    expect(has(nodes())).toBe(false);
    const options = [{ id: 'o', score: 0, values: { 'stonith-enabled': 'false' } }];
    expect(has(probedNodes({ fenceDevices: [disks()], options }))).toBe(true);
  });

  it('is given by the confirmation: what waited for it may start, and it is said', () => {
    expect(actionStates(begun())).toEqual(['fence/on n3 ready', 'start web n3 waiting']);
    expect([has(begun()), has(given()), has(given(), 'n1')]).toEqual([false, true, false]);
    expect(actionStates(given())).toEqual(['fence/on n3 done', 'start web n3 ready']);
    expect(lastWords(given())).toEqual(['unfencing of n3 by disks is confirmed']);
  });

  it('is not given to a later life of the node', () => {
    const back = openView(begun(), { stay: 'n1 n2', join: 'n3/2' });
    const state = apply(back, fenced(back, true));
    expect(has(state)).toBe(false);
    const elsewhere = apply(nodes(), on(nodes(), 'n1'));
    const returned = openView(elsewhere, { stay: 'n1 n2', join: 'n3/2' });
    expect(returned.fencing.active).toHaveLength(1);
    expect(has(apply(returned, fenced(returned, true)))).toBe(false);
  });

  it('is not given to a node that was lost meanwhile', () => {
    const elsewhere = apply(nodes(), on(nodes(), 'n1'));
    const gone = openView(elsewhere, { stay: 'n1 n2', left: { n3: 'node-down' } });
    const state = apply(gone, fenced(gone, true));
    expect(nodeOf(state, 'n3').attributes[UNFENCED_ATTRIBUTE]).toBeUndefined();
  });

  it('ends when a shooting begins, whatever comes of that', () => {
    const shot = apply(given(), fenceRequest(given(), 'n3', 'n1', 'off'));
    expect(has(shot)).toBe(false);
    expect(has(apply(shot, fenced(shot, false)))).toBe(false);
  });

  it('ends with the boot and with a clean leave, and not with a daemon that begins anew', () => {
    expect(has(openView(given(), { stay: 'n1 n2', join: 'n3/2' }))).toBe(true);
    expect(has(openView(given(), { stay: 'n1 n2', join: 'n3/2b' }))).toBe(false);
    const { incarnation } = nodeOf(given(), 'n3');
    const left = apply(given(), { kind: 'node-leaves', node: n3, incarnation });
    expect(has(openView(left, { stay: 'n1 n2', join: 'n3/2' }))).toBe(false);
  });

  it('ends when a device that gives it is another one, and with no other change', () => {
    const changed = (...fenceDevices: readonly FenceDevice[]): boolean =>
      has(apply(given(), configure({ fenceDevices })));
    expect(changed(disks({ parameters: { devices: '/dev/sdb' } }))).toBe(false);
    expect(changed(disks(), disks({ id: 'more' }))).toBe(false);
    expect(changed(disks({ timeoutMs: 1 }), disks({ id: 'power', unfencing: 'none' }))).toBe(true);
    expect(changed(disks({ hostCheck: 'static-list', hosts: { n1: 'n1' } }))).toBe(true);
  });
});

describe('requests for one node', () => {
  it('never are of both kinds at a time, and none is enough for the other', () => {
    const off = fenceRequest(begun(), 'n3', 'n1', 'off');
    expect(apply(begun(), off).fencing.active).toMatchObject([{ method: 'on' }]);
    const shot = apply(nodes(), fenceRequest(nodes(), 'n3', 'n1', 'off'));
    expect(apply(shot, on(shot)).fencing.active).toMatchObject([{ method: 'off' }]);
    const lost = openView(nodes(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const planned = apply(lost, planCommand(lost, 'fence/off n3'));
    const asked = apply(planned, on(planned, 'n1'));
    expect(asked.fencing.active).toEqual([]);
  });

  it('give one device after the other, and access with the last', () => {
    const two = probedNodes({ fenceDevices: [disks(), disks({ id: 'more' })] });
    const steps = { next: [{ device: 'more', method: 'on' }], whole: 'on' };
    const first = apply(two, on(two, 'n3', steps));
    const second = apply(first, fenced(first, true));
    expect(second.fencing.active).toMatchObject([{ device: 'more', method: 'on', executor: 'n3' }]);
    expect([has(second), has(apply(second, fenced(second, true)))]).toEqual([false, true]);
  });

  it('prove no device, and are no reason to hold a node back', () => {
    expect(given().fencing.proofs).toBeUndefined();
    expect(fencingsInARow(given(), n3)).toBe(0);
  });

  it('end when the node that gives itself its access is lost: it is to be shot', () => {
    const { incarnation } = nodeOf(begun(), 'n3');
    const reason = 'its daemon is silent';
    const lost = apply(begun(), { kind: 'declare-lost', node: n3, incarnation, reason });
    expect(lost.fencing.active).toEqual([]);
    const shot = apply(lost, fenceRequest(lost, 'n3', 'n1', 'off'));
    expect(shot.fencing.active).toMatchObject([{ method: 'off' }]);
  });
});

describe('a failure', () => {
  it('starts nothing, is said with the words of the device, and delays no shooting', () => {
    const state = failed();
    expect(actionStates(state)).toEqual(['fence/on n3 failed', 'start web n3 dropped']);
    expect(state.decision.wanted).toBeGreaterThan(begun().decision.wanted);
    expect(lastWords(state)).toEqual(['unfencing of n3 by disks failed: no answer']);
    expect([state.fencing.failures, state.fencing.retryAt]).toEqual([{}, {}]);
    const { status } = pictureOf(state, n1, false);
    const values = status.nodes.find(({ name }) => name === 'n3')?.transient[0]?.values;
    expect(values).toMatchObject({ '#access-refused': 'no answer' });
  });

  it('is followed by pauses that grow up to five minutes, after the tries of the device', () => {
    let state = probedNodes({ fenceDevices: [disks({ retries: 2 })] });
    const pauses: (number | boolean)[] = [];
    for (let turn = 0; turn < 13; turn += 1) {
      state = apply(state, on(state));
      state = apply(state, fenced(state, false));
      pauses.push(isRefused(state, n3), (refusalOf(state, n3)?.retryAt ?? 0) - state.time);
    }
    expect(pauses.slice(0, 8)).toEqual([false, 0, true, 1000, true, 2000, true, 4000]);
    expect(pauses.at(-1)).toBe(300_000);
  });

  it('is forgotten with the life of the node', () => {
    const back = openView(failed(), { stay: 'n1 n2', join: 'n3/2' });
    expect(refusalOf(back, n3)).toBeUndefined();
  });

  it('of which nobody knows the end lasts as long as the agent may take', () => {
    const elsewhere = apply(nodes(), on(nodes(), 'n1'));
    const open = openView(elsewhere, { stay: 'n2 n3', left: { n1: 'node-down' } });
    expect(refusalOf(open, n3)).toMatchObject({ retryAt: open.time + 60_000, endUnknownOf: 'n1' });
    const back = openView(open, { stay: 'n2', join: 'n3/2b' });
    expect(refusalOf(back, n3)).toMatchObject({ failures: 0, endUnknownOf: 'n1' });
  });
});

describe('a shooting of which nobody knows the end', () => {
  const shotWith = (state: ClusterState, device = 'disks'): ClusterState => {
    const begin = fenceRequest(state, 'n3', 'n1', 'off');
    return apply(state, { ...begin, request: { ...begin.request, device } });
  };
  const left = (state: ClusterState): ClusterState =>
    openView(state, { stay: 'n2 n3', left: { n1: 'node-down' } });

  it('may go on as long as its agent may take: what gives access waits for that, in the next life too', () => {
    const open = left(shotWith(given()));
    expect(refusalOf(open, n3)).toMatchObject({ retryAt: open.time + 60_000, shotBy: 'n1' });
    expect(isRefused(open, n3)).toBe(true);
    const back = openView(open, { stay: 'n2', join: 'n3/2b' });
    expect(refusalOf(back, n3)).toMatchObject({ failures: 0, shotBy: 'n1' });
    const again = apply(back, on(back));
    expect(refusalOf(apply(again, fenced(again, true)), n3)).toBeUndefined();
  });

  it('is none that has failed, nor one by what takes no access', () => {
    const shot = shotWith(given());
    expect(refusalOf(apply(shot, fenced(shot, false)), n3)).toBeUndefined();
    const power = disks({ id: 'power', agent: 'fence_ipmilan', unfencing: 'none' });
    const state = probedNodes({ fenceDevices: [disks(), power] });
    expect(refusalOf(left(shotWith(state, 'power')), n3)).toBeUndefined();
  });

  it('does not end a longer pause of what gives access', () => {
    let state = nodes();
    for (let turn = 0; turn < 10; turn += 1) {
      state = apply(state, on(state));
      state = apply(state, fenced(state, false));
    }
    const { retryAt = 0, failures } = refusalOf(state, n3) ?? {};
    expect(retryAt).toBeGreaterThan(state.time + 60_000);
    expect(refusalOf(left(shotWith(state)), n3)).toMatchObject({ failures, retryAt });
  });
});
