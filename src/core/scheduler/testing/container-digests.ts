/** Histories of what bundles are made of, with the digests of the parameters that they have today. */
import { wallMs } from '../../model/ids.ts';
import type { OperationRecord, Picture, ResourceHistory } from '../../model/picture.ts';
import { buildWorld } from '../configuration/world.ts';
import { effectiveOperation } from '../configuration/operations.ts';
import { operationDigest } from '../digests/parameters.ts';
import { replayHistories } from '../history/replay.ts';
import { determineHostStates } from '../nodes/states.ts';
import type { World } from '../world.ts';
import { bundledAgent } from './bundles.ts';

export function withContainerDigests(picture: Picture): Picture {
  const { world, context } = buildWorld(picture, wallMs(0));
  // A connection has the node of its container among its parameters.
  determineHostStates(world);
  replayHistories(world, context);
  const nodes = picture.status.nodes.map((node) => ({
    ...node,
    history: node.history.map((each) => filled(world, node.name, each)),
  }));
  return { ...picture, status: { ...picture.status, nodes } };
}

function filled(world: World, node: string, history: ResourceHistory): ResourceHistory {
  const unit = world.unitById.get(history.resource);
  const host = world.hostByName.get(node);
  if (bundledAgent(history.resource) === undefined || unit === undefined || host === undefined)
    return history;
  const operations = history.operations.map((record): OperationRecord => {
    const { operation: name, intervalMs } = record;
    const { timeoutMs } = effectiveOperation(world, unit, name, intervalMs);
    const { digest } = operationDigest(world, unit, host, { name, intervalMs, timeoutMs });
    return { ...record, digest };
  });
  return { ...history, operations };
}
