/**
 * Digests of the parameters that operations ran with, as if nothing had been changed since: without
 * them both sides would restart everything.
 */
import { effectiveOperation } from '../../src/core/scheduler/configuration/operations.ts';
import { buildWorld } from '../../src/core/scheduler/configuration/world.ts';
import {
  digestOf,
  EMPTY_DIGEST,
  operationDigest,
  restricted,
} from '../../src/core/scheduler/digests/parameters.ts';
import type { OperationDigest } from '../../src/core/scheduler/digests/parameters.ts';
import type { World } from '../../src/core/scheduler/world.ts';
import { replayHistories } from '../../src/core/scheduler/history/replay.ts';
import { determineHostStates } from '../../src/core/scheduler/nodes/states.ts';
import { readCib } from '../../src/interop/cib/read.ts';
import { decisionTime } from '../../src/offline/time.ts';
import { element, mapTree, xmlText } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Fills in `op-digest` where there is none, and any digest that is `@`. */
export function withDigests(cib: XmlElement): XmlElement {
  const world = worldOf(cib);
  return mapTree(cib, (node) => (node.name === 'node_state' ? filled(world, node) : node)) ?? cib;
}

function worldOf(cib: XmlElement): World {
  const result = readCib(xmlText(cib));
  if ('error' in result) throw new Error(result.error.text);
  const { world, context } = buildWorld(result.picture, decisionTime(result.picture, undefined));
  // A bundle's connection has the node of its container among its parameters.
  determineHostStates(world);
  replayHistories(world, context);
  return world;
}

function filled(world: World, state: XmlElement): XmlElement {
  const name = state.attributes['uname'] ?? '';
  const change = (node: XmlElement): XmlElement => {
    if (node.name !== 'lrm_resource') return node;
    const id = node.attributes['id'] ?? '';
    const children = node.children.map((child) => withDigest(world, name, id, child));
    return { ...node, children };
  };
  return mapTree(state, change) ?? state;
}

function withDigest(world: World, node: string, resource: string, entry: XmlElement): XmlElement {
  const { attributes } = entry;
  const host = world.hostByName.get(node);
  const unit = world.unitById.get(resource) ?? world.unitById.get(resource.split(':')[0] ?? '');
  const name = attributes['operation'] ?? '';
  const intervalMs = Number(attributes['interval'] ?? 0);
  let found: OperationDigest = { digest: EMPTY_DIGEST, parameters: new Map() };
  if (host !== undefined && unit !== undefined && unit.kind === 'primitive') {
    const { timeoutMs } = effectiveOperation(world, unit, name, intervalMs);
    found = operationDigest(world, unit, host, { name, intervalMs, timeoutMs });
  }
  const known = attributes['op-digest'] ?? '@';
  const digests: Record<string, string> = { 'op-digest': known === '@' ? found.digest : known };
  if (attributes['op-restart-digest'] === '@') {
    const names = (attributes['op-force-restart'] ?? '').split(' ').filter((word) => word !== '');
    digests['op-restart-digest'] = digestOf(restricted(found.parameters, names));
  }
  return element(entry.name, { ...attributes, ...digests }, entry.children);
}
