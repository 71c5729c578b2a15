/** By which time things end and decisions are made (docs/decisions/stalls.md, "Clocks"). */
import { sortedValues } from '../cluster/order.ts';
import type { MonotonicMs, WallMs } from '../model/ids.ts';
import { wallMs } from '../model/ids.ts';
import { CLOCK_WRONG_MS, isTimeDoubtful } from '../model/said.ts';
import type { NodeState } from './state.ts';
import type { NodeClocks } from './types.ts';

/** Heartbeats until the others have compared their clocks with this one, and said so. */
const COMPARED_AFTER_HEARTBEATS = 10;

/**
 * It is not known whether this node's wall clock is right: it jumped, its daemon has just begun, those
 * who compare are others than before, or half of them say that it is wrong.
 */
export function isTimeHeld(
  { cluster, stalls, options, bornAtMs }: NodeState,
  nowMs: MonotonicMs,
): boolean {
  const { opened, jumpedAtMs } = stalls;
  if (opened !== undefined && opened.view !== cluster.view) return true;
  const since = [jumpedAtMs, bornAtMs, opened?.atMs].map((each) => each ?? -Infinity);
  return (
    nowMs - Math.max(...since) < COMPARED_AFTER_HEARTBEATS * options.heartbeatMs ||
    isTimeDoubtful(sortedValues(cluster.nodes))
  );
}

/**
 * For decisions, which cannot wait. After a jump that is in doubt it is as if that had not been. It does
 * not go back, so that what goes by time is not undone, except behind a leap: replicated time has
 * followed that, and stays ahead when the clock has long been right again.
 */
export function presumedTime(node: NodeState, { nowMs, wallMs: now }: NodeClocks): WallMs {
  const { aheadBeforeJumpMs } = node.stalls;
  const isInDoubt = aheadBeforeJumpMs !== undefined && isTimeHeld(node, nowMs);
  const presumed = Math.round(isInDoubt ? nowMs + aheadBeforeJumpMs : now);
  const { time } = node.cluster;
  return wallMs(time - presumed < CLOCK_WRONG_MS ? Math.max(time, presumed) : presumed);
}
