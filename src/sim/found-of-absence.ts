/** What was found when a node stayed away. */
import type { FoundPlan } from './found-plan.ts';

export const foundOfAbsence: readonly FoundPlan[] = [
  {
    was: 'nobody could fence what a device had not answered for',
    plan: {
      seed: 682,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: false,
        operationsMax: 4,
        isMixed: true,
        requestMs: [2000, 10000],
        means: 'power',
        noQuorumPolicy: 'stop',
        loopLimit: 3,
        isDetectionSlow: true,
        hosts: 'status',
      },
      faults: [
        { atMs: 22825, fault: { kind: 'loop', node: 1, count: 2 } },
        {
          atMs: 25447,
          fault: { kind: 'forget', node: 0, isOff: false, afterMs: 10519, forMs: 27069 },
        },
        { atMs: 33422, fault: { kind: 'kill-daemon', node: 1, forMs: 11514 } },
        { atMs: 47520, fault: { kind: 'flap', node: 1, count: 3, everyMs: 2941 } },
      ],
      healAtMs: 80648,
      absence: { nodes: [0], how: 'off', fencedAfterMs: 40000, leavesAfterMs: 0 },
    },
  },
  {
    was: 'a device that had not answered for half of the nodes was not asked again',
    plan: {
      seed: 1000426,
      nodes: 3,
      profile: {
        isNetworkSlow: true,
        areDisksSlow: true,
        areAgentsSlow: false,
        operationsMax: 1,
        isMixed: false,
        requestMs: [200, 1000],
        means: 'power',
        noQuorumPolicy: 'stop',
        contains: true,
        delayMaxMs: 4728,
        areMovesLong: true,
        hosts: 'status',
      },
      faults: [
        {
          atMs: 52270,
          fault: { kind: 'forget', node: 0, isOff: false, afterMs: 19205, forMs: 36606 },
        },
        { atMs: 54591, fault: { kind: 'recall', resource: 'guest', node: 0, afterMs: 487 } },
        { atMs: 69915, fault: { kind: 'power-loss', forMs: 18294 } },
      ],
      healAtMs: 82581,
      absence: { nodes: [0], how: 'cut-off', fencedAfterMs: 10000, leavesAfterMs: 0 },
    },
  },
];
