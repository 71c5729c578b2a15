/** Links that are cut and delays that change, by a chance of its own. */
import type { NetworkFault, TimedFault } from './fault.ts';
import { mixed } from './random.ts';

/** In a third of those runs that may have something special. */
export function drawNetwork(
  seed: number,
  nodes: number,
  fromMs: number,
  toMs: number,
): readonly TimedFault[] {
  const random = mixed(seed + 0x011_1c5);
  if (!random.percent(35)) return [];
  return Array.from({ length: random.between(1, 4) }, () => {
    const atMs = random.between(fromMs, toMs);
    const forMs = random.between(2000, 30_000);
    if (random.percent(35)) {
      return { atMs, fault: { kind: 'slow-network', mostMs: random.between(50, 900), forMs } };
    }
    const node = random.below(nodes);
    const way = random.pick(['deaf', 'unheard', 'both'] as const);
    const isPair = random.percent(70);
    const other = (node + random.between(1, nodes - 1)) % nodes;
    const fault: NetworkFault = { kind: 'cut-link', node, ...(isPair && { other }), way, forMs };
    return { atMs, fault };
  });
}
