import { describe, expect, it } from 'vitest';

import type { Command } from '../cluster/commands.ts';
import type { ClusterState } from '../cluster/state.ts';
import { apply, applied, configure, n2, n3, probedNodes } from '../cluster/testing/cluster.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { carryOutFencing, endFence } from './fences.ts';
import type { NodeState, Step } from './state.ts';
import { again, clocks, nodeOf, submitted } from './testing/hand.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const device: FenceDevice = {
  ...plainFenceDevice,
  id: 'ipmi',
  agent: 'fence_ipmilan',
  parameters: { ip: '10.0.0.9', password: 'secret:ipmi' },
  hosts: { n3: 'slot 3' },
};

const standby: Command = {
  kind: 'set-mark',
  mark: { kind: 'node-standby', id: 'standby:n3', node: n3, by: 'anna', setAt: 0 as never },
};
const tested = (forReal = false): ClusterState =>
  apply(probedNodes({ fenceDevices: [device] }), standby, {
    kind: 'fence-test',
    id: 't1',
    node: n3,
    by: 'anna',
    forReal,
  });
const turn = (node: NodeState): Step => carryOutFencing(node, clocks(0));

describe('a test of fencing', () => {
  it('asks the device for the status of the node under its name there, once', () => {
    const asked = turn(nodeOf(tested()));
    expect(asked.effects).toEqual([
      {
        kind: 'run-fence',
        request: {
          requestId: 'test t1 ipmi',
          device: 'ipmi',
          agent: 'fence_ipmilan',
          action: 'status',
          port: 'slot 3',
          target: 'n3',
          parameters: device.parameters,
          timeoutMs: 60_000,
        },
      },
    ]);
    expect(turn(asked.node).effects).toEqual([]);
  });

  it('tells what the device has said, once, and forgets it when that is in the order', () => {
    const asked = turn(nodeOf(tested()));
    const outcome = { kind: 'status', power: 'on' } as const;
    const result = { requestId: 'test t1 ipmi', outcome, durationMs: 70.4, output: '' };
    const told = turn(endFence(asked.node, result));
    const answer = { id: 't1', node: 'n1', device: 'ipmi', ok: true, text: 'on', durationMs: 70 };
    expect(submitted(told.node)).toEqual([{ kind: 'fence-test-answer', ...answer }]);
    expect(submitted(turn(told.node).node)).toHaveLength(1);
    const [command] = submitted(told.node);
    const after = apply(tested(), command as Command);
    expect(turn({ ...told.node, cluster: after }).node.fences).toEqual({});
  });

  it('asks one node after the other: many devices take one session at a time', () => {
    const state = tested();
    const second = nodeOf(state, { self: n2 });
    expect(turn(second).effects).toEqual([]);
    const answer = { kind: 'fence-test-answer', id: 't1', device: 'ipmi', text: 'on' } as const;
    const first = { ...answer, node: 'n1' as never, ok: true, durationMs: 1 };
    const next = applied(state, first).state;
    expect(turn(nodeOf(next, { self: n2 })).effects).toHaveLength(1);
  });

  it('of a device that is gone meanwhile has failed', () => {
    const state = apply(tested(), configure({ fenceDevices: [] }));
    const told = turn(turn(nodeOf(state)).node);
    expect(submitted(told.node)).toMatchObject([
      { ok: false, text: 'the device ipmi is not configured any more' },
    ]);
  });

  it('for real is a shooting that the leader asks for, and nobody else', () => {
    const asked = turn(nodeOf(tested(true)));
    expect(submitted(asked.node)).toMatchObject([
      {
        kind: 'fence-begin',
        request: {
          id: 'for real t1',
          test: 't1',
          target: 'n3',
          method: 'reboot',
          reason: 'a test, asked for by anna',
        },
      },
    ]);
    expect(submitted(turn(again(asked, nodeOf(tested(true)))).node)).toHaveLength(1);
    expect(submitted(turn(nodeOf(tested(true), { dc: n2 })).node)).toEqual([]);
    expect(submitted(turn(nodeOf({ ...tested(true), quorate: false })).node)).toEqual([]);
  });
});
