/**
 * Virtual machines that move: what a client loses, how long they stand still and how long it takes,
 * beside the same moves made by a bare QMP script in the same laboratory. Needs root and QEMU; guests
 * are executed in software (TCG). `--only NAME` measures one of them.
 */
import { obstacle } from '../e2e/guest/archive.ts';
import { createMachinesLab } from '../e2e/machines/lab.ts';
import type { MachinesLab } from '../e2e/machines/lab.ts';
import { runBench } from './lib/bench.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { measureBroken } from './lib/broken-migrations.ts';
import type { Figure } from './lib/figure.ts';
import { measureEvacuation, measureHostKill, measureMoves } from './lib/machines.ts';

interface Part {
  readonly figures: readonly string[];
  readonly measure: (machines: MachinesLab, options: BenchOptions) => Promise<readonly Figure[]>;
}

const parts: readonly Part[] = [
  {
    figures: [
      'lost-shared',
      'lost-shared-idle',
      'downtime-shared-ms',
      'downtime-shared-bare-ms',
      'migrate-ms',
      'migrate-bare-ms',
    ],
    measure: (machines, options) => measureMoves(machines, 'shared', options),
  },
  {
    figures: [
      'lost-mirror',
      'lost-mirror-idle',
      'downtime-mirror-ms',
      'downtime-mirror-bare-ms',
      'migrate-mirror-ms',
      'migrate-mirror-bare-ms',
    ],
    measure: (machines, options) => measureMoves(machines, 'mirror', options),
  },
  { figures: ['host-kill-own-ms'], measure: measureHostKill },
  { figures: ['evacuate-ratio', 'evacuate-lost'], measure: measureEvacuation },
  { figures: ['broken-migrations', 'broken-doubles'], measure: measureBroken },
];

export const measure: Bench = async (options) => {
  const problem = obstacle();
  if (problem !== undefined) throw new Error(problem);
  const figures: Figure[] = [];
  for (const part of parts) {
    if (!part.figures.some((name) => name.includes(options.only ?? ''))) continue;
    const machines = await createMachinesLab();
    try {
      figures.push(...(await part.measure(machines, options)));
    } finally {
      await machines.close();
    }
  }
  return figures;
};

if (import.meta.main) await runBench(measure);
