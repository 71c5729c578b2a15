/**
 * Virtual machines that move: what a client loses, how long they stand still and how long it takes,
 * beside the same moves made by a bare QMP script in the same laboratory. Needs root and QEMU; guests
 * are executed in software (TCG). `--only NAME` measures one of them.
 */
import { obstacle } from '../e2e/guest/archive.ts';
import { createMachinesLab } from '../e2e/machines/lab.ts';
import type { MachinesLab } from '../e2e/machines/lab.ts';
import { measureAdoption } from './lib/adoption.ts';
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { measureBroken } from './lib/broken-migrations.ts';
import type { Figure } from './lib/figure.ts';
import { measureEvacuation, measureHostKill } from './lib/machines.ts';
import { measureMoves } from './lib/moves.ts';

interface Part {
  readonly figures: readonly string[];
  readonly measure: (options: BenchOptions) => Promise<readonly Figure[]>;
}

type OnLab = (machines: MachinesLab, options: BenchOptions) => Promise<readonly Figure[]>;

/** On a cluster of its own. */
const onLab =
  (measureOn: OnLab): Part['measure'] =>
  async (options) => {
    const machines = await createMachinesLab();
    try {
      return await measureOn(machines, options);
    } finally {
      await machines.close();
    }
  };

const parts: readonly Part[] = [
  {
    figures: [
      'lost-shared',
      'lost-shared-new',
      'lost-shared-kept',
      'lost-shared-idle',
      'downtime-shared-ms',
      'downtime-shared-bare-ms',
      'migrate-ms',
      'migrate-bare-ms',
      'guests-lost-shared',
      'guests-lost-shared-bare',
    ],
    measure: onLab((machines, options) => measureMoves(machines, 'shared', options)),
  },
  {
    figures: [
      'lost-mirror',
      'lost-mirror-new',
      'lost-mirror-kept',
      'lost-mirror-idle',
      'downtime-mirror-ms',
      'downtime-mirror-bare-ms',
      'migrate-mirror-ms',
      'migrate-mirror-bare-ms',
      'guests-lost-mirror',
      'guests-lost-mirror-bare',
    ],
    measure: onLab((machines, options) => measureMoves(machines, 'mirror', options)),
  },
  { figures: ['host-kill-own-ms'], measure: onLab(measureHostKill) },
  {
    figures: ['evacuate-ratio', 'evacuate-lost', 'evacuate-bare-lost'],
    measure: onLab(measureEvacuation),
  },
  { figures: ['broken-migrations', 'broken-doubles'], measure: onLab(measureBroken) },
  { figures: ['adopt-restarts'], measure: measureAdoption },
];

export const measure: Bench = async (options) => {
  const problem = obstacle();
  if (problem !== undefined) throw new Error(problem);
  const figures: Figure[] = [];
  for (const part of parts) {
    if (!part.figures.some((name) => name.includes(options.only ?? ''))) continue;
    figures.push(...(await part.measure(options)));
  }
  return figures;
};

if (import.meta.main) await runBench(measure);
