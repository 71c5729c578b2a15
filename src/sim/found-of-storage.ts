/** What was found where nodes are cut off from storage that they share. */
import type { FoundPlan } from './found-plan.ts';

export const foundOfStorage: readonly FoundPlan[] = [
  {
    was: 'who was shooting a node and had left took the access that was given to it meanwhile, and nobody knew',
    plan: {
      seed: 1,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: false,
        operationsMax: 4,
        isMixed: false,
        requestMs: [2000, 10_000],
        means: 'power',
        noQuorumPolicy: 'stop',
        storage: { on: 'any-node', isAlone: true },
      },
      faults: [
        { atMs: 19_000, fault: { kind: 'fencing', how: 'slow', forMs: 3800 } },
        { atMs: 20_000, fault: { kind: 'divide', parts: [0, 1, 0], forMs: 3000 } },
        { atMs: 23_500, fault: { kind: 'divide', parts: [0, 1, 1], forMs: 30_000 } },
      ],
      healAtMs: 70_000,
    },
  },
];
