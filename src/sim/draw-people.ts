/** Runs in which people stop the whole cluster or empty a node, by a chance of its own. */
import type { TimedFault } from './fault.ts';
import { mixed } from './random.ts';

/** In a quarter of those runs that may have something special. */
export function drawPeople(
  seed: number,
  nodes: number,
  fromMs: number,
  toMs: number,
): readonly TimedFault[] {
  const random = mixed(seed + 0x9e09_1e00);
  if (!random.percent(25)) return [];
  const faults: TimedFault[] = [];
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const atMs = random.between(fromMs, toMs);
    const forMs = random.between(8000, 30_000);
    faults.push({ atMs, fault: { kind: 'evacuate', node: random.below(nodes), forMs } });
  }
  if (!random.percent(60)) return faults;
  const fault = {
    kind: 'cluster-stop',
    node: random.below(nodes),
    forMs: random.between(10_000, 30_000),
  } as const;
  return [...faults, { atMs: random.between(fromMs, toMs), fault }];
}
