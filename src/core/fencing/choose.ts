/** Which device shoots, and from which node. */
import type { ClusterState, FencingRequest } from '../cluster/state.ts';
import { sortedKeys, sortedValues } from '../cluster/order.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import { incarnation } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';

/**
 * The request for a plan's fence action; undefined when nobody can shoot. After a failure the next
 * device that reaches the target is taken. The target never carries it out itself.
 */
export function fencePlan(
  cluster: ClusterState,
  action: PlannedAction,
  leader: NodeName | undefined,
  number: number,
): FencingRequest | undefined {
  const target = action.node;
  if (target === undefined) return undefined;
  const attempt = cluster.fencing.failures[target] ?? 0;
  const device = deviceFor(cluster, target, attempt);
  const executor = executorFor(cluster, target, leader);
  if (device === undefined || executor === undefined) return undefined;
  return {
    id: `${cluster.view}.${number}.${target}.${attempt + 1}`,
    target,
    incarnation: cluster.nodes[target]?.incarnation ?? incarnation(''),
    method: action.fenceMethod ?? device.action,
    device: device.id,
    executor,
    reason: action.reason,
    begunAt: cluster.time,
    attempt: attempt + 1,
  };
}

export function deviceFor(
  cluster: ClusterState,
  target: NodeName,
  attempt: number,
): FenceDevice | undefined {
  const able = cluster.configuration.model.fenceDevices.filter((device) => reaches(device, target));
  return able[attempt % Math.max(1, able.length)];
}

const reaches = (device: FenceDevice, target: NodeName): boolean =>
  sortedKeys(device.hosts).length === 0 || device.hosts[target] !== undefined;

function executorFor(
  cluster: ClusterState,
  target: NodeName,
  leader: NodeName | undefined,
): NodeName | undefined {
  if (leader !== undefined && leader !== target) return leader;
  return sortedValues(cluster.nodes).find(
    (node) => node.condition === 'online' && node.name !== target,
  )?.name;
}
