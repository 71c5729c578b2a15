/** From which node a device is driven: whom it answers, the leader first of these. */
import { sortedValues } from '../cluster/order.ts';
import type { ClusterState } from '../cluster/state.ts';
import { FENCE_DEVICE_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';

/**
 * Every node that is online, in the order in which they are to try: those that all of the devices answer
 * (by their monitors), the leader first of them, then the others; `last` behind all.
 */
export function executorsFor(
  cluster: ClusterState,
  devices: readonly FenceDevice[],
  leader: NodeName | undefined,
  last?: NodeName,
): readonly NodeName[] {
  const online = sortedValues(cluster.nodes).filter(({ condition }) => condition === 'online');
  const rank = (name: NodeName): number => {
    if (name === last) return 4;
    return (isAnswered(cluster, devices, name) ? 0 : 2) + (name === leader ? 0 : 1);
  };
  return online.map(({ name }) => name).toSorted((one, other) => rank(one) - rank(other));
}

const isAnswered = (
  { nodes }: ClusterState,
  devices: readonly FenceDevice[],
  name: NodeName,
): boolean =>
  devices.every(
    ({ id }) => (nodes[name]?.attributes[`${FENCE_DEVICE_PREFIX}${id}`] ?? 'ok') === 'ok',
  );
