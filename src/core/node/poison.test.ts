import { expect, it } from 'vitest';
import type { ArmedWatchdog } from '../cluster/watchdog.ts';
import { watchdogText } from '../cluster/watchdog.ts';
import type { ClusterState } from '../cluster/state.ts';
import { action, apply, n1, n3, openView, probedNodes } from '../cluster/testing/cluster.ts';
import { fencePlan } from '../fencing/choose.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { monotonicMs } from '../model/ids.ts';
import { carryOutFencing, endFence } from './fences.ts';
import type { NodeState } from './state.ts';
import { clocks, nodeOf } from './testing/hand.ts';
import { prove } from './watchdog.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const UUID = '91452ef6-641e-4fe0-9523-53f28b350ee2';
const pill: FenceDevice = {
  ...plainFenceDevice,
  id: 'pill',
  agent: 'fence_pill',
  parameters: { disks: '/dev/disk/by-id/a', pill_wait_ms: '0' },
};
const watchdog = (uuids: readonly string[]): ArmedWatchdog => ({
  timeoutMs: 10_000,
  proofAgeMs: 5000,
  disks: { ageMs: 5000, uuids },
});
const told = (node: typeof n1): ClusterState =>
  apply(probedNodes({ fenceDevices: [pill] }), {
    kind: 'attribute',
    node,
    name: WATCHDOG_ATTRIBUTE,
    value: watchdogText(watchdog([UUID])),
  });

/** n1 has to shoot n3, which has proved that it takes pills. */
function begun(): ClusterState {
  const state = openView(told(n3), { stay: 'n1 n2', left: { n3: 'node-down' } });
  const request = fencePlan(state, action('fence n3'), n1, 1);
  if (request === undefined) throw new Error('a pill is a way');
  return apply(state, { kind: 'fence-begin', request });
}
const shoot = (state: ClusterState): NodeState => carryOutFencing(nodeOf(state), clocks(0)).node;
const fenceOf = ({ fences }: NodeState) => Object.values(fences)[0];

it('a pill is written with the terms that the target has proved, over what is configured', () => {
  const state = begun();
  const { effects } = carryOutFencing(nodeOf(state), clocks(0));
  expect(effects.at(-1)).toMatchObject({
    kind: 'run-fence',
    request: {
      agent: 'fence_pill',
      action: 'reboot',
      timeoutMs: 60_000 + 30_000,
      parameters: {
        disks: '/dev/disk/by-id/a',
        pill_wait_ms: '30000',
        pill_uuids: UUID,
        pill_boot: state.nodes[n3]?.boot,
      },
    },
  });
});

it('a target whose proof is gone is not shot with a pill', () => {
  const command = {
    kind: 'attribute',
    node: n3,
    name: WATCHDOG_ATTRIBUTE,
    value: undefined,
  } as const;
  expect(fenceOf(shoot(apply(begun(), command)))).toMatchObject({
    result: { outcome: { kind: 'failed', reason: expect.stringContaining('has not proved') } },
  });
});

it('a machine that is still a member after its time has taken no pill', () => {
  const shot = shoot(begun());
  const requestId = fenceOf(shot)?.id ?? '';
  const result = { requestId, outcome: { kind: 'ok' }, durationMs: 30_000, output: '' } as const;
  const outcomeWith = (machines: NodeState['machines']) =>
    fenceOf(endFence({ ...shot, machines }, result))?.result?.outcome.kind;
  expect([outcomeWith(['n1', 'n2', 'n3'] as never), outcomeWith([n1])]).toEqual(['failed', 'ok']);
});

it('a node proves no health while the others are told of disks that its feeder does not read', () => {
  const proofsWith = (uuids: readonly string[] | undefined): number => {
    const node = nodeOf(told(n1));
    const { health } = node;
    const heardAtMs = monotonicMs(100);
    const read = uuids === undefined ? undefined : watchdog(uuids);
    return prove({ ...node, health: { ...health, watchdog: read, heardAtMs } }).effects.length;
  };
  expect([proofsWith([UUID]), proofsWith([UUID.toUpperCase()]), proofsWith(undefined)]).toEqual([
    1, 0, 0,
  ]);
});
