/** Operations of a node as the scheduler gets them: with what is under way, and what may be left. */
import { resourceId } from '../model/ids.ts';
import type { ResourceHistory } from '../model/picture.ts';
import { runningOperations } from '../transition/advance.ts';
import { baseName } from './fail-counts.ts';
import { pendingRecord } from './history.ts';
import { isConfigured } from './members.ts';
import { sortedKeys, sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

/** Operations under way are pending entries: no second one is begun, nothing else is assumed. */
export function historyOf(state: ClusterState, node: NodeRecord): readonly ResourceHistory[] {
  const history: Record<string, ResourceHistory> = { ...node.history, ...removedOf(state, node) };
  for (const { node: runsOn, action } of runningOperations(state.transition)) {
    const id = action.instance ?? action.resource;
    const agent = action.agent;
    if (runsOn !== node.name || id === undefined || agent === undefined) continue;
    if (action.kind === 'notify') continue;
    const pending = pendingRecord(
      `${id}_${action.kind}_pending`,
      action.operation?.name ?? action.kind,
      state.time,
      action,
    );
    const underWay = {
      ...pending,
      intervalMs: action.intervalMs,
      underWay: true,
      ...(action.operation === undefined ? {} : { digest: action.operation.digest }),
    };
    const operations = [...(history[id]?.operations ?? []), underWay];
    history[id] = { resource: id, agent, operations };
  }
  return sortedValues(history);
}

/**
 * What is no longer configured is not probed: of what was started before the node's daemon began
 * anew, nobody knows whether it still runs, so it is stopped.
 */
function removedOf(state: ClusterState, node: NodeRecord): Record<string, ResourceHistory> {
  const removed: Record<string, ResourceHistory> = {};
  for (const name of sortedKeys(node.startedWith ?? {})) {
    const started = node.startedWith?.[name];
    if (started === undefined || node.history[name] !== undefined) continue;
    if (isConfigured(state.configuration.model, baseName(name))) continue;
    const pending = pendingRecord(`${name}_last_0`, 'start', state.time);
    removed[name] = { resource: resourceId(name), agent: started.agent, operations: [pending] };
  }
  return removed;
}
