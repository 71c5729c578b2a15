import type { EngineConfiguration } from '../../core/model/engine.ts';
import { nodeName, nodeNumber } from '../../core/model/ids.ts';
import { EngineError, messageBytesMax } from '../engine.ts';
import { optionsInForce } from './votes.ts';

/** Keys of Corosync's map with their values (cmap_keys(7)). */
export type Keys = Readonly<Record<string, string | number | undefined>>;

type Nodes = EngineConfiguration['nodes'];

/**
 * The cluster as Corosync runs it.
 *
 * `keys` hold `totem.`, `nodelist.` and `quorum.`; `votes` is votequorum's word about this node.
 * Throws an EngineError that names the missing line of corosync.conf.
 */
export function readConfiguration(
  keys: Keys,
  votes: { readonly flags: number; readonly expectedVotes: number },
): EngineConfiguration {
  const entries = nodeEntries(keys);
  const nodes = entries.map(({ node, number, address }) => ({ node, number, address }));
  checkNames(nodes);
  const inForce = optionsInForce(votes.flags);
  return {
    kind: 'corosync',
    clusterName: clusterName(keys),
    self: self(keys, entries),
    nodes,
    quorumOptions: {
      ...inForce,
      quorumDevice: inForce.quorumDevice || hasDevice(keys),
      unevenVotes:
        inForce.unevenVotes ||
        votes.expectedVotes < nodes.length ||
        entries.some((entry) => entry.votes !== 1),
    },
    messageBytesMax,
  };
}

/** corosync.conf names a quorum device, whether it is there or not. */
export const hasDevice = (keys: Keys): boolean => keys['quorum.device.model'] !== undefined;

export interface NodeEntry {
  readonly position: number;
  readonly node: Nodes[number]['node'];
  readonly number: Nodes[number]['number'];
  readonly address: string;
  readonly votes: number;
}

/** The nodes of `nodelist`, in its order; positions have holes after a node was taken out. */
export function nodeEntries(keys: Keys): readonly NodeEntry[] {
  const positions = Object.keys(keys).flatMap((key) => {
    const position = /^nodelist\.node\.(\d+)\.ring0_addr$/.exec(key)?.[1];
    return position === undefined ? [] : [Number(position)];
  });
  if (positions.length === 0) throw wrong('has no nodelist: Holdfast needs one with every node');
  return positions.toSorted((a, b) => a - b).map((position) => nodeEntry(keys, position));
}

function nodeEntry(keys: Keys, position: number): NodeEntry {
  const value = (name: string): string | number | undefined =>
    keys[`nodelist.node.${position}.${name}`];
  const address = value('ring0_addr');
  const number = value('nodeid');
  if (typeof number !== 'number') throw wrong(`gives node ${address} no nodeid`);
  return {
    position,
    node: nodeName(String(value('name') ?? address)),
    number: nodeNumber(number),
    address: String(address),
    votes: Number(value('quorum_votes') ?? 1),
  };
}

function self(keys: Keys, entries: readonly NodeEntry[]): Nodes[number] {
  const position = keys['nodelist.local_node_pos'];
  const entry = entries.find((candidate) => candidate.position === position);
  if (entry === undefined) throw wrong('does not name this node in its nodelist');
  return { node: entry.node, number: entry.number };
}

function clusterName(keys: Keys): string {
  const name = keys['totem.cluster_name'];
  if (typeof name !== 'string' || name === '') throw wrong('has no totem.cluster_name');
  return name;
}

function checkNames(nodes: Nodes): void {
  const seen = new Set<string>();
  for (const { node } of nodes) {
    if (seen.has(node)) throw wrong(`names two nodes ${node}`);
    seen.add(node);
  }
}

function wrong(what: string): EngineError {
  return new EngineError('configuration', `corosync.conf ${what} (see corosync.conf(5))`);
}
