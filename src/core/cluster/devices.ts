/** What members say of themselves: of each fence device `ok` or why not, of their disk, of stalls. */
import type { NodeName } from '../model/ids.ts';
import { DISK_ATTRIBUTE, FENCE_DEVICE_PREFIX, STALL_ATTRIBUTE } from '../model/attributes.ts';
import { stallWords } from '../model/said.ts';
import { sortedKeys } from './order.ts';
import type { ClusterState } from './state.ts';
import { tell } from './tell.ts';

/** A change of a device's word is part of the story; the first "ok" is not. */
export function tellDevice(
  before: ClusterState,
  state: ClusterState,
  node: NodeName,
): ClusterState {
  const old = before.nodes[node]?.attributes ?? {};
  const now = state.nodes[node]?.attributes ?? {};
  let next = state;
  for (const name of sortedKeys(now)) {
    if (!name.startsWith(FENCE_DEVICE_PREFIX) || old[name] === now[name]) continue;
    const device = name.slice(FENCE_DEVICE_PREFIX.length);
    const words = now[name] ?? '';
    if (words === 'ok' && old[name] === undefined) continue;
    next = tell(next, {
      kind: 'alarm',
      node,
      severity: words === 'ok' ? 'good' : 'error',
      text:
        words === 'ok'
          ? `fence device ${device} answers ${node} again`
          : `fence device ${device} does not answer ${node}: ${words}`,
    });
  }
  return next;
}

/** That a disk begins to refuse, and that it takes again; other words for the same are no news. */
export function tellDisk(before: ClusterState, state: ClusterState, node: NodeName): ClusterState {
  const old = before.nodes[node]?.attributes[DISK_ATTRIBUTE];
  const now = state.nodes[node]?.attributes[DISK_ATTRIBUTE];
  if ((old === undefined) === (now === undefined)) return state;
  return tell(state, {
    kind: 'alarm',
    node,
    severity: now === undefined ? 'good' : 'error',
    text:
      now === undefined
        ? `${node} can write its state again`
        : `${node} cannot write its state: ${now}`,
  });
}

export function tellStall(before: ClusterState, state: ClusterState, node: NodeName): ClusterState {
  const old = before.nodes[node]?.attributes[STALL_ATTRIBUTE];
  const now = state.nodes[node]?.attributes[STALL_ATTRIBUTE];
  const words = now === old || now === undefined ? undefined : stallWords(node, now);
  if (words === undefined) return state;
  const text = `${words}: its timers start anew`;
  return tell(state, { kind: 'alarm', node, severity: 'warning', text });
}
