/** How long the simulated engine takes, by the profile of a run. */
import type { Profile } from './fault.ts';

export interface EngineTimes {
  /** From a loss to the new ring (token and consensus). */
  readonly detectionMs: readonly [number, number];
  /** From "reachable again" to the new ring. */
  readonly mergeMs: readonly [number, number];
  /** From sending to a place in the order, and from there to each member. */
  readonly orderMs: readonly [number, number];
  readonly deliveryMs: readonly [number, number];
}

const quickEngine: EngineTimes = {
  detectionMs: [200, 1500],
  mergeMs: [50, 400],
  orderMs: [0.1, 2],
  deliveryMs: [0.05, 4],
};
const slowEngine: EngineTimes = { ...quickEngine, orderMs: [1, 40], deliveryMs: [1, 150] };

export function timesOf({ isNetworkSlow, isDetectionSlow }: Profile): EngineTimes {
  const times = isNetworkSlow ? slowEngine : quickEngine;
  return isDetectionSlow === true ? { ...times, detectionMs: [200, 9000] } : times;
}
