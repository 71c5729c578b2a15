/**
 * The feature level in force (docs/decisions/rolling-upgrade.md): the lowest that any node's program
 * was last seen to know. It rises by itself, when the last node came back with a newer one, and never
 * falls: what is written at a level needs it for ever.
 */
import type { OpenedView } from '../store/types.ts';
import type { Command } from './commands.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { tell } from './tell.ts';

/** The level of the first version: what a node knows of which nothing else was written down. */
const FIRST_LEVEL = 1;

/**
 * Commands that not every program since the first one can read, by the level that brought them. A
 * new field of an old command is a new command in this sense: see the rules for developers.
 */
const LEVELS: Readonly<Partial<Record<Command['kind'], number>>> = {};

export const levelOf = (command: Command): number => LEVELS[command.kind] ?? FIRST_LEVEL;

/** Only in views that act: what others wrote down does not outlive a restart. */
export function noteLevels(before: ClusterState, view: OpenedView): ClusterState {
  if (!view.acting) return before;
  let { nodes } = before;
  for (const { node, featureLevel } of view.members) {
    const record = nodes[node];
    if (record === undefined || knownLevel(record) === featureLevel) continue;
    nodes = { ...nodes, [node]: { ...record, featureLevel } };
  }
  return raise(nodes === before.nodes ? before : { ...before, nodes });
}

/** Whoever held it back may be gone. */
export function raise(state: ClusterState): ClusterState {
  const seen = sortedValues(state.nodes).filter((node) => node.incarnation !== '');
  const lowest = Math.min(...seen.map(knownLevel));
  if (!Number.isFinite(lowest) || lowest <= state.featureLevel) return state;
  const text = `all nodes know feature level ${lowest}: it is in force from now on`;
  return tell({ ...state, featureLevel: lowest }, { kind: 'view', severity: 'good', text });
}

export const knownLevel = (node: NodeRecord): number => node.featureLevel ?? FIRST_LEVEL;
