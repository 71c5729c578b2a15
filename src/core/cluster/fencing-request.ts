/**
 * Fencing by request (`holdfast fence now`): a node that answers and is ill all the same. The wish stands
 * in the node's record, as Pacemaker's attribute `terminate` does (Pacemaker Explained, "Cluster Status"),
 * so that the scheduler orders it among everything else. It goes with the boot of the node: whoever was
 * reset meanwhile by something else is not shot again, and a daemon that begins anew changes nothing.
 */
import { nodeName } from '../model/ids.ts';
import type { NodeName } from '../model/ids.ts';
import { isUnfencing } from './fencing-methods.ts';
import { fencingPaths } from './fencing-levels.ts';
import { booleanOption } from './options.ts';
import { sortedValues } from './order.ts';
import type { ClusterState } from './state.ts';
import { tell, want } from './tell.ts';
import { hasCountedWatchdog } from './watchdog.ts';

const ATTRIBUTE = 'terminate';

/** Undefined: it can be asked for. Else why not, and what to do. */
export function requestRefusal(state: ClusterState, name: NodeName): string | undefined {
  const node = state.nodes[name];
  if (node === undefined) return `there is no node ${name}`;
  if (!booleanOption(state.configuration.model, 'fencing-enabled', true)) {
    return 'fencing is off: set options.fencing-enabled to true, with a device that reaches the node';
  }
  if (node.condition === 'down') return `${name} is down already`;
  if (node.condition !== 'online' && node.condition !== 'held') {
    return `${name} is ${node.condition}: the cluster fences it without being asked (holdfast fence history)`;
  }
  if (isAsked(state, name)) return `${name} is to be fenced already: holdfast fence history`;
  const others = sortedValues(state.nodes).filter(({ condition }) => condition === 'online');
  if (others.every((other) => other.name === name)) return `there is nobody else to fence ${name}`;
  if (fencingPaths(state, name).length > 0 || hasCountedWatchdog(state)) return undefined;
  return `no fence device reaches ${name}: add it to the hosts of one under fencing.devices`;
}

/** By a person, and it has not been done yet. */
export const isAskedFor = ({ nodes }: ClusterState, name: string): boolean =>
  nodes[nodeName(name)]?.attributes[ATTRIBUTE] === 'true';

const isAsked = (state: ClusterState, name: NodeName): boolean =>
  isAskedFor(state, name) ||
  state.fencing.active.some((request) => request.target === name && !isUnfencing(request));

export function requestFencing(before: ClusterState, name: NodeName, by: string): ClusterState {
  const node = before.nodes[name];
  if (node === undefined) return before;
  const asked = { ...node, attributes: { ...node.attributes, [ATTRIBUTE]: 'true' } };
  const text = `${by}: ${name} is to be fenced`;
  const state = { ...before, nodes: { ...before.nodes, [name]: asked } };
  return want(tell(state, { kind: 'node', severity: 'warning', node: name, text }), text);
}
