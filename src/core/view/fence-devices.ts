/** Fence devices for clients: whom each one reaches, how that is known, and whom it answers. */
import { isAsked, saidHosts, deviceReaches, portIn } from '../cluster/fence-hosts.ts';
import { sortedKeys } from '../cluster/order.ts';
import type { ClusterState } from '../cluster/state.ts';
import { FENCE_DEVICE_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { hostCheckOf } from '../model/fence-device.ts';
import type { FenceDeviceView } from './types.ts';

export const fenceDeviceViews = (cluster: ClusterState): readonly FenceDeviceView[] =>
  cluster.configuration.model.fenceDevices.map((device) => deviceView(cluster, device));

function deviceView(cluster: ClusterState, device: FenceDevice): FenceDeviceView {
  const said = saidHosts(cluster, device);
  const unknown = said.flatMap(({ said: word }) => (word.kind === 'unknown' ? [word.reason] : []));
  const isListed = said.some(({ said: word }) => word.kind === 'listed');
  const reaches = sortedKeys(cluster.nodes)
    .filter((name) => deviceReaches(cluster, device, name))
    .map((node) => ({ node, port: portIn(cluster, device, node) }));
  return {
    id: device.id,
    agent: device.agent,
    hostCheck: hostCheckOf(device),
    known: !isAsked(device) || isListed,
    ...(isListed || unknown[0] === undefined ? {} : { reason: unknown[0] }),
    reaches,
    answers: answersOf(cluster, device),
  };
}

function answersOf({ nodes }: ClusterState, device: FenceDevice): FenceDeviceView['answers'] {
  return sortedKeys(nodes).flatMap((name) => {
    const node = nodes[name];
    const text = node?.attributes[`${FENCE_DEVICE_PREFIX}${device.id}`];
    if (node?.condition !== 'online' || text === undefined) return [];
    return [{ from: name, ok: text === 'ok', ...(text === 'ok' ? {} : { text }) }];
  });
}
