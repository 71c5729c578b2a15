import { milliseconds } from './outages.ts';

/** CLOCK_MONOTONIC in nanoseconds. */
export interface Interval {
  readonly beginNs: bigint;
  readonly endNs: bigint;
}

/** What was stamped around one failure. */
export interface FailoverStamps {
  readonly faultNs: bigint;
  /** The first survivor heard of the new membership; within a node: the monitor that failed ended. */
  readonly noticedNs: bigint;
  readonly fencing: readonly Interval[];
  /** Runs of agents without which the service could not come back: its stops and starts. */
  readonly agents: readonly Interval[];
  /** End of the first good answer after the outage. */
  readonly servedNs: bigint;
}

/** How long a service was away, and because of whom. The four parts add up to the total. */
export interface FailoverParts {
  /** Corosync's time, or the time until the next monitor. */
  readonly detectionMs: number;
  readonly fencingMs: number;
  readonly agentsMs: number;
  /** What is left is Holdfast's own: agreeing, deciding, spawning, probing. */
  readonly ownMs: number;
  readonly totalMs: number;
}

/**
 * Splits a failover into its parts. Agents that run side by side count once, and time in which a
 * fence agent runs too counts as fencing; what lies outside [noticed, served] does not count.
 */
export function failoverParts(stamps: FailoverStamps): FailoverParts {
  const { faultNs, servedNs } = stamps;
  const window = { beginNs: earlier(stamps.noticedNs, servedNs), endNs: servedNs };
  const fencing = within(window, stamps.fencing);
  const busy = within(window, [...stamps.fencing, ...stamps.agents]);
  const waited = milliseconds(window.beginNs, window.endNs);
  return {
    detectionMs: milliseconds(faultNs, window.beginNs),
    fencingMs: fencing,
    agentsMs: rounded(busy - fencing),
    ownMs: rounded(waited - busy),
    totalMs: milliseconds(faultNs, servedNs),
  };
}

/** Milliseconds of the window in which at least one of the intervals runs. */
function within(window: Interval, intervals: readonly Interval[]): number {
  const ordered = [...intervals].sort((a, b) => (a.beginNs < b.beginNs ? -1 : 1));
  let coveredNs = 0n;
  let reachedNs = window.beginNs;
  for (const { beginNs, endNs } of ordered) {
    const from = later(beginNs, reachedNs);
    const to = earlier(endNs, window.endNs);
    if (to <= from) continue;
    coveredNs += to - from;
    reachedNs = to;
  }
  return milliseconds(0n, coveredNs);
}

const earlier = (a: bigint, b: bigint) => (a < b ? a : b);
const later = (a: bigint, b: bigint) => (a > b ? a : b);
const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
