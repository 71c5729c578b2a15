/** Runs with shared storage that nodes are cut off from: what goes wrong there, by a chance of its own. */
import type { Fault, Profile, TimedFault } from './fault.ts';
import type { Random } from './random.ts';
import { mixed } from './random.ts';

export interface StorageDraw {
  readonly profile: Pick<Profile, 'storage'>;
  readonly faults: readonly TimedFault[];
}

/**
 * Where power is switched, in more than half of those runs. Two nodes that only cut each other off have
 * nothing that ends one of them: there its power goes, too.
 */
export function drawStorage(
  seed: number,
  nodes: number,
  { means, hosts }: Profile,
  fromMs: number,
  toMs: number,
): StorageDraw | undefined {
  const random = mixed(seed + 0x5704_a6e0);
  const isPowered = means === 'power' || means === 'plugs';
  if (!isPowered || hosts !== undefined || !random.percent(60)) return undefined;
  const on = random.pick(['own-node', 'any-node'] as const);
  const isAlone = random.percent(60) && nodes > 2;
  const faults: TimedFault[] = [];
  for (let count = random.between(3, 8); count > 0; count -= 1) {
    const atMs = random.between(fromMs, toMs);
    const fault = random.pick(draws)(random, random.below(nodes));
    faults.push({ atMs, fault });
    if (fault.kind !== 'kill-daemon') continue;
    // What ran there must not be stopped before there was time for it to get access.
    const backAtMs = Math.min(toMs, atMs + fault.forMs - 500);
    faults.push({ atMs: backAtMs, fault: { kind: 'slow-agents', forMs: 10_000 } });
  }
  return { profile: { storage: { on, isAlone } }, faults };
}

type Draw = (random: Random, node: number) => Fault;

/** What goes on without its daemon, or stands still, for longer than the others wait. */
const draws: readonly Draw[] = [
  (random, node) => ({ kind: 'kill-daemon', node, forMs: random.between(14_000, 30_000) }),
  (random, node) => ({ kind: 'kill-daemon', node, forMs: random.between(14_000, 30_000) }),
  (random, node) => ({ kind: 'stop-daemon', node, forMs: random.between(4000, 20_000) }),
  (random, node) => ({ kind: 'one-way', node, forMs: random.between(2000, 20_000) }),
  (random, node) => ({ kind: 'power-off', node, forMs: random.between(500, 5000) }),
  (random) => ({
    kind: 'fencing',
    how: random.pick(['failing', 'slow', 'late'] as const),
    forMs: random.between(2000, 20_000),
  }),
];
