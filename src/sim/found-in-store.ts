/** What was found in the store: whose line goes on. */
import type { FoundPlan } from './found-plan.ts';

export const foundInStore: readonly FoundPlan[] = [
  {
    was: 'an attempt of one node replaced what two others had acknowledged',
    plan: {
      seed: 437,
      nodes: 3,
      profile: {
        isNetworkSlow: true,
        areDisksSlow: false,
        areAgentsSlow: true,
        operationsMax: 4,
        isMixed: true,
        requestMs: [2000, 10000],
        means: 'watchdog',
        noQuorumPolicy: 'stop',
        watchdog: { timeoutMs: 2000, proofAgeMs: 1000, isVirtual: false },
      },
      faults: [
        { atMs: 8254, fault: { kind: 'kill-daemon', node: 1, forMs: 2411 } },
        { atMs: 9322, fault: { kind: 'slow-disk', node: 0, forMs: 6275 } },
        { atMs: 11853, fault: { kind: 'power-off', node: 1, forMs: 10049 } },
        { atMs: 12077, fault: { kind: 'failing-disk', node: 0, forMs: 10304 } },
        { atMs: 13848, fault: { kind: 'divide', parts: [0, 1, 1], forMs: 27803 } },
        { atMs: 16789, fault: { kind: 'divide', parts: [1, 1, 0], forMs: 18662 } },
      ],
      healAtMs: 64122,
    },
  },
  {
    was: 'the level rose while the older version had the state and not yet its place, and was to read the newer one',
    plan: {
      seed: 941306,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: false,
        operationsMax: 1,
        isMixed: true,
        requestMs: [20, 200],
        means: 'watchdog',
        noQuorumPolicy: 'stop',
        watchdog: { timeoutMs: 3000, proofAgeMs: 2000, isVirtual: false },
        contains: true,
        areMovesLong: true,
        areRingsLost: true,
        areStopsShort: true,
        upgrades: true,
      },
      faults: [
        { atMs: 62487, fault: { kind: 'failing-disk', node: 2, forMs: 27350 } },
        { atMs: 66764, fault: { kind: 'stop-daemon', node: 2, forMs: 15699 } },
        { atMs: 67553, fault: { kind: 'upgrade', node: 0, forMs: 6539 } },
        {
          atMs: 68219,
          fault: { kind: 'downgrade', node: 2, forMs: 1180, backAfterMs: 16772 },
        },
      ],
      healAtMs: 88591,
    },
  },
];
