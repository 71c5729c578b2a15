/** Nodes that no power switch answers (unreached.ts), for a while and for good, by a chance of their own. */
import type { Absence } from './absence.ts';
import type { CalmLoss } from './calm-loss.ts';
import type { TimedFault } from './fault.ts';
import type { Unreached } from './machine.ts';
import { mixed } from './random.ts';
import type { LastingUnreached } from './unreached.ts';

const ways: readonly Unreached[] = ['refused', 'silent'];

/** Where two are, nobody else could. */
export function drawUnreached(
  seed: number,
  nodes: number,
  fromMs: number,
  toMs: number,
): readonly TimedFault[] {
  const random = mixed(seed + 0x0de7_1ce5);
  if (nodes < 3 || !random.percent(35)) return [];
  return Array.from({ length: random.between(1, 3) }, () => ({
    atMs: random.between(fromMs, toMs),
    fault: {
      kind: 'no-switch',
      node: random.below(nodes),
      ofLeader: random.percent(60),
      how: random.pick(ways),
      forMs: random.between(3000, 30_000),
    },
  }));
}

/** One of those who are there to the end. Undefined: nobody is lost then, or everybody reaches everything. */
export function drawLastingUnreached(
  seed: number,
  nodes: number,
  lost: { readonly absence: Absence | undefined; readonly calmLoss: CalmLoss | undefined },
): LastingUnreached | undefined {
  const random = mixed(seed + 0x0de7_1ce6);
  const { absence, calmLoss } = lost;
  const away = absence?.nodes ?? (calmLoss?.what === 'power' ? [calmLoss.node] : []);
  if (away.length === 0 || nodes < 3 || !random.percent(50)) return undefined;
  const present = Array.from({ length: nodes }, (_, at) => at).filter((at) => !away.includes(at));
  return { node: random.pick(present), how: random.pick(ways) };
}
