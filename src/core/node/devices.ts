/**
 * Fence devices are asked now and then whether they answer, so that a dead one is known before the
 * night in which it is needed. Every member that may have to shoot asks for itself.
 */
import { timeoutOf } from '../model/fence-device.ts';
import { sortedKeys, without } from '../cluster/order.ts';
import { FENCE_DEVICE_PREFIX, SECRETS_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { monotonicMs } from '../model/ids.ts';
import type { FenceRequest, FenceResult } from '../model/operation.ts';
import { canonicalJson } from '../wire/canonical.ts';
import { askOnce } from './lead.ts';
import type { DeviceCheck, NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

const PREFIX = 'monitor ';
const WORDS_MAX = 300;

export function watchDevices(before: NodeState, clocks: NodeClocks): Step {
  const node = forgetRemoved(before);
  if (node.view.phase.kind !== 'open' || !node.view.phase.acting) return stay(node);
  let step: Step = stay(node);
  for (const device of node.cluster.configuration.model.fenceDevices) {
    if (device.monitorIntervalMs <= 0) continue;
    for (const duty of [ask, tellNews]) {
      const next = duty(step.node, device, clocks);
      step = { node: next.node, effects: [...step.effects, ...next.effects] };
    }
  }
  return step;
}

function forgetRemoved(node: NodeState): NodeState {
  const known = new Set(node.cluster.configuration.model.fenceDevices.map((each) => each.id));
  let { devices } = node;
  for (const id of sortedKeys(devices)) if (!known.has(id)) devices = without(devices, id);
  return devices === node.devices ? node : { ...node, devices };
}

function ask(node: NodeState, device: FenceDevice, clocks: NodeClocks): Step {
  const check = node.devices[device.id];
  const asked = whatIsAsked(node, device);
  const isDue = (check?.nextAtMs ?? 0) <= clocks.nowMs || check?.asked !== asked;
  if (check?.running === true || !isDue) return stay(node);
  const nextAtMs = monotonicMs(clocks.nowMs + device.monitorIntervalMs);
  const next = setCheck(node, device.id, { said: check?.said, nextAtMs, running: true, asked });
  return { node: next, effects: [{ kind: 'run-fence', request: monitorRequest(device) }] };
}

/** Who has mended its parameters, or stored its secret, is not told for a minute that it does not answer. */
const whatIsAsked = ({ cluster, view }: NodeState, { agent, parameters }: FenceDevice): string => {
  const secrets = cluster.nodes[view.self]?.attributes[SECRETS_ATTRIBUTE] ?? '';
  return canonicalJson({ agent, parameters, secrets });
};

const monitorRequest = (device: FenceDevice): FenceRequest => ({
  requestId: `${PREFIX}${device.id}`,
  device: device.id,
  agent: device.agent,
  action: 'monitor',
  parameters: device.parameters,
  timeoutMs: timeoutOf(device, 'monitor'),
});

/** Undefined: the result is not that of a monitor. */
export function endMonitor(node: NodeState, result: FenceResult): NodeState | undefined {
  if (!result.requestId.startsWith(PREFIX)) return undefined;
  const id = result.requestId.slice(PREFIX.length);
  const check = node.devices[id];
  if (check === undefined) return node;
  return setCheck(node, id, { ...check, running: false, said: wordsOf(result) });
}

function wordsOf({ outcome }: FenceResult): string {
  return outcome.kind === 'failed' ? outcome.reason.slice(0, WORDS_MAX) : 'ok';
}

/** Only what is new travels: the cluster knows of each member what its last word was. */
function tellNews(node: NodeState, device: FenceDevice, clocks: NodeClocks): Step {
  const said = node.devices[device.id]?.said;
  const { self } = node.view;
  const name = `${FENCE_DEVICE_PREFIX}${device.id}`;
  if (said === undefined || node.cluster.nodes[self]?.attributes[name] === said) return stay(node);
  const command = { kind: 'attribute', node: self, name, value: said } as const;
  return askOnce(node, `ask device ${device.id}`, command, clocks);
}

const setCheck = (node: NodeState, id: string, check: DeviceCheck): NodeState => ({
  ...node,
  devices: { ...node.devices, [id]: check },
});
