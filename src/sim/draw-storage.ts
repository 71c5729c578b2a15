/** Runs with shared storage that nodes are cut off from: what goes wrong there, by a chance of its own. */
import type { Fault, Profile, TimedFault } from './fault.ts';
import type { Random } from './random.ts';
import { mixed } from './random.ts';

export interface StorageDraw {
  readonly profile: Pick<Profile, 'storage'>;
  readonly faults: readonly TimedFault[];
  /** Nothing else is to disturb them. */
  readonly divisions: readonly TimedFault[];
}

/**
 * Where power is switched, in more than half of those runs. Of two nodes that only cut each other off both
 * go on when they are divided.
 */
export function drawStorage(
  seed: number,
  nodes: number,
  { means, hosts }: Profile,
  fromMs: number,
  toMs: number,
): StorageDraw | undefined {
  const random = mixed(seed + 0x5704_a6e0);
  const isPair = nodes === 2;
  const isPowered = means === 'power' || means === 'plugs';
  if (!isPowered || hosts !== undefined || !random.percent(isPair ? 90 : 60)) return undefined;
  const on = random.pick(['own-node', 'any-node'] as const);
  const isAlone = random.percent(isPair ? 80 : 60);
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
  const divisions = isAlone && isPair ? drawDivisions(random, fromMs, toMs) : [];
  return { profile: { storage: { on, isAlone } }, faults, divisions };
}

/** The cluster has just got its configuration: nobody has access yet. */
const firstMs = [8100, 9500] as const;

/** Long enough for each half to take the other's access, and to go on. */
function drawDivisions(random: Random, fromMs: number, toMs: number): readonly TimedFault[] {
  const first = random.percent(60) ? [random.between(...firstMs)] : [];
  const later = Array.from({ length: random.between(1, 3) }, () => random.between(fromMs, toMs));
  return [...first, ...later].map((atMs) => ({
    atMs,
    fault: { kind: 'divide', parts: [0, 1], forMs: random.between(6000, 14_000) },
  }));
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
