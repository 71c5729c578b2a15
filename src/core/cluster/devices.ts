/** What members say of fence devices: one attribute of the node for each device, `ok` or why not. */
import type { NodeName } from '../model/ids.ts';
import { sortedKeys, sortedValues } from './order.ts';
import type { ClusterState } from './state.ts';
import { tell } from './tell.ts';

const PREFIX = '#fence-device:';

export const deviceAttribute = (device: string): string => `${PREFIX}${device}`;

export interface DeviceTrouble {
  readonly device: string;
  readonly node: NodeName;
  readonly words: string;
}

/** Configured devices that do not answer members that are here. */
export function deviceTroubles(state: ClusterState): readonly DeviceTrouble[] {
  const troubles: DeviceTrouble[] = [];
  for (const { id: device } of state.configuration.model.fenceDevices) {
    for (const node of sortedValues(state.nodes)) {
      const words = node.attributes[deviceAttribute(device)];
      if (node.condition !== 'online' || words === undefined || words === 'ok') continue;
      troubles.push({ device, node: node.name, words });
    }
  }
  return troubles;
}

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
    if (!name.startsWith(PREFIX) || old[name] === now[name]) continue;
    const device = name.slice(PREFIX.length);
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
