/** Which devices give a node its access, and from where (docs/decisions/unfencing.md). */
import type { ClusterState, FencingRequest, FencingStep } from '../cluster/state.ts';
import { refusalOf, unfencersOf } from '../cluster/unfencing.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import { incarnation } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';
import { executorsFor } from './executors.ts';

/** All devices that give it, one after the other; undefined: there is none, or nobody to do it. */
export function unfencePlan(
  cluster: ClusterState,
  action: PlannedAction,
  leader: NodeName | undefined,
  number: number,
): FencingRequest | undefined {
  const { node: target, reason } = action;
  if (target === undefined) return undefined;
  const devices = unfencersOf(cluster, target);
  const failures = refusalOf(cluster, target)?.failures ?? 0;
  const executor = executorFor(cluster, devices, target, leader, failures);
  const [first, ...next] = devices.map(({ id }): FencingStep => ({ device: id, method: 'on' }));
  if (first === undefined || executor === undefined) return undefined;
  return {
    id: `${cluster.view}.${number}.${target}.${failures + 1}on`,
    target,
    incarnation: cluster.nodes[target]?.incarnation ?? incarnation(''),
    ...first,
    executor,
    reason: reason.replace(/\.$/, ''),
    begunAt: cluster.time,
    attempt: failures + 1,
    ...(next.length === 0 ? {} : { next, whole: 'on' }),
  };
}

/**
 * The node itself where a device wants that; else the leader, and after a failure another node. The node
 * itself, which nobody has let in yet, comes last.
 */
function executorFor(
  cluster: ClusterState,
  devices: readonly FenceDevice[],
  target: NodeName,
  leader: NodeName | undefined,
  failures: number,
): NodeName | undefined {
  if (devices.some(({ unfencing }) => unfencing === 'own-node')) return target;
  const able = executorsFor(cluster, devices, leader, target);
  return able[failures % Math.max(1, able.length)];
}
