/** Cluster options with their defaults (Pacemaker Explained, "Cluster-Wide Configuration"). */
import type { AttributeBlock } from '../../model/rule.ts';
import { mergeBlocks } from '../values/blocks.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import { readBoolean, readDurationMs, readScore } from '../values/text.ts';

export type QuorumPolicy = 'ignore' | 'freeze' | 'stop' | 'demote' | 'fence';

export interface Options {
  readonly symmetric: boolean;
  readonly fencing: boolean;
  readonly fenceMethod: 'reboot' | 'off';
  readonly startupFencing: boolean;
  /** Fence devices may work at the same time; otherwise one node is fenced after the other. */
  readonly concurrentFencing: boolean;
  readonly quorumPolicy: QuorumPolicy;
  readonly stopAll: boolean;
  readonly maintenance: boolean;
  readonly startFailureFatal: boolean;
  readonly stopRemoved: boolean;
  readonly cancelRemoved: boolean;
  readonly probes: boolean;
  readonly placement: 'default' | 'utilization' | 'balanced' | 'minimal';
  readonly healthStrategy: string;
  readonly healthBase: number;
  readonly healthScores: { readonly red: number; readonly yellow: number; readonly green: number };
  readonly shutdownLock: boolean;
  readonly shutdownLockLimitMs: number;
  readonly priorityFencingDelayMs: number;
  readonly nodePendingTimeoutMs: number;
  readonly watchdogFencing: boolean;
  readonly clusterName: string | undefined;
  readonly values: Values;
}

export function readOptions(blocks: readonly AttributeBlock[], context: RuleContext): Options {
  const first = blocks.filter((block) => block.id === 'cib-bootstrap-options');
  const values: Values = mergeBlocks(new Map(), first, context);
  mergeBlocks(values, blocks, context);
  const get = (...names: readonly string[]): string | undefined =>
    names.map((name) => values.get(name)).find((value) => value !== undefined);
  const yes = (otherwise: boolean, ...names: readonly string[]): boolean =>
    readBoolean(get(...names)) ?? otherwise;
  const duration = (...names: readonly string[]): number => readDurationMs(get(...names)) ?? 0;
  const health = readHealthScores(get);
  return {
    symmetric: yes(true, 'symmetric-cluster', 'symmetric_cluster'),
    fencing: yes(true, 'fencing-enabled', 'stonith-enabled', 'stonith_enabled'),
    fenceMethod: get('fencing-action', 'stonith-action') === 'off' ? 'off' : 'reboot',
    startupFencing: yes(true, 'startup-fencing', 'startup_fencing'),
    concurrentFencing: yes(true, 'concurrent-fencing'),
    quorumPolicy: readQuorumPolicy(get('no-quorum-policy', 'no_quorum_policy')),
    stopAll: yes(false, 'stop-all-resources'),
    maintenance: yes(false, 'maintenance-mode'),
    startFailureFatal: yes(true, 'start-failure-is-fatal'),
    stopRemoved: yes(true, 'stop-removed-resources', 'stop-orphan-resources'),
    cancelRemoved: yes(true, 'cancel-removed-actions', 'stop-orphan-actions'),
    probes: yes(true, 'enable-startup-probes'),
    placement: readPlacement(get('placement-strategy')),
    healthStrategy: (get('node-health-strategy') ?? 'none').toLowerCase(),
    healthBase: readScore(get('node-health-base')),
    healthScores: health,
    shutdownLock: yes(false, 'shutdown-lock'),
    shutdownLockLimitMs: duration('shutdown-lock-limit'),
    priorityFencingDelayMs: duration('priority-fencing-delay'),
    nodePendingTimeoutMs: duration('node-pending-timeout'),
    watchdogFencing: yes(false, 'have-watchdog'),
    clusterName: get('cluster-name'),
    values,
  };
}

function readHealthScores(get: (name: string) => string | undefined): Options['healthScores'] {
  return {
    red: readScore(get('node-health-red'), -1_000_000),
    yellow: readScore(get('node-health-yellow')),
    green: readScore(get('node-health-green')),
  };
}

function readQuorumPolicy(text: string | undefined): QuorumPolicy {
  switch (text?.toLowerCase()) {
    case 'ignore':
      return 'ignore';
    case 'freeze':
      return 'freeze';
    case 'demote':
      return 'demote';
    case 'fence':
    case 'suicide':
      return 'fence';
    default:
      return 'stop';
  }
}

function readPlacement(text: string | undefined): Options['placement'] {
  return text === 'utilization' || text === 'balanced' || text === 'minimal' ? text : 'default';
}
