/**
 * Access to what two nodes share, while they do not see each other (docs/decisions/unfencing.md). With `two_node` both
 * halves act, and taking the other's access ends nobody. **Whoever gave itself access again after it was taken would
 * write beside who has taken it.** So a half gives nobody access, and shoots when what gives it access is over: of
 * two shots the later one counts, for nothing undoes it.
 */
import { cannotTake } from '../cluster/access-doubt.ts';
import { isUnfencing } from '../cluster/fencing-methods.ts';
import type { ClusterState, FencingRequest } from '../cluster/state.ts';
import { refusalOf } from '../cluster/unfencing.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { givesAccess } from '../model/fence-device.ts';
import type { MonotonicMs, NodeName } from '../model/ids.ts';
import type { NodeState } from './state.ts';
import { retryKey } from './state.ts';

/** Nodes that may have taken the access of `target`, and may do so still. */
export function rivalsFor(node: NodeState, target: NodeName): readonly NodeName[] {
  const { engine } = node.replica.options;
  if (!engine.quorumOptions.twoNode) return [];
  const here = new Set<string>(node.view.members.map((member) => member.node));
  return engine.nodes
    .map((each) => each.node)
    .filter((name) => name !== target && !isHarmless(node.cluster, here, name, target));
}

function isHarmless(
  cluster: ClusterState,
  here: ReadonlySet<string>,
  name: NodeName,
  target: NodeName,
): boolean {
  const record = cluster.nodes[name];
  if (record === undefined) return true;
  if (here.has(name)) return record.condition === 'online';
  if (record.condition !== 'down') return false;
  return !isOnlyCutOff(cluster, name) || cannotTake(cluster, target, name);
}

/** It counts as fenced, and nothing has ended it. */
function isOnlyCutOff({ fencing, nodes, configuration }: ClusterState, name: NodeName): boolean {
  const life = nodes[name]?.incarnation;
  const shots = fencing.ended.filter(
    (each) => each.ok && each.target === name && each.incarnation === life && each.method !== 'on',
  );
  const { fenceDevices } = configuration.model;
  const takesAccess = ({ device }: FencingRequest): boolean =>
    fenceDevices.some((each) => each.id === device && givesAccess(each));
  return shots.length > 0 && shots.every(takesAccess);
}

/** Who shoots with this device must not get access after that: an `on` for it is under way, or may be. */
export function isGettingAccess(
  node: NodeState,
  request: FencingRequest,
  device: FenceDevice,
  nowMs: MonotonicMs,
): boolean {
  const { view, cluster, replica, noticed } = node;
  if (!replica.options.engine.quorumOptions.twoNode || !givesAccess(device)) return false;
  if (isUnfencing(request) || view.members.some((member) => member.node === request.target))
    return false;
  const { self } = view;
  if (cluster.fencing.active.some((each) => each.target === self && isUnfencing(each))) return true;
  const refusal = refusalOf(cluster, self);
  if (refusal?.endUnknownOf === undefined) return false;
  return (noticed[retryKey(self, refusal.retryAt, 'on')] ?? Infinity) > nowMs;
}
