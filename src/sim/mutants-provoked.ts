/** Bugs in what only some runs are drawn for (draw-settings.ts). */
import type { Mutant } from './mutant.ts';

const isContained = `  isWhole && left.length === 0 && saysNotRunning(monitor);`;

export const ofProvoked: readonly Mutant[] = [
  {
    name: 'containment: an empty cgroup counts as that of the service, whoever started it',
    changes: [
      {
        file: 'core/cluster/containment.ts',
        find: isContained,
        replace: `  (isWhole || found === 0) && left.length === 0 && saysNotRunning(monitor);`,
      },
      {
        file: 'core/cluster/containment.ts',
        find: `({ isWhole, left, monitor }: Containment)`,
        replace: `({ isWhole, found, left, monitor }: Containment)`,
      },
    ],
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'containment: the monitor is not asked',
    changes: [
      {
        file: 'core/cluster/containment.ts',
        find: isContained,
        replace: `  isWhole && left.length === 0 && (monitor === undefined || monitor.kind === 'exited');`,
      },
    ],
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'containment: what is left in the cgroup is forgotten',
    changes: [
      {
        file: 'core/cluster/containment.ts',
        find: isContained,
        replace: `  isWhole && left.length >= 0 && saysNotRunning(monitor);`,
      },
    ],
    says: /started beside another copy/,
    caughtBy: 'nodes',
  },
  {
    name: 'a poison pill counts as soon as it is written',
    changes: [
      {
        file: 'core/cluster/poison.ts',
        find: `  return { waitMs, uuids, boot };`,
        replace: `  return { waitMs: Math.min(waitMs, 100), uuids, boot };`,
      },
    ],
    says: /not off: /,
    caughtBy: 'nodes',
  },
  {
    name: 'a node of which nothing is known is forgotten',
    changes: [
      {
        file: 'core/cluster/forget.ts',
        find: `    case 'lost':
    case 'unseen':
      return (`,
        replace: `    case 'lost':
      return undefined;
    case 'unseen':
      return (`,
      },
    ],
    says: /forgotten while it runs/,
    caughtBy: 'nodes',
  },
  {
    name: 'the delay by chance is not waited for',
    changes: [
      {
        file: 'core/node/fences.ts',
        find: `baseDelayMs(device, request.target) + (request.delayMs ?? 0);`,
        replace: `baseDelayMs(device, request.target);`,
      },
    ],
    says: /before its time/,
    caughtBy: 'nodes',
  },
  {
    name: 'the delay for one node is not waited for',
    changes: [
      {
        file: 'core/model/fence-device.ts',
        find: `  device.delaysMs?.[target] ?? device.delayMs;`,
        replace: `  device.delayMs;`,
      },
    ],
    says: /before its time/,
    caughtBy: 'nodes',
  },
];
