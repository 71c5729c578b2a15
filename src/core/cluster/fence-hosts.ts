/**
 * Whom a fence device reaches. Where no hosts are written, members ask its agent (node/hosts.ts) and
 * say what came of it by an attribute; what one that is not here any more has said does not count.
 */
import { FENCE_HOSTS_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { hostCheckOf, portOf, reaches } from '../model/fence-device.ts';
import type { NodeName } from '../model/ids.ts';
import { canonicalJson } from '../wire/canonical.ts';
import { sortedValues, without } from './order.ts';
import type { ClusterState } from './state.ts';

/** What one member heard of one device. */
export type SaidHosts =
  | { readonly kind: 'listed'; readonly ports: Readonly<Record<string, string>> }
  /** It cannot say, or does not answer. */
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * A device of which nobody knows whom it lists is tried: that costs seconds, where to leave it out
 * would leave the cluster without fencing.
 */
export function deviceReaches(
  cluster: ClusterState,
  device: FenceDevice,
  target: NodeName,
): boolean {
  const isUnknown = isAsked(device) && listings(cluster, device).length === 0;
  return isUnknown || isKnownToReach(cluster, device, target);
}

/** By its own list or by the configuration: not because nobody knows. */
export const isKnownToReach = (
  cluster: ClusterState,
  device: FenceDevice,
  target: NodeName,
): boolean =>
  isAsked(device)
    ? listings(cluster, device).some((ports) => ports[target] !== undefined)
    : reaches(device, target);

/** What the device calls the target, by its own list or by the configuration. */
export function portIn(cluster: ClusterState, device: FenceDevice, target: NodeName): string {
  const listed = isAsked(device) ? listings(cluster, device) : [];
  const ports = listed.find((each) => each[target] !== undefined);
  return ports?.[target] ?? portOf(device, target);
}

/** The agent is to say whom it reaches; only nodes read a pill. */
export function isAsked(device: FenceDevice): boolean {
  const check = hostCheckOf(device);
  return (check === 'dynamic-list' || check === 'status') && device.agent !== 'fence_pill';
}

/** By member, of those that are online and have asked. */
export function saidHosts(
  cluster: ClusterState,
  device: FenceDevice,
): readonly { readonly by: NodeName; readonly said: SaidHosts }[] {
  return sortedValues(cluster.nodes).flatMap(({ name, condition, attributes }) => {
    const text = attributes[`${FENCE_HOSTS_PREFIX}${device.id}`];
    return condition !== 'online' || text === undefined ? [] : [{ by: name, said: read(text) }];
  });
}

function listings(
  cluster: ClusterState,
  device: FenceDevice,
): readonly Readonly<Record<string, string>>[] {
  return saidHosts(cluster, device).flatMap(({ said }) =>
    said.kind === 'listed' ? [said.ports] : [],
  );
}

const UNKNOWN = 'unknown: ';
const LISTED = 'listed:';

/** The attribute's value: a line for each node, `n1=port`. */
export function saidHostsText(said: SaidHosts): string {
  if (said.kind === 'unknown') return `${UNKNOWN}${said.reason}`;
  const lines = Object.keys(said.ports)
    .toSorted()
    .map((node) => `${node}=${said.ports[node] ?? ''}`);
  return [LISTED, ...lines].join('\n');
}

function read(text: string): SaidHosts {
  const [head = '', ...lines] = text.split('\n');
  if (head !== LISTED) return { kind: 'unknown', reason: head.slice(UNKNOWN.length) };
  const entries = lines.map((line): readonly [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return { kind: 'listed', ports: Object.fromEntries(entries) };
}

/** What a device with another agent, parameters or names had listed says nothing of it now. */
export function forgetHosts(state: ClusterState, before: readonly FenceDevice[]): ClusterState {
  const devices = state.configuration.model.fenceDevices;
  const changed = before.filter((old) => {
    const now = devices.find(({ id }) => id === old.id);
    return now === undefined || whatIsAsked(now) !== whatIsAsked(old);
  });
  let { nodes } = state;
  for (const { id } of changed) {
    const name = `${FENCE_HOSTS_PREFIX}${id}`;
    for (const node of sortedValues(nodes)) {
      if (node.attributes[name] === undefined) continue;
      nodes = { ...nodes, [node.name]: { ...node, attributes: without(node.attributes, name) } };
    }
  }
  return nodes === state.nodes ? state : { ...state, nodes };
}

/** Everything that an answer depends on. */
export const whatIsAsked = (device: FenceDevice): string =>
  canonicalJson({
    agent: device.agent,
    parameters: device.parameters,
    hosts: device.hosts,
    check: hostCheckOf(device),
  });
