/** Runs with two versions in which the newer says more as soon as it may, by a chance of its own. */
import type { Profile, TimedFault } from './fault.ts';
import { mixed } from './random.ts';

export interface VersionsDraw {
  readonly profile: Pick<Profile, 'upgrades'>;
  readonly faults: readonly TimedFault[];
}

/** The first node has the older version. In the rest of these runs it gets the newer one when all is well again. */
export function drawUpgrade(
  seed: number,
  nodes: number,
  { isMixed }: Profile,
  fromMs: number,
  toMs: number,
): VersionsDraw | undefined {
  const random = mixed(seed + 0x0e91_0ade);
  if (!isMixed || !random.percent(70)) return undefined;
  const fault = { kind: 'upgrade', node: 0, forMs: random.between(300, 9000) } as const;
  const faults: TimedFault[] = random.percent(70)
    ? [{ atMs: random.between(fromMs, toMs), fault }]
    : [];
  faults.push(...drawDowngrades(seed, nodes, faults[0]?.atMs ?? fromMs, toMs));
  return { profile: { upgrades: true }, faults };
}

/** Before the newer version counts for all, or after: then the older one is not let in. */
function drawDowngrades(
  seed: number,
  nodes: number,
  fromMs: number,
  toMs: number,
): readonly TimedFault[] {
  const random = mixed(seed + 0x0d0e_91ad);
  if (!random.percent(50)) return [];
  return Array.from({ length: random.between(1, 2) }, () => ({
    atMs: random.between(random.percent(70) ? fromMs : Math.min(fromMs, 10_050), toMs),
    fault: {
      kind: 'downgrade',
      node: random.below(nodes),
      forMs: random.between(300, 9000),
      backAfterMs: random.between(2000, 40_000),
    },
  }));
}
