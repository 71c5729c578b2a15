/**
 * Poison pills on shared disks: who can be fenced by one, and after what time it has surely been reset
 * (docs/decisions/poison-pill.md).
 */
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import type { ClusterState } from './state.ts';
import { watchdogOf } from './watchdog.ts';

/** Installed with Holdfast: native/poison.c. */
export const PILL_AGENT = 'fence_pill';

export const isPill = (device: Pick<FenceDevice, 'agent'>): boolean => device.agent === PILL_AGENT;

export interface PillTerms {
  /** How long after the pill is on most of the disks the target counts as reset. */
  readonly waitMs: number;
  /** Of the disks that the target has proved to read. */
  readonly uuids: readonly string[];
  /** The boot in which it did. */
  readonly boot: string;
}

/**
 * Undefined: a pill proves nothing about that node, for it has not proved in this life that its watchdog
 * is armed and reads disks, or it may be paused with its watchdog.
 *
 * A target that reads its disk takes the pill; one that does not feeds no longer than the age of its
 * last reading, or of the daemon's last proof. Its timer ends after that. Twice all that: two feedings
 * may be held up, and clocks differ.
 */
export function pillTerms(cluster: ClusterState, target: NodeName): PillTerms | undefined {
  const watchdog = watchdogOf(cluster, target);
  const boot = cluster.nodes[target]?.boot ?? '';
  if (watchdog?.disks === undefined || watchdog.refusal === 'virtual' || boot === '')
    return undefined;
  const { ageMs, uuids } = watchdog.disks;
  const waitMs = 2 * (Math.max(ageMs, watchdog.proofAgeMs) + watchdog.timeoutMs);
  return { waitMs, uuids, boot };
}

/** A pill reboots or switches off, alone: it never switches on, and is no half of a power switch. */
export const canTakePill = (
  way: readonly FenceDevice[],
  wanted: 'reboot' | 'off' | 'on',
): boolean => !way.some(isPill) || (wanted !== 'on' && way.length === 1);

/** What only the cluster knows, for the agent; over whatever the configuration says. */
export const pillParameters = (
  { waitMs, uuids, boot }: PillTerms,
  request: string,
): Readonly<Record<string, string>> => ({
  pill_wait_ms: String(waitMs),
  pill_uuids: uuids.join(','),
  pill_boot: boot,
  pill_request: request,
});
