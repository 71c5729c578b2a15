/** Machines and containers that run already become the cluster's: how many of them that restarts. */
import { adoptAll, openBed } from '../../e2e/adopt/bed.ts';
import type { Bed } from '../../e2e/adopt/bed.ts';
import { obstacle } from '../../e2e/containers/room.ts';
import type { BenchOptions } from './bench.ts';
import { figure } from './figure.ts';
import type { Figure } from './figure.ts';

/** Five of each are adopted and given back, again and again. */
export async function measureAdoption({
  runs = 20,
  say,
}: BenchOptions): Promise<readonly Figure[]> {
  const problem = obstacle();
  if (problem !== undefined) throw new Error(problem);
  const bed = await openBed();
  const restarts: number[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      const count = await restartsOf(bed);
      say(`${String(run)}/${String(runs)}  restarts ${String(count)}`);
      restarts.push(count);
    }
  } finally {
    await bed.close();
  }
  return [figure('adopt-restarts', 'restarts', restarts)];
}

async function restartsOf(bed: Bed): Promise<number> {
  const before = await bed.lives();
  const names = Object.keys(before);
  await bed.holdfast(...adoptAll, '--wait');
  const { resources } = await bed.cluster.status('n1');
  const running = resources.filter(({ state }) => state === 'running').map(({ id }) => id);
  const missing = names.filter((name) => !running.includes(name));
  if (missing.length > 0) throw new Error(`adopted, and does not run: ${missing.join(', ')}`);
  for (const name of names) await bed.holdfast('release', name);
  const after = await bed.lives();
  return names.filter((name) => after[name] !== before[name]).length;
}
