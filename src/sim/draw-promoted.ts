/** Runs with a promotable clone: what goes wrong with it, by a chance of its own. */
import { promotable } from './configuration.ts';
import type { Fault, Profile, Strike, TimedFault } from './fault.ts';
import type { Trick } from './machine.ts';
import type { Random } from './random.ts';
import { mixed } from './random.ts';

export interface Promotions {
  readonly profile: Partial<Profile>;
  readonly faults: readonly TimedFault[];
}

const none: Promotions = { profile: {}, faults: [] };

/** In a third of those runs that may have something special. */
export function drawPromotions(
  seed: number,
  nodes: number,
  fromMs: number,
  toMs: number,
): Promotions {
  const random = mixed(seed + 0x9207_0000);
  if (!random.percent(35)) return none;
  const promotes = random.pick(['anywhere', 'in-order'] as const);
  const policy = random.percent(30) ? ({ noQuorumPolicy: 'demote' } as const) : {};
  const faults: TimedFault[] = [];
  for (let count = random.between(4, 12); count > 0; count -= 1) {
    const atMs = random.between(fromMs, toMs);
    faults.push({ atMs, fault: random.pick(draws)(random, random.below(nodes)) });
  }
  return { profile: { promotes, ...policy }, faults };
}

const tricks: readonly Trick[] = ['fails', 'fails-done', 'hangs', 'hangs-done', 'lies'];
const strikes: readonly Strike[] = [
  'power-off',
  'kill-daemon',
  'stop-daemon',
  'pause-machine',
  'one-way',
  'standby',
];

type Draw = (random: Random, node: number) => Fault;

const drawTrick: Draw = (random, node) => ({
  kind: 'agent',
  node,
  resource: promotable,
  operation: random.pick(['promote', 'promote', 'demote', 'demote', 'monitor', 'start', 'stop']),
  how: random.pick(tricks),
});

const drawStrike = (random: Random): Fault => ({
  kind: 'strike-promoted',
  how: random.pick(strikes),
  forMs: random.between(1000, random.pick([4000, 30_000])),
});

const draws: readonly Draw[] = [
  drawTrick,
  drawTrick,
  drawTrick,
  drawStrike,
  drawStrike,
  drawStrike,
  (random) => ({
    kind: 'resource-dies',
    resource: promotable,
    isNoticed: random.percent(50),
  }),
  (random, node) => ({
    kind: 'configure',
    node,
    variant: random.pick(['changed', 'standard'] as const),
  }),
];
