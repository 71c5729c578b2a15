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
  { isMixed }: Profile,
  fromMs: number,
  toMs: number,
): VersionsDraw | undefined {
  const random = mixed(seed + 0x0e91_0ade);
  if (!isMixed || !random.percent(70)) return undefined;
  const fault = { kind: 'upgrade', node: 0, forMs: random.between(300, 9000) } as const;
  const faults = random.percent(70) ? [{ atMs: random.between(fromMs, toMs), fault }] : [];
  return { profile: { upgrades: true }, faults };
}
