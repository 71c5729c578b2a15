/**
 * Self-fencing in the replicated state: which nodes are armed, and after how long one that is lost
 * has surely been reset by its watchdog (docs/decisions/self-fencing.md).
 */
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { NodeName } from '../model/ids.ts';
import { sortedValues } from './order.ts';
import { clusterOption, durationOptionMs } from './options.ts';
import type { ClusterState } from './state.ts';

export interface ArmedWatchdog {
  /** Read back from the driver. */
  readonly timeoutMs: number;
  readonly proofAgeMs: number;
  /** Why the others must not count on it, although it is armed. */
  readonly refusal?: WatchdogRefusal;
  /** Shared disks that its feeder reads for poison pills (docs/decisions/poison-pill.md). */
  readonly disks?: PillDisks;
}

export interface PillDisks {
  /** It does not feed when most of them were not read for so long. */
  readonly ageMs: number;
  readonly uuids: readonly string[];
}

/**
 * - `virtual`: paused, a machine's watchdog stands still as well, and later it runs on for a while.
 * - `two-node`: both halves have quorum, so neither of them is reset.
 */
export type WatchdogRefusal = 'virtual' | 'two-node';

const UUID = '[0-9a-f-]{36}';
const TEXT = new RegExp(
  `^(\\d{1,9}) (\\d{1,9})(?: (virtual|two-node))?(?: pill:(\\d{1,9}):(${UUID}(?:,${UUID}){0,2}))?$`,
);

/** The attribute's value. */
export function watchdogText({ timeoutMs, proofAgeMs, refusal, disks }: ArmedWatchdog): string {
  const pill = disks === undefined ? '' : ` pill:${disks.ageMs}:${disks.uuids.join(',')}`;
  return `${timeoutMs} ${proofAgeMs}${refusal === undefined ? '' : ` ${refusal}`}${pill}`;
}

/** As the node said last; undefined: it is not armed. */
export function watchdogOf(cluster: ClusterState, name: NodeName): ArmedWatchdog | undefined {
  const match = TEXT.exec(cluster.nodes[name]?.attributes[WATCHDOG_ATTRIBUTE] ?? '');
  if (match === null) return undefined;
  const refusal = match[3] as WatchdogRefusal | undefined;
  const uuids = match[5]?.split(',');
  return {
    timeoutMs: Number(match[1]),
    proofAgeMs: Number(match[2]),
    ...(refusal === undefined ? {} : { refusal }),
    ...(uuids === undefined ? {} : { disks: { ageMs: Number(match[4]), uuids } }),
  };
}

/**
 * How long after the last sign of its machine a node counts as reset by itself; undefined: it does
 * not. Twice what it takes at most, or longer where `fencing-watchdog-timeout` says so.
 */
export function resetAfterMs(cluster: ClusterState, target: NodeName): number | undefined {
  const { model } = cluster.configuration;
  const watchdog = watchdogOf(cluster, target);
  if (watchdog === undefined || watchdog.refusal !== undefined) return undefined;
  if (!reliesOnWatchdogs(model) || policyAgainst(model) !== undefined) return undefined;
  const least = 2 * (watchdog.proofAgeMs + watchdog.timeoutMs);
  return Math.max(least, durationOptionMs(model, OPTION, 0));
}

const OPTION = 'fencing-watchdog-timeout';

/** Somebody has said so; a negative time is "as long as it takes" (Pacemaker Explained, "Fencing"). */
export function reliesOnWatchdogs(model: Configuration): boolean {
  const isNegative = clusterOption(model, OPTION)?.trim().startsWith('-') === true;
  return isNegative || durationOptionMs(model, OPTION, 0) > 0;
}

/** The no-quorum-policy under which services go on without quorum: nobody may count on a reset. */
export function policyAgainst(model: Configuration): string | undefined {
  const policy = clusterOption(model, 'no-quorum-policy');
  return policy === 'ignore' || policy === 'freeze' ? policy : undefined;
}

/** Some node can be fenced in this way. */
export const hasCountedWatchdog = (cluster: ClusterState): boolean =>
  sortedValues(cluster.nodes).some(({ name }) => resetAfterMs(cluster, name) !== undefined);

/** No agent: whoever carries it out waits. One that is configured under this name is not it. */
export const WATCHDOG_DEVICE: FenceDevice = {
  id: 'watchdog',
  agent: 'watchdog',
  parameters: {},
  hosts: {},
  action: 'reboot',
  timeoutMs: 0,
  retries: 1,
  monitorIntervalMs: 0,
  delayMs: 0,
};
