/** Something that waits for ever for a node that stays away: only runs that heal without it see that. */
import type { Mutant } from './mutant.ts';

export const ofAbsence: readonly Mutant[] = [
  {
    name: 'a node that was not seen since the start of the cluster is waited for for ever',
    changes: [
      {
        file: 'core/node/lead.ts',
        find: `    if (!gone && clocks.nowMs - since < graceMs(node, record)) continue;`,
        replace: `    const isWaitedFor = record.condition === 'unseen';
    if (!gone && (isWaitedFor || clocks.nowMs - since < graceMs(node, record))) continue;`,
      },
    ],
    caughtBy: 'nodes',
    says: /no convergence/,
  },
  {
    name: 'a fence device that did not answer for a moment is not asked again whom it reaches',
    changes: [
      {
        file: 'core/node/hosts.ts',
        find: `const SOON_MS = 10_000;`,
        replace: `const SOON_MS = EVERY_MS;`,
      },
    ],
    caughtBy: 'nodes',
    says: /no convergence/,
  },
];
