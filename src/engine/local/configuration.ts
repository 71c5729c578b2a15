import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { EngineConfiguration } from '../../core/model/engine.ts';
import { MAJORITY } from '../../core/model/engine.ts';
import { nodeName, nodeNumber } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import { EngineError, messageBytesMax } from '../engine.ts';

export type LocalCluster = Pick<EngineConfiguration, 'clusterName' | 'nodes'>;

/** Files of a cluster directory. */
export const clusterFile = (directory: string): string => join(directory, 'cluster.json');
export const socketFile = (directory: string): string => join(directory, 'bus.sock');
export const lockFile = (directory: string): string => join(directory, 'bus.lock');
/** What a bus said when it failed; one that takes the lock empties it. */
export const logFile = (directory: string): string => join(directory, 'bus.log');
export const ringFile = (directory: string): string => join(directory, 'bus.ring');

/** As many as Corosync is known to carry. */
const nodesMax = 32;

/**
 * Reads `cluster.json`: `{ "clusterName": "demo", "nodes": [{ "name": "a", "number": 1 }, …] }`.
 * Throws an EngineError that says where and what.
 */
export function readCluster(directory: string): LocalCluster {
  const file = clusterFile(directory);
  const text = readText(file);
  const fail = (what: string): never => {
    throw new EngineError('configuration', `${file}: ${what}`);
  };
  const value = parse(text, fail);
  const { clusterName, nodes } = value;
  if (typeof clusterName !== 'string' || clusterName === '') return fail('clusterName is missing');
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > nodesMax) {
    return fail(`nodes must be a list of 1 to ${nodesMax}`);
  }
  const checked = nodes.map((node: unknown, index) => checkNode(node, `nodes[${index}]`, fail));
  for (const key of ['node', 'number'] as const) {
    if (new Set(checked.map((node) => node[key])).size < checked.length) {
      return fail(`two nodes have the same ${key === 'node' ? 'name' : key}`);
    }
  }
  return { clusterName, nodes: checked };
}

/** The cluster as the daemon of `node` sees it. */
export function localConfiguration(directory: string, node: NodeName): EngineConfiguration {
  const cluster = readCluster(directory);
  const self = cluster.nodes.find((candidate) => candidate.node === node);
  if (self === undefined) {
    const names = cluster.nodes.map((candidate) => candidate.node).join(', ');
    const what = `there is no node ${node}; it names ${names}`;
    throw new EngineError('configuration', `${clusterFile(directory)}: ${what}`);
  }
  return {
    kind: 'local',
    ...cluster,
    self,
    quorumOptions: MAJORITY,
    messageBytesMax,
  };
}

type Fail = (what: string) => never;

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError('configuration', `${file} cannot be read: ${String(error)}`, {
      cause: error,
    });
  }
}

function parse(text: string, fail: Fail): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (error) {
    return fail(String(error));
  }
  return fail('an object is expected');
}

function checkNode(value: unknown, where: string, fail: Fail): LocalCluster['nodes'][number] {
  if (typeof value !== 'object' || value === null) return fail(`${where} must be an object`);
  const { name, number }: Readonly<Record<string, unknown>> = { ...value };
  if (typeof name !== 'string' || name === '') return fail(`${where}.name is missing`);
  if (!Number.isInteger(number) || Number(number) < 1 || Number(number) > 0xff_ff_ff_ff) {
    return fail(`${where}.number must be 1 to 4294967295`);
  }
  return { node: nodeName(name), number: nodeNumber(Number(number)) };
}
