/** The nodes, each with its state and the reason. */
import { isHeldBack } from '../cluster/fence-loop.ts';
import { knownLevel } from '../cluster/level.ts';
import { leavesNodeAlone } from '../cluster/marks.ts';
import type { Mark } from '../cluster/marks.ts';
import type { NodeRecord } from '../cluster/state.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { parseBoolean } from '../model/value.ts';
import { byCodeUnits } from './names.ts';
import type { Reading } from './reading.ts';
import type { NodeState, NodeView } from './types.ts';

export function nodeViews(reading: Reading): readonly NodeView[] {
  const running = countRunning(reading);
  const names = new Set<string>(reading.nodes.map((node) => node.name));
  const views = reading.nodes.map((node) => seenNode(reading, node, running.get(node.name) ?? 0));
  for (const node of reading.view.joining) {
    if (!names.has(node)) views.push(joiningNode(reading, node));
    names.add(node);
  }
  for (const node of reading.cluster.configuration.model.nodes) {
    if (node.type !== 'ping' && !names.has(node.name)) views.push(unseenNode(reading, node.name));
  }
  return views.toSorted((a, b) => byCodeUnits(a.name, b.name));
}

function seenNode(reading: Reading, node: NodeRecord, running: number): NodeView {
  const mark = reading.marks.find(
    (entry) =>
      (entry.kind === 'node-standby' || entry.kind === 'node-maintenance') &&
      entry.node === node.name,
  );
  const state = nodeState(reading, node, mark);
  return {
    name: node.name,
    state,
    because:
      mark !== undefined && (state === 'standby' || state === 'maintenance')
        ? markedBy(mark, state)
        : because(reading, node, state),
    since: mark?.setAt ?? node.since,
    dc: reading.view.dc === node.name,
    self: reading.local.self === node.name,
    running,
    ...(node.incarnation === '' ? {} : { featureLevel: knownLevel(node) }),
    ...(mark?.expiresAt === undefined ? {} : { until: mark.expiresAt }),
  };
}

function nodeState(reading: Reading, node: NodeRecord, mark: Mark | undefined): NodeState {
  if (node.condition !== 'online') {
    const { joining, silent } = reading.view;
    const comes = joining.includes(node.name) && !silent.includes(node.name);
    return comes ? 'joining' : node.condition;
  }
  if (node.shutdownRequested) return 'leaving';
  if (isLeftAlone(mark, node) || attributeIsOn(reading, node, 'maintenance')) {
    return 'maintenance';
  }
  if (isHeldBack(reading.cluster, node.name)) return 'standby';
  if (mark !== undefined || attributeIsOn(reading, node, 'standby')) return 'standby';
  return 'online';
}

const markedBy = (mark: Mark, state: NodeState): string =>
  mark.kind === 'node-maintenance' && state === 'standby'
    ? `evacuated by ${mark.by}`
    : `set by ${mark.by}`;

/** A node that is being evacuated is in standby until it is empty. */
const isLeftAlone = (mark: Mark | undefined, node: NodeRecord): boolean =>
  mark !== undefined && leavesNodeAlone(mark, node.name);

const JOINING = 'it is getting the state of the cluster';

function because({ cluster }: Reading, node: NodeRecord, state: NodeState): string {
  if (state === 'standby' && isHeldBack(cluster, node.name)) {
    return `it is held back: holdfast fence release ${node.name}`;
  }
  if (state === 'standby') return 'its attribute standby says so';
  if (state === 'maintenance') return 'its attribute maintenance says so';
  if (state === 'joining') return JOINING;
  return node.because;
}

/** A permanent (configured) or transient attribute, read as yes or no. */
function attributeIsOn(reading: Reading, node: NodeRecord, name: string): boolean {
  const value = node.attributes[name] ?? configuredAttribute(reading, node, name);
  return value !== undefined && parseBoolean(value) === true;
}

function configuredAttribute(reading: Reading, node: NodeRecord, name: string): string | undefined {
  const { nodes } = reading.cluster.configuration.model;
  const blocks = nodes.find((entry) => entry.name === node.name)?.attributes;
  return blocks?.find((block: AttributeBlock) => block.values[name] !== undefined)?.values[name];
}

function joiningNode(reading: Reading, name: string): NodeView {
  return { ...plainNode(reading, name), state: 'joining', because: JOINING };
}

function unseenNode(reading: Reading, name: string): NodeView {
  const unseen = 'it has not been seen since the cluster started';
  return { ...plainNode(reading, name), state: 'unseen', because: unseen };
}

function plainNode(reading: Reading, name: string): Omit<NodeView, 'state' | 'because'> {
  return {
    name,
    since: reading.cluster.time,
    dc: reading.view.dc === name,
    self: reading.local.self === name,
    running: 0,
  };
}

function countRunning(reading: Reading): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const traces of reading.traces.values()) {
    for (const { node, activity } of traces) {
      if (activity.state === 'running') counts.set(node.name, (counts.get(node.name) ?? 0) + 1);
    }
  }
  return counts;
}
