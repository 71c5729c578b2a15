/** Plans that once found something, as they were drawn and made small. */
import { foundInStore } from './found-in-store.ts';
import { foundOfAbsence } from './found-of-absence.ts';
import { foundOfStorage } from './found-of-storage.ts';
import { foundOfTwo } from './found-of-two.ts';
import type { FoundPlan } from './found-plan.ts';

export const found: readonly FoundPlan[] = [
  ...foundOfTwo,
  ...foundOfAbsence,
  ...foundInStore,
  ...foundOfStorage,
  {
    was: 'a mark ended by the clock of a daemon that had just begun',
    plan: {
      seed: 160,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: false,
        areAgentsSlow: true,
        operationsMax: 2,
        isMixed: false,
        requestMs: [20, 200],
        means: 'both',
        noQuorumPolicy: 'freeze',
        watchdog: {
          timeoutMs: 3000,
          proofAgeMs: 3000,
          isVirtual: true,
        },
      },
      faults: [
        {
          atMs: 32885,
          fault: {
            kind: 'leap',
            node: 1,
            byMs: 96933,
          },
        },
        {
          atMs: 37978,
          fault: {
            kind: 'power-loss',
            forMs: 1253,
          },
        },
      ],
      healAtMs: 87670,
    },
  },
  {
    was: 'operations of one time, after a clock was set back, were taken for a move that had not ended',
    plan: {
      seed: 940013,
      nodes: 5,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: true,
        areAgentsSlow: false,
        operationsMax: 2,
        isMixed: false,
        requestMs: [200, 1000],
        means: 'plugs',
        noQuorumPolicy: 'stop',
        contains: true,
        areMovesLong: true,
        areRingsLost: true,
        areStopsShort: true,
        promotes: 'in-order',
      },
      faults: [
        { atMs: 34036, fault: { kind: 'leap', node: 4, byMs: 328041 } },
        { atMs: 63814, fault: { kind: 'strike-promoted', how: 'kill-daemon', forMs: 19310 } },
      ],
      healAtMs: 84039,
      calmLoss: { moves: ['guest', 'guest', 'vm'], node: 1, what: 'daemon' },
    },
  },
  {
    was: 'what had been sent to another node was forgotten with the stop on its source',
    plan: {
      seed: 225,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: true,
        areAgentsSlow: false,
        operationsMax: 1,
        isMixed: false,
        requestMs: [200, 1000],
        means: 'power',
        noQuorumPolicy: 'stop',
      },
      faults: [
        {
          atMs: 9994,
          fault: {
            kind: 'kill-daemon',
            node: 2,
            forMs: 14418,
          },
        },
        {
          atMs: 10005,
          fault: {
            kind: 'cut-off',
            node: 1,
            count: 6,
            forMs: 1813,
          },
        },
        {
          atMs: 11417,
          fault: {
            kind: 'cut-off',
            node: 0,
            count: 2,
            forMs: 1803,
          },
        },
        {
          atMs: 11839,
          fault: {
            kind: 'one-way',
            node: 2,
            forMs: 24563,
          },
        },
        {
          atMs: 12132,
          fault: {
            kind: 'fencing',
            how: 'late',
            forMs: 16318,
          },
        },
        {
          atMs: 24969,
          fault: {
            kind: 'divide',
            parts: [1, 0, 1],
            forMs: 29558,
          },
        },
        {
          atMs: 24972,
          fault: {
            kind: 'cut-off',
            node: 0,
            count: 4,
            forMs: 3331,
          },
        },
        {
          atMs: 24974,
          fault: {
            kind: 'kill-daemon',
            node: 0,
            forMs: 25264,
          },
        },
        {
          atMs: 25167,
          fault: {
            kind: 'pause-all',
            forMs: 1023,
            clockStands: false,
            isMissed: false,
          },
        },
        {
          atMs: 27369,
          fault: {
            kind: 'slow-disk',
            node: 0,
            forMs: 11164,
          },
        },
        {
          atMs: 37308,
          fault: {
            kind: 'cut-off',
            node: 2,
            count: 7,
            forMs: 2275,
          },
        },
        {
          atMs: 37334,
          fault: {
            kind: 'cut-off',
            node: 1,
            count: 5,
            forMs: 2279,
          },
        },
        {
          atMs: 47154,
          fault: {
            kind: 'divide',
            parts: [0, 1, 0],
            forMs: 21924,
          },
        },
        {
          atMs: 49395,
          fault: {
            kind: 'divide',
            parts: [1, 1, 1],
            forMs: 5439,
          },
        },
        {
          atMs: 51622,
          fault: {
            kind: 'standby',
            node: 0,
            forMs: 2416,
          },
        },
      ],
      healAtMs: 85021,
    },
  },
  {
    was: 'a planned stop that had not ended hid what a migration had brought',
    plan: {
      seed: 30025,
      nodes: 3,
      profile: {
        isNetworkSlow: false,
        areDisksSlow: true,
        areAgentsSlow: false,
        operationsMax: 1,
        isMixed: false,
        requestMs: [200, 1000],
        means: 'power',
        noQuorumPolicy: 'stop',
      },
      faults: [
        {
          atMs: 8474,
          fault: {
            kind: 'standby',
            node: 0,
            forMs: 2977,
          },
        },
        {
          atMs: 8543,
          fault: {
            kind: 'resource-dies',
            resource: 'db',
            isNoticed: false,
          },
        },
        {
          atMs: 8573,
          fault: {
            kind: 'configure',
            node: 2,
            variant: 'standard',
          },
        },
        {
          atMs: 9168,
          fault: {
            kind: 'standby',
            node: 1,
            forMs: 28777,
          },
        },
        {
          atMs: 9199,
          fault: {
            kind: 'agent',
            node: 1,
            resource: 'db',
            operation: 'monitor',
            how: 'fails',
          },
        },
        {
          atMs: 10740,
          fault: {
            kind: 'clock',
            node: 2,
            byMs: -12698,
          },
        },
        {
          atMs: 18243,
          fault: {
            kind: 'configure',
            node: 0,
            variant: 'changed',
          },
        },
        {
          atMs: 18290,
          fault: {
            kind: 'flap',
            node: 0,
            count: 4,
            everyMs: 1453,
          },
        },
        {
          atMs: 18305,
          fault: {
            kind: 'shutdown',
            node: 2,
            forMs: 5234,
          },
        },
        {
          atMs: 20775,
          fault: {
            kind: 'power-loss',
            forMs: 15838,
          },
        },
        {
          atMs: 31501,
          fault: {
            kind: 'resource-dies',
            resource: 'four',
            isNoticed: true,
          },
        },
        {
          atMs: 34094,
          fault: {
            kind: 'pause-all',
            forMs: 18785,
            clockStands: false,
            isMissed: false,
          },
        },
        {
          atMs: 34142,
          fault: {
            kind: 'kill-engine',
            node: 2,
            forMs: 8211,
          },
        },
        {
          atMs: 34188,
          fault: {
            kind: 'divide',
            parts: [1, 1, 0],
            forMs: 15226,
          },
        },
        {
          atMs: 34689,
          fault: {
            kind: 'fencing',
            how: 'failing',
            forMs: 1168,
          },
        },
        {
          atMs: 34791,
          fault: {
            kind: 'cut-off',
            node: 0,
            count: 5,
            forMs: 3690,
          },
        },
        {
          atMs: 34933,
          fault: {
            kind: 'cut-off',
            node: 0,
            count: 8,
            forMs: 3849,
          },
        },
        {
          atMs: 34977,
          fault: {
            kind: 'divide',
            parts: [0, 0, 1],
            forMs: 26527,
          },
        },
        {
          atMs: 38620,
          fault: {
            kind: 'divide',
            parts: [1, 0, 1],
            forMs: 15255,
          },
        },
        {
          atMs: 38908,
          fault: {
            kind: 'agent',
            node: 2,
            resource: 'vm',
            operation: 'monitor',
            how: 'lies',
          },
        },
        {
          atMs: 41905,
          fault: {
            kind: 'ticket',
            node: 1,
            count: 2,
          },
        },
        {
          atMs: 43227,
          fault: {
            kind: 'stop-daemon',
            node: 1,
            forMs: 10973,
          },
        },
        {
          atMs: 43240,
          fault: {
            kind: 'cut-off',
            node: 0,
            count: 8,
            forMs: 3234,
          },
        },
        {
          atMs: 43666,
          fault: {
            kind: 'kill-daemon',
            node: 0,
            forMs: 7904,
          },
        },
        {
          atMs: 47322,
          fault: {
            kind: 'slow-disk',
            node: 2,
            forMs: 23423,
          },
        },
        {
          atMs: 58636,
          fault: {
            kind: 'agent',
            node: 2,
            resource: 'one',
            operation: 'migrate_to',
            how: 'fails',
          },
        },
        {
          atMs: 58639,
          fault: {
            kind: 'cut-off',
            node: 2,
            count: 4,
            forMs: 2289,
          },
        },
      ],
      healAtMs: 61331,
    },
  },
];
