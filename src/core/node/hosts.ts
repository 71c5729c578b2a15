/**
 * Fence devices without hosts in the configuration are asked whom they reach: by their list, or by
 * the status of each node (Pacemaker Explained, "Fencing", `pcmk_host_check`). In the background, so
 * that a shooting never waits for it; every member that may have to shoot asks for itself.
 */
import { isAsked, isKnownToReach, saidHostsText, whatIsAsked } from '../cluster/fence-hosts.ts';
import type { SaidHosts } from '../cluster/fence-hosts.ts';
import { sortedKeys, sortedValues, without } from '../cluster/order.ts';
import { FENCE_HOSTS_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { hostCheckOf, portOf, timeoutOf } from '../model/fence-device.ts';
import type { MonotonicMs, NodeName } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import type { FenceHost, FenceRequest, FenceResult } from '../model/operation.ts';
import { readyActions } from '../transition/advance.ts';
import { askOnce } from './lead.ts';
import type { HostsCheck, NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

const PREFIX = 'hosts ';
/** A machine that was added or moved is known after this; asking costs some agents seconds. */
const EVERY_MS = 300_000;
/** While a node waits to be fenced that none of them is known to reach. */
const SOON_MS = 10_000;
/** A list of a device that does not answer any more counts for so long. */
const AGE_MS_MAX = 3_600_000;
const HOSTS_MAX = 10_000;
const WORDS_MAX = 300;

export function askForHosts(before: NodeState, clocks: NodeClocks): Step {
  const node = forgetChanged(before);
  if (node.view.phase.kind !== 'open' || !node.view.phase.acting) return stay(node);
  let step: Step = stay(node);
  for (const device of node.cluster.configuration.model.fenceDevices) {
    if (!isAsked(device)) continue;
    for (const duty of [ask, tellNews]) {
      const next = duty(step.node, device, clocks);
      step = { node: next.node, effects: [...step.effects, ...next.effects] };
    }
  }
  return step;
}

/** A running agent is waited for: its answer is about the device as it was. */
function forgetChanged(node: NodeState): NodeState {
  const { fenceDevices } = node.cluster.configuration.model;
  let { hosts } = node;
  for (const id of sortedKeys(hosts)) {
    const device = fenceDevices.find((each) => each.id === id);
    const check = hosts[id];
    const isSame =
      device !== undefined && isAsked(device) && check?.about === aboutOf(node, device);
    if (!isSame && check?.running === false) hosts = without(hosts, id);
  }
  return hosts === node.hosts ? node : { ...node, hosts };
}

function ask(node: NodeState, device: FenceDevice, { nowMs }: NodeClocks): Step {
  const check = node.hosts[device.id] ?? newCheck(aboutOf(node, device), nowMs);
  if (check.running) return stay(node);
  const begun = check.left.length > 0 ? check : begin(node, device, check, nowMs);
  if (begun === undefined) return stay(setCheck(node, device.id, check));
  const running = setCheck(node, device.id, { ...begun, running: true });
  return { node: running, effects: [{ kind: 'run-fence', request: requestOf(device, begun) }] };
}

/** The nodes as well: whom else the device lists is nobody's business. */
const aboutOf = ({ cluster }: NodeState, device: FenceDevice): string =>
  [whatIsAsked(device), ...sortedKeys(cluster.nodes)].join('\n');

const newCheck = (about: string, nowMs: MonotonicMs): HostsCheck => ({
  about,
  nextAtMs: nowMs,
  running: false,
  left: [],
  found: {},
  said: undefined,
  answeredAtMs: undefined,
});

function begin(
  node: NodeState,
  device: FenceDevice,
  check: HostsCheck,
  nowMs: MonotonicMs,
): HostsCheck | undefined {
  const soonMs = check.nextAtMs - EVERY_MS + SOON_MS;
  if (check.nextAtMs > nowMs && (soonMs > nowMs || !isReachMissed(node))) return undefined;
  const left = hostCheckOf(device) === 'status' ? sortedKeys(node.cluster.nodes) : [];
  return { ...check, nextAtMs: monotonicMs(nowMs + EVERY_MS), left, found: {} };
}

/**
 * What was said may be wrong by now: a status that fails may be that of a device that did not answer,
 * and a machine moves to where another device reaches it. A device of which nobody knows may not be it.
 */
function isReachMissed({ cluster }: NodeState): boolean {
  const { fenceDevices } = cluster.configuration.model;
  return readyActions(cluster.transition).some(
    ({ kind, pseudo, node: target }) =>
      kind === 'fence' &&
      !pseudo &&
      target !== undefined &&
      !fenceDevices.some((device) => isKnownToReach(cluster, device, target)),
  );
}

/** The list; or the status of the next of the nodes. */
function requestOf(device: FenceDevice, { left: [target] }: HostsCheck): FenceRequest {
  const action = target === undefined ? 'list' : 'status';
  return {
    requestId: `${PREFIX}${device.id}`,
    device: device.id,
    agent: device.agent,
    action,
    parameters: device.parameters,
    timeoutMs: timeoutOf(device, action),
    ...(target === undefined ? {} : { port: portOf(device, target), target }),
  };
}

/** Undefined: the result is not that of such a question. */
export function endHosts(
  node: NodeState,
  result: FenceResult,
  { nowMs }: NodeClocks,
): NodeState | undefined {
  if (!result.requestId.startsWith(PREFIX)) return undefined;
  const id = result.requestId.slice(PREFIX.length);
  const before = node.hosts[id];
  const device = node.cluster.configuration.model.fenceDevices.find((each) => each.id === id);
  if (before === undefined || device === undefined)
    return { ...node, hosts: without(node.hosts, id) };
  const check = { ...before, running: false };
  if (check.about !== aboutOf(node, device)) return setCheck(node, id, { ...check, left: [] });
  const [target, ...left] = check.left;
  if (target === undefined) return setCheck(node, id, endList(check, device, node, result, nowMs));
  return setCheck(node, id, endStatus({ ...check, left }, device, target, result, nowMs));
}

function endList(
  check: HostsCheck,
  device: FenceDevice,
  { cluster }: NodeState,
  { outcome }: FenceResult,
  nowMs: MonotonicMs,
): HostsCheck {
  if (outcome.kind === 'ok' && outcome.hosts !== undefined) {
    const listed = outcome.hosts.slice(0, HOSTS_MAX);
    const ports: Record<string, string> = {};
    for (const { name } of sortedValues(cluster.nodes)) {
      const host = hostOf(listed, portOf(device, name));
      if (host !== undefined) ports[name] = host.port;
    }
    return { ...check, said: { kind: 'listed', ports }, answeredAtMs: nowMs };
  }
  const reason = outcome.kind === 'failed' ? outcome.reason : 'its agent has no list';
  return keepOrDoubt(check, reason, nowMs);
}

/** By what the device is to call it, before the name that the device has for it. */
const hostOf = (listed: readonly FenceHost[], wanted: string): FenceHost | undefined =>
  listed.find(({ port }) => port === wanted) ?? listed.find(({ alias }) => alias === wanted);

/** A device that has no such node says so by a failure, as one does that cannot be reached. */
function endStatus(
  check: HostsCheck,
  device: FenceDevice,
  target: NodeName,
  { outcome }: FenceResult,
  nowMs: MonotonicMs,
): HostsCheck {
  const isThere = outcome.kind !== 'failed';
  const found = isThere ? { ...check.found, [target]: portOf(device, target) } : check.found;
  if (check.left.length > 0) return { ...check, found };
  if (Object.keys(found).length > 0) {
    return { ...check, found, said: { kind: 'listed', ports: found }, answeredAtMs: nowMs };
  }
  const reason = outcome.kind === 'failed' ? outcome.reason : '';
  return keepOrDoubt({ ...check, found }, reason, nowMs);
}

function keepOrDoubt(check: HostsCheck, reason: string, nowMs: MonotonicMs): HostsCheck {
  const { said, answeredAtMs } = check;
  const isFresh = answeredAtMs !== undefined && nowMs - answeredAtMs < AGE_MS_MAX;
  if (said?.kind === 'listed' && isFresh) return check;
  const words = reason.replaceAll(/\s+/g, ' ').slice(0, WORDS_MAX);
  return { ...check, said: { kind: 'unknown', reason: words } satisfies SaidHosts };
}

function tellNews(node: NodeState, device: FenceDevice, clocks: NodeClocks): Step {
  const said = node.hosts[device.id]?.said;
  if (said === undefined) return stay(node);
  const { self } = node.view;
  const [name, value] = [`${FENCE_HOSTS_PREFIX}${device.id}`, saidHostsText(said)];
  if (node.cluster.nodes[self]?.attributes[name] === value) return stay(node);
  const command = { kind: 'attribute', node: self, name, value } as const;
  return askOnce(node, `ask hosts ${device.id}`, command, clocks);
}

const setCheck = (node: NodeState, id: string, check: HostsCheck): NodeState => ({
  ...node,
  hosts: { ...node.hosts, [id]: check },
});
