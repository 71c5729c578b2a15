/** What was found in clusters of two nodes. */
import type { FoundPlan } from './found-plan.ts';

export const foundOfTwo: readonly FoundPlan[] = [
  {
    was: 'it had heard of a newer state of the other of two, and went on with its own',
    plan: {
      seed: 4,
      nodes: 2,
      profile: {
        isNetworkSlow: true,
        areDisksSlow: true,
        areAgentsSlow: false,
        operationsMax: 1,
        isMixed: false,
        requestMs: [200, 1000],
        means: 'plugs',
        noQuorumPolicy: 'freeze',
      },
      faults: [
        {
          atMs: 8979,
          fault: {
            kind: 'divide',
            parts: [0, 1],
            forMs: 23971,
          },
        },
        {
          atMs: 9062,
          fault: {
            kind: 'pause-all',
            forMs: 5209,
            clockStands: false,
            isMissed: false,
          },
        },
        {
          atMs: 27140,
          fault: {
            kind: 'leap',
            node: 1,
            byMs: 297936,
          },
        },
        {
          atMs: 69930,
          fault: {
            kind: 'cut-off',
            node: 0,
            count: 6,
            forMs: 3586,
          },
        },
      ],
      healAtMs: 82313,
    },
  },
  {
    was: 'one of two began anew and believed the other to be off, which had come back and gone on',
    plan: {
      seed: 201639,
      nodes: 2,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: true,
        operationsMax: 2,
        isMixed: false,
        requestMs: [2000, 10000],
        means: 'power',
        noQuorumPolicy: 'stop',
      },
      faults: [
        { atMs: 9475, fault: { kind: 'kill-engine', node: 1, forMs: 1547 } },
        { atMs: 9789, fault: { kind: 'kill-daemon', node: 1, forMs: 2077 } },
        { atMs: 9839, fault: { kind: 'ticket', node: 0, count: 9 } },
        { atMs: 9889, fault: { kind: 'ticket', node: 0, count: 8 } },
        { atMs: 11885, fault: { kind: 'slow-disk', node: 1, forMs: 27646 } },
        { atMs: 20315, fault: { kind: 'restart', resource: 'guest' } },
        { atMs: 45425, fault: { kind: 'divide', parts: [0, 1], forMs: 8440 } },
        { atMs: 48392, fault: { kind: 'kill-daemon', node: 0, forMs: 8726 } },
        { atMs: 55957, fault: { kind: 'divide', parts: [0, 1], forMs: 7842 } },
        { atMs: 57829, fault: { kind: 'slow-agents', forMs: 16644 } },
        { atMs: 70555, fault: { kind: 'kill-daemon', node: 1, forMs: 25874 } },
      ],
      healAtMs: 84453,
    },
  },
  {
    was: 'alone, it waited for ever for the end of what was in maintenance',
    plan: {
      seed: 201389,
      nodes: 2,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: true,
        areAgentsSlow: true,
        operationsMax: 4,
        isMixed: true,
        requestMs: [2000, 10000],
        means: 'plugs',
        noQuorumPolicy: 'stop',
      },
      faults: [
        { atMs: 10868, fault: { kind: 'maintain', what: 'guest', node: 1, forMs: 28242 } },
        { atMs: 12945, fault: { kind: 'maintain', what: 'stack', node: 1, forMs: 31267 } },
        { atMs: 16816, fault: { kind: 'kill-engine', node: 0, forMs: 207 } },
        { atMs: 16828, fault: { kind: 'divide', parts: [0, 1], forMs: 8138 } },
        { atMs: 24335, fault: { kind: 'stale-order', resource: 'two', node: 0, forMs: 8130 } },
        { atMs: 31703, fault: { kind: 'failing-disk', node: 1, forMs: 27783 } },
        { atMs: 48769, fault: { kind: 'kill-engine', node: 1, forMs: 3803 } },
      ],
      healAtMs: 50553,
    },
  },
  {
    was: 'an epoch that the disk had refused was above one in which the other half had acted',
    plan: {
      seed: 962684,
      nodes: 2,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: true,
        operationsMax: 4,
        isMixed: false,
        requestMs: [200, 1000],
        means: 'plugs',
        noQuorumPolicy: 'demote',
        delayMaxMs: 4612,
        areMovesLong: true,
        areRingsLost: true,
        areStopsShort: true,
        promotes: 'in-order',
        storage: { on: 'own-node', isAlone: true },
      },
      faults: [
        { atMs: 8689, fault: { kind: 'cut-off', node: 0, count: 4, forMs: 1820 } },
        { atMs: 8717, fault: { kind: 'failing-disk', node: 1, forMs: 2400 } },
        { atMs: 10783, fault: { kind: 'stop-daemon', node: 0, forMs: 1121 } },
        { atMs: 11053, fault: { kind: 'kill-daemon', node: 0, forMs: 7263 } },
        {
          atMs: 11497,
          fault: { kind: 'pause-all', forMs: 23028, clockStands: true, isMissed: false },
        },
      ],
      healAtMs: 61839,
    },
  },
];
