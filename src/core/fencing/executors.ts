/** From which node a device is driven: whom it answers, the leader first of these. */
import { sortedValues } from '../cluster/order.ts';
import type { ClusterState } from '../cluster/state.ts';
import { FENCE_DEVICE_PREFIX } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';

/**
 * Every node that is online, in the order in which they are to try: those that all of the devices answer
 * (by their monitors), the leader first of them; those of which that is not known yet, since their daemons have
 * just come; then the others; `last` behind all.
 */
export function executorsFor(
  cluster: ClusterState,
  devices: readonly FenceDevice[],
  leader: NodeName | undefined,
  last?: NodeName,
): readonly NodeName[] {
  const online = sortedValues(cluster.nodes).filter(({ condition }) => condition === 'online');
  const rank = (name: NodeName): number => {
    if (name === last) return 6;
    return 2 * doubtOf(cluster, devices, name) + (name === leader ? 0 : 1);
  };
  return online.map(({ name }) => name).toSorted((one, other) => rank(one) - rank(other));
}

/** 0: all of them answer it, as far as they are asked; 1: not known yet; 2: one does not. */
const doubtOf = (
  { nodes }: ClusterState,
  devices: readonly FenceDevice[],
  name: NodeName,
): number => {
  const doubts = devices.map(({ id, monitorIntervalMs }) => {
    const said = nodes[name]?.attributes[`${FENCE_DEVICE_PREFIX}${id}`];
    if (said === undefined) return monitorIntervalMs > 0 ? 1 : 0;
    return said === 'ok' ? 0 : 2;
  });
  return Math.max(0, ...doubts);
};
