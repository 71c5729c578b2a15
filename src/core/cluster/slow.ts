/** What members say of monitors that take long (executor/slow.ts). */
import type { NodeName } from '../model/ids.ts';
import { resourceId } from '../model/ids.ts';
import { slowMonitors } from '../model/said.ts';
import type { ClusterState } from './state.ts';
import { tell } from './tell.ts';

export function tellSlow(before: ClusterState, state: ClusterState, name: NodeName): ClusterState {
  const old = before.nodes[name];
  const now = state.nodes[name];
  if (old === undefined || now === undefined || old.attributes === now.attributes) return state;
  let next = state;
  const known = new Set(slowMonitors(old).map(({ resource }) => resource));
  for (const { resource, words } of slowMonitors(now)) {
    if (known.has(resource)) continue;
    const about = { node: name, resource: resourceId(resource) };
    next = tell(next, { kind: 'alarm', severity: 'warning', ...about, text: words });
  }
  return next;
}
