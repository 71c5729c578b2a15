/**
 * Where utilization decides about placement, a node for which nobody has configured what it has gets
 * what its daemon has found. Processors are given out several times over as a rule: they forbid nothing.
 */
import { CAPACITY_ATTRIBUTE, parseCapacity } from '../model/capacity.ts';
import type { Configuration, NodeConfiguration } from '../model/configuration.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import { clusterOption } from './options.ts';
import { mayRunAnything } from './safety.ts';
import type { ClusterState, NodeRecord } from './state.ts';

/** More than any set of resources asks for. */
const ENOUGH = 1_000_000_000;

/** Pacemaker Explained, "placement-strategy": by default no utilization counts. */
export function countsUtilization(model: Configuration): boolean {
  const strategy = clusterOption(model, 'placement-strategy');
  return strategy !== undefined && strategy !== 'default';
}

/** What is configured comes first, name by name. */
export function withFoundCapacity(state: ClusterState, node: NodeConfiguration): NodeConfiguration {
  const record = state.nodes[node.name];
  if (record === undefined || !countsUtilization(state.configuration.model)) return node;
  const memory = memoryOf(state, record);
  const values = { memory: String(memory), cpu: String(ENOUGH) };
  const found = { id: `found-${node.name}`, score: -INFINITY_SCORE, values };
  return { ...node, utilization: [...node.utilization, found] };
}

/** A tenth is the node's own. Who has not said it yet keeps what it has, and gets nothing. */
function memoryOf(state: ClusterState, record: NodeRecord): number {
  const { memory } = parseCapacity(record.attributes[CAPACITY_ATTRIBUTE]);
  if (memory !== undefined) return Math.floor(memory * 0.9);
  return mayRunAnything(state, record) ? ENOUGH : 0;
}
