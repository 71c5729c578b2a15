/** Runs in which a node is added that was never configured, and perhaps taken out again; by a chance of its own. */
import type { Profile, TimedFault } from './fault.ts';
import { mixed } from './random.ts';

/** Where two are, a third makes another cluster of it. */
export const drawNewcomer = (seed: number, nodes: number): Pick<Profile, 'newcomer'> =>
  nodes >= 3 && mixed(seed + 0x4e_3c03).percent(20) ? { newcomer: true } : {};

export function drawNodelist(
  seed: number,
  nodes: number,
  fromMs: number,
  toMs: number,
): readonly TimedFault[] {
  if (drawNewcomer(seed, nodes).newcomer !== true) return [];
  const random = mixed(seed + 0x4e_3c04);
  const node = nodes;
  const joinsAtMs = random.between(fromMs, toMs);
  const join = { kind: 'join-cluster', node, afterMs: random.between(0, 5000) } as const;
  const faults: TimedFault[] = [{ atMs: joinsAtMs, fault: join }];
  for (let count = random.between(0, 2); count > 0; count -= 1) {
    const kind = random.pick(['power-off', 'kill-daemon', 'kill-engine', 'stop-daemon'] as const);
    const fault = { kind, node, forMs: random.between(500, 15_000) };
    faults.push({ atMs: random.between(joinsAtMs, toMs), fault });
  }
  if (random.percent(50)) {
    const fault = { kind: 'leave-cluster', node, afterMs: random.between(1000, 8000) } as const;
    faults.push({ atMs: random.between(joinsAtMs, toMs), fault });
  }
  return faults;
}
