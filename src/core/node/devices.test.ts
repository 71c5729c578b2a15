import { expect, it } from 'vitest';
import { apply, configure, probedNodes } from '../cluster/testing/cluster.ts';
import type { ClusterState } from '../cluster/state.ts';
import { SECRETS_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { nodeName } from '../model/ids.ts';
import type { FenceResult } from '../model/operation.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { endMonitor, watchDevices } from './devices.ts';
import type { NodeState, Step } from './state.ts';
import { clocks, nodeOf } from './testing/hand.ts';

const device = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id: 'power',
  agent: 'fence_ipmilan',
  monitorIntervalMs: 60_000,
  parameters: { password: 'secret:bmc' },
  ...more,
});

const asked = (step: Step) =>
  step.effects.flatMap((effect) => (effect.kind === 'run-fence' ? [effect.request.action] : []));

/** It was asked at 0, and has not answered. */
function refused(): NodeState {
  const begun = watchDevices(nodeOf(probedNodes({ fenceDevices: [device()] })), clocks(0));
  expect(asked(begun)).toEqual(['monitor']);
  const outcome = { kind: 'failed', reason: 'password: secret bmc is not on this node' } as const;
  const result: FenceResult = { requestId: 'monitor power', outcome, durationMs: 5, output: '' };
  return endMonitor(begun.node, result) ?? begun.node;
}

const within = (node: NodeState, cluster: ClusterState, nowMs: number) =>
  asked(watchDevices({ ...node, cluster }, clocks(nowMs)));

it('a device is asked again when its time has come', () => {
  const node = refused();
  expect(within(node, node.cluster, 59_999)).toEqual([]);
  expect(within(node, node.cluster, 60_000)).toEqual(['monitor']);
});

it('a device is asked again at once when its parameters or the secrets here are others', () => {
  const node = refused();
  const secrets = { kind: 'attribute', name: SECRETS_ATTRIBUTE, value: 'bmc' } as const;
  const here = apply(node.cluster, { ...secrets, node: node.view.self });
  expect(within(node, here, 1000)).toEqual(['monitor']);
  const elsewhere = apply(node.cluster, { ...secrets, node: nodeName('n3') });
  expect(within(node, elsewhere, 1000)).toEqual([]);
  const other = device({ parameters: { password: 'secret:other' } });
  const changed = apply(node.cluster, configure({ fenceDevices: [other] }));
  expect(within(node, changed, 1000)).toEqual(['monitor']);
});
