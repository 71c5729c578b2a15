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
];
