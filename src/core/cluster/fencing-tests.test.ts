import { describe, expect, it } from 'vitest';

import { fencePlan } from '../fencing/choose.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import type { Command } from './commands.ts';
import { clusterMachine } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  action,
  applied,
  apply,
  conditions,
  configure,
  fenced,
  fenceRequest,
  lastWords,
  n1,
  n2,
  n3,
  openView,
  planCommand,
  primitive,
  probedNodes,
  results,
} from './testing/cluster.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const device = (id: string, more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent: 'fence_apc',
  parameters: { ip: id },
  retries: 3,
  ...more,
});

const fenceDevices = [device('ipmi'), device('pdu', { hosts: { n3: '7' } })];
const cluster = (): ClusterState => probedNodes({ fenceDevices });
const test = (forReal = false, node = n3): Command => ({
  kind: 'fence-test',
  id: 't1',
  node,
  by: 'anna',
  forReal,
});
const refusal = (state: ClusterState, command: Command): string | undefined =>
  (applied(state, command).answer as { refused: string } | undefined)?.refused;

const say = (state: ClusterState, path: string, text = 'on'): ClusterState => {
  const [from = '', of = ''] = path.split(' ');
  const node = from as typeof n1;
  const ok = text === 'on' || text === 'off';
  return applied(
    state,
    { kind: 'fence-test-answer', id: 't1', node, device: of, ok, text, durationMs: 70 },
    node,
  ).state;
};
const inTurn = (state: ClusterState, ...paths: readonly string[]): ClusterState =>
  paths.reduce((before, path) => say(before, path), state);
const ALL = ['n1 ipmi', 'n2 ipmi', 'n1 pdu', 'n2 pdu'];
const proofs = (state: ClusterState): readonly string[] =>
  (state.fencing.proofs ?? []).map(
    ({ device: by, target, answeredAt, fencedAt }) =>
      `${by} ${target}${answeredAt === undefined ? '' : ' answers'}${fencedAt === undefined ? '' : ' fences'}`,
  );
const said = (state: ClusterState) => state.fencing.tests?.map(({ ok, text }) => ({ ok, text }));

describe('asking the devices', () => {
  it('goes by every device that reaches the node, once, from every other node', () => {
    const state = apply(cluster(), test());
    expect(state.fencing.tests).toMatchObject([
      { target: 'n3', by: 'anna', begunAt: state.time, forReal: false },
    ]);
    const paths = state.fencing.tests?.[0]?.paths ?? [];
    expect(paths.map(({ level, from, device: by }) => `${level} ${from} ${by}`)).toEqual([
      '1 n1 ipmi',
      '1 n2 ipmi',
      '2 n1 pdu',
      '2 n2 pdu',
    ]);
  });

  it('proves the devices when all have their answer, and says so once', () => {
    const open = inTurn(apply(cluster(), test()), ...ALL.slice(1));
    expect(proofs(open)).toEqual([]);
    expect(open.fencing.tests?.[0]?.endedAt).toBeUndefined();
    const state = say(open, 'n1 ipmi');
    expect(said(state)).toEqual([{ ok: true, text: 'every device answers for n3' }]);
    expect(proofs(state)).toEqual(['ipmi n3 answers', 'pdu n3 answers']);
    expect(lastWords(state)).toEqual(['test of fencing: every device answers for n3']);
  });

  it('proves nothing of a device that one of the nodes does not reach', () => {
    const most = inTurn(apply(cluster(), test()), ...ALL.slice(0, 3));
    const state = say(most, 'n2 pdu', 'connection refused');
    expect(said(state)).toEqual([{ ok: false, text: '1 of 4 ways to ask for n3 failed' }]);
    expect(proofs(state)).toEqual(['ipmi n3 answers']);
  });

  it('takes "off" of a node that is online for a mistake in the hosts', () => {
    const most = inTurn(apply(cluster(), test()), ...ALL.slice(0, 3));
    const state = say(most, 'n2 pdu', 'off');
    expect(state.fencing.tests?.[0]?.paths[3]?.answer).toMatchObject({
      ok: false,
      text: 'says "off", but n3 is online: it speaks of another machine (look at its hosts)',
    });
    expect(proofs(state)).toEqual(['ipmi n3 answers']);
  });

  it('believes each node for itself alone', () => {
    const state = apply(cluster(), test());
    const answer = { kind: 'fence-test-answer', id: 't1', node: n2, device: 'ipmi' } as const;
    const other = applied(state, { ...answer, ok: true, text: 'on', durationMs: 1 }, n1);
    expect(other.answer).toEqual({ refused: 'n1 cannot speak for n2' });
    expect(other.state.fencing).toEqual(state.fencing);
  });

  it('ends without the answers of nodes that have left', () => {
    const state = inTurn(apply(cluster(), test()), 'n1 ipmi', 'n1 pdu');
    const left = openView(state, { stay: 'n1 n3', left: { n2: 'node-down' } });
    expect(said(left)).toEqual([{ ok: false, text: '2 of 4 ways to ask for n3 failed' }]);
  });

  it('is refused where there is no device, nobody to ask, or one under way', () => {
    expect(refusal(probedNodes(), test())).toMatch(/^no fence device reaches n3: describe one/);
    expect(refusal(cluster(), test(false, 'n9' as never))).toBe('there is no node n9');
    expect(refusal(apply(cluster(), test()), test())).toMatch(/is being tested already/);
    const alone = openView(cluster(), {
      stay: 'n3',
      left: { n1: 'leave', n2: 'leave' },
    });
    expect(refusal(alone, test())).toMatch(/^no node but n3 is online/);
  });

  it('keeps the last test of each node', () => {
    const first = inTurn(apply(cluster(), test()), ...ALL);
    expect(apply(first, test()).fencing.tests).toHaveLength(1);
    expect(apply(first, { ...test(false, n2), id: 't2' } as Command).fencing.tests).toHaveLength(2);
  });
});

describe('a test for real', () => {
  const standby: Command = {
    kind: 'set-mark',
    mark: { kind: 'node-standby', id: 'standby:n3', node: n3, by: 'anna', setAt: 0 as never },
  };
  const asked = (): ClusterState => apply(cluster(), standby, test(true));
  const request = (state: ClusterState): Command => {
    const planned = fencePlan(state, action('fence n3'), n1, 1);
    if (planned === undefined) throw new Error('somebody must be able to shoot');
    return { kind: 'fence-begin', request: { ...planned, test: 't1' } };
  };

  it('is refused unless the node is online, in standby, and runs nothing', () => {
    expect(refusal(cluster(), test(true))).toMatch(/^n3 is not in standby, .* node standby n3/);
    const gone = openView(apply(cluster(), standby), { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(refusal(gone, test(true))).toMatch(/^n3 is lost: only a node that is online/);
    const planned = apply(cluster(), planCommand(cluster(), 'start web n3'));
    const runs = apply(planned, results(planned, 'start web n3'), standby);
    expect(refusal(runs, test(true))).toMatch(/^web may still run on n3/);
    const looking = apply(cluster(), standby, planCommand(cluster(), 'probe web n3'));
    expect(refusal(looking, test(true))).toMatch(/^work is under way on n3/);
  });

  // The simulator found it: services outlive their daemon, and the next one was shot with them.
  it('is refused before anybody has looked what runs there', () => {
    const resources = [primitive('web')];
    const probed = apply(probedNodes({ fenceDevices, resources }), standby);
    expect(refusal(probed, test(true))).toBeUndefined();
    const back = openView(probed, { stay: 'n1 n2 n3/2' });
    expect(refusal(back, test(true))).toMatch(/^it is not known yet what runs on n3/);
  });

  it('takes a node that is evacuated for one in standby, and not one in maintenance alone', () => {
    const work = {
      kind: 'node-maintenance',
      id: 'm',
      node: n3,
      by: 'anna',
      setAt: 0 as never,
    } as const;
    const evacuated = { kind: 'set-mark', mark: { ...work, evacuation: 'done' } } as const;
    expect(refusal(apply(cluster(), evacuated), test(true))).toBeUndefined();
    const kept = apply(cluster(), { kind: 'set-mark', mark: work });
    expect(refusal(kept, test(true))).toContain('n3 is not in standby');
  });

  it('takes the word of the attribute standby as well', () => {
    const standing = { kind: 'attribute', node: n3, name: 'standby', value: 'on' } as const;
    expect(refusal(apply(cluster(), standing), test(true))).toBeUndefined();
  });

  it('ends with the shooting: the node is down, the device is proved', () => {
    const begun = apply(asked(), request(asked()));
    expect(begun.fencing.active).toHaveLength(1);
    expect(begun.fencing.tests?.[0]?.endedAt).toBeUndefined();
    const state = apply(begun, fenced(begun, true));
    expect(conditions(state)).toContain('n3 down');
    expect(said(state)).toEqual([{ ok: true, text: 'ipmi has fenced n3: it reboots' }]);
    expect(proofs(state)).toEqual(['ipmi n3 fences']);
    expect(state.fencing.proofs).toMatchObject([{ fencedBy: 'anna' }]);
  });

  it('has failed when the node comes back and was not off', () => {
    const begun = apply(asked(), request(asked()));
    const down = apply(begun, fenced(begun, true));
    const rebooted = openView(down, { stay: 'n1 n2', join: 'n3/2b' });
    expect(said(rebooted)).toMatchObject([{ ok: true }]);
    const ranOn = openView(down, { stay: 'n1 n2', join: 'n3/2' });
    expect(said(ranOn)).toEqual([{ ok: false, text: 'ipmi has confirmed it, but n3 was not off' }]);
    expect(proofs(ranOn)).toEqual([]);
  });

  it('that fails leaves the node as it is, and costs the next fencing nothing', () => {
    const begun = apply(asked(), request(asked()));
    const state = apply(begun, fenced(begun, false));
    expect(conditions(state)).toContain('n3 online');
    expect(said(state)).toEqual([{ ok: false, text: 'ipmi has not fenced n3: no answer' }]);
    expect([state.fencing.failures, state.fencing.retryAt, proofs(state)]).toEqual([{}, {}, []]);
  });

  it('is not begun when the standby was ended meanwhile', () => {
    const back = apply(asked(), { kind: 'clear-mark', id: 'standby:n3', by: 'ben' });
    const state = apply(back, request(back));
    expect(state.fencing.active).toEqual([]);
    expect(said(state)?.[0]?.text).toMatch(/^n3 is not in standby/);
  });

  it('ends when the membership or the configuration changes before it is begun', () => {
    const other = openView(asked(), { stay: 'n1 n3', left: { n2: 'node-down' } });
    expect(said(other)?.[0]?.text).toBe('the membership changed before n3 was fenced');
    const changed = apply(asked(), configure({ fenceDevices: [] }));
    expect(said(changed)?.[0]?.text).toBe('the configuration changed before n3 was fenced');
    const begun = apply(asked(), request(asked()));
    expect(apply(begun, configure({ fenceDevices })).fencing.tests?.[0]?.endedAt).toBeUndefined();
  });
});

describe('a test of a watchdog that is the only way', () => {
  const standby: Command = {
    kind: 'set-mark',
    mark: { kind: 'node-standby', id: 'standby:n3', node: n3, by: 'anna', setAt: 0 as never },
  };
  const alone = (value: string): ClusterState => {
    const values = { 'fencing-watchdog-timeout': '-1' };
    const options = [{ id: 'options', score: INFINITY_SCORE, values }];
    const armed = { kind: 'attribute', node: n3, name: WATCHDOG_ATTRIBUTE, value } as const;
    return apply(probedNodes({ options }), armed, standby);
  };
  const asked = (): ClusterState => apply(alone('10000 5000'), test(true));

  it('cannot be asked for without a reset, and says what to type', () => {
    expect(refusal(alone('10000 5000'), test())).toMatch(
      /^nothing can be asked: only its watchdog fences n3, .* holdfast fence test n3 --for-real$/,
    );
    expect(refusal(alone('10000 5000 virtual'), test(true))).toMatch(
      /^no fence device reaches n3, and its watchdog does not count now/,
    );
  });

  it('proves that it resets the machine', () => {
    const planned = fencePlan(asked(), action('fence n3'), n1, 1);
    expect(planned?.device).toBe('watchdog');
    const begun = apply(asked(), { kind: 'fence-begin', request: { ...planned!, test: 't1' } });
    expect(begun.fencing.active).toHaveLength(1);
    const state = apply(begun, fenced(begun, true));
    expect(state.fencing.proofs).toEqual([
      { device: 'watchdog', target: n3, fencedAt: state.time, fencedBy: 'anna' },
    ]);
    expect(said(state)).toEqual([{ ok: true, text: 'watchdog has fenced n3: it reboots' }]);
    expect(proofs(apply(begun, fenced(begun, false)))).toEqual([]);
  });
});

describe('a proof', () => {
  const proved = (): ClusterState => inTurn(apply(cluster(), test()), ...ALL);

  it('comes of a real fencing as well, next to that of the answers', () => {
    const lost = openView(proved(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const planned = apply(lost, planCommand(lost, 'fence n3'));
    const shot = fencePlan(planned, action('fence n3'), n1, 1);
    if (shot === undefined) throw new Error('somebody must be able to shoot');
    const begun = apply(planned, { kind: 'fence-begin', request: shot });
    expect(proofs(apply(begun, fenced(begun, false)))).toEqual(proofs(proved()));
    const state = apply(begun, fenced(begun, true));
    expect(proofs(state)).toEqual(['pdu n3 answers', 'ipmi n3 answers fences']);
    // Nobody asked for that one.
    const proof = state.fencing.proofs?.find(({ device: of }) => of === 'ipmi');
    expect([proof?.answeredBy, proof?.fencedBy]).toEqual(['anna', undefined]);
  });

  it('of a test is not said of the fencing after it', () => {
    const before = [{ device: 'ipmi', target: n3, fencedAt: 1 as never, fencedBy: 'anna' }];
    const lost = openView(cluster(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const begun = apply(
      { ...lost, fencing: { ...lost.fencing, proofs: before } },
      fenceRequest(lost, 'n3'),
    );
    const state = apply(begun, fenced(begun, true));
    expect(state.fencing.proofs).toEqual([{ device: 'ipmi', target: n3, fencedAt: state.time }]);
  });

  it('does not come of waiting for a reset either: nothing was switched', () => {
    const lost = openView(cluster(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const { kind, request } = fenceRequest(lost, 'n3');
    const waited = apply(lost, { kind, request: { ...request, device: 'watchdog' } });
    const done = apply(waited, fenced(waited, true));
    expect(conditions(done)).toContain('n3 down');
    expect(proofs(done)).toEqual([]);
  });

  it('does not come of a word by hand', () => {
    const lost = openView(cluster(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    const state = apply(lost, { kind: 'fence-confirm', node: n3, by: 'anna' });
    expect(proofs(state)).toEqual([]);
  });

  it('of a device with other parameters is none, of one with another timeout it is', () => {
    const changed = [device('ipmi', { timeoutMs: 5000 }), device('pdu', { hosts: { n3: '8' } })];
    expect(proofs(apply(proved(), configure({ fenceDevices: changed })))).toEqual([
      'ipmi n3 answers',
    ]);
  });

  it('survives in a snapshot, and one of old has none', () => {
    const state = proved();
    const read = (from: ClusterState): unknown =>
      clusterMachine.decode(clusterMachine.encode(from))?.fencing;
    expect(read(state)).toEqual(state.fencing);
    const { tests: _tests, proofs: _proofs, ...old } = state.fencing;
    expect(read({ ...state, fencing: old })).toEqual(old);
  });
});
