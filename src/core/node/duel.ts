/**
 * With `two_node` both halves of a split have quorum, and each fences the other. Where nothing is
 * configured that lets one of them shoot later, both would be off: so the node with the higher number
 * waits (votequorum(5) leaves this to whoever fences).
 */
import { durationOptionMs } from '../cluster/options.ts';
import { fencingWays } from '../cluster/fencing-levels.ts';
import type { ClusterState, FencingRequest } from '../cluster/state.ts';
import type { EngineConfiguration } from '../model/engine.ts';
import { baseDelayMs } from '../model/fence-device.ts';
import type { NodeName } from '../model/ids.ts';
import { parseDurationMs } from '../model/value.ts';

/** Longer than a power switch needs, and than what one half notices later than the other. */
export const DUEL_DELAY_MS = 5000;

/** What makes it a duel, and how it is configured; `machines` are those that the engine can see. */
export interface Duel {
  readonly engine: EngineConfiguration;
  readonly cluster: ClusterState;
  readonly machines: readonly NodeName[] | undefined;
}

/** How long this node waits before it shoots the other half, besides what is configured. */
export function duelDelayMs(duel: Duel, request: FencingRequest): number {
  const { engine, cluster, machines } = duel;
  const { self, nodes, quorumOptions } = engine;
  const other = nodes.find(({ node }) => node === request.target);
  if (!quorumOptions.twoNode || other === undefined) return 0;
  // Who is still in one membership with this node does not shoot from another one.
  if (machines?.includes(request.target) === true) return 0;
  if (other.number > self.number || request.delayMs !== undefined) return 0;
  if (headStartMs(cluster, self.node) !== headStartMs(cluster, request.target)) return 0;
  const priorityMs = durationOptionMs(
    cluster.configuration.model,
    'priority-fencing-delay',
    2 * DUEL_DELAY_MS,
  );
  // Where priorities decide, the other may wait so long; where they are equal, nobody does.
  return priorityMs === 0 ? DUEL_DELAY_MS : Math.min(DUEL_DELAY_MS, Math.floor(priorityMs / 2));
}

/**
 * How long whoever shoots this node waits first, by configuration: what counts is the device that it
 * begins with, and of that the delay for this target. An agent's own `delay` comes on top, in seconds
 * (Pacemaker Explained, "Fencing"); names of the fencer among the parameters are read by nobody here.
 */
function headStartMs(cluster: ClusterState, target: NodeName): number {
  const first = fencingWays(cluster, target)[0]?.[0];
  if (first === undefined) return 0;
  return baseDelayMs(first, target) + (parseDurationMs(first.parameters['delay'] ?? '') ?? 0);
}
