/** The host with the best score, with the documented tie-breaks. */
import { INFINITY_SCORE } from '../../model/score.ts';
import type { Host, Unit, World } from '../world.ts';
import { currentHost, isAvailable, scoreOn } from './hosts.ts';
import { compareCapacity } from './utilization.ts';

type Comparison = (a: Host, b: Host) => number;

/**
 * The order of hosts, best first, never 0 for two: score (unavailable hosts last), free capacity for
 * `balanced`, fewer resources assigned so far, where it runs now, then the name. `minimal` fills one
 * node after the other, so that only the name counts beside the score.
 */
function bestFirst(world: World, unit: Unit, hosts: readonly Host[]): Comparison {
  const effective = (host: Host): number =>
    isAvailable(host) ? scoreOn(unit, host) : -INFINITY_SCORE;
  const current = whereItIs(unit);
  const { placement } = world.options;
  const outdone = placement === 'balanced' ? outdoneAmong(hosts, effective) : [];
  const outdoneBy = (host: Host): number => outdone[host.index] ?? 0;
  return (a, b) => {
    const byScore = effective(b) - effective(a);
    if (byScore !== 0) return byScore;
    if (placement === 'minimal') return a.index - b.index;
    const byCapacity = outdoneBy(a) - outdoneBy(b);
    if (byCapacity !== 0) return byCapacity;
    if (a.load !== b.load) return a.load - b.load;
    const byActive = Number(current === b) - Number(current === a);
    return byActive !== 0 ? byActive : a.index - b.index;
  };
}

/** Of the allowed ones. */
function bestHost(world: World, unit: Unit): Host | undefined {
  const hosts = world.hosts.filter((host) => unit.present[host.index] === 1);
  const compare = bestFirst(world, unit, hosts);
  let [best] = hosts;
  for (const host of hosts) if (best !== undefined && compare(host, best) < 0) best = host;
  return best;
}

/**
 * By how many of the hosts that are as good each one is outdone in free capacity. Two hosts that name
 * other capacities outdo neither, so comparing them pair by pair could lead in a circle.
 */
function outdoneAmong(
  hosts: readonly Host[],
  effective: (host: Host) => number,
): readonly number[] {
  const counts: number[] = [];
  for (const host of hosts) {
    const score = effective(host);
    counts[host.index] = hosts.filter(
      (other) => effective(other) === score && compareCapacity(other, host) < 0,
    ).length;
  }
  return counts;
}

/** What has half moved goes on: back, it would be stopped on both sides. */
const whereItIs = (unit: Unit): Host | undefined =>
  (unit.migratable ? unit.partialTarget : undefined) ?? currentHost(unit);

/**
 * The host for the unit: `prefer` if it is as good as any, else where it runs now if no host is
 * better and its score is above 0, else the best; undefined: none will do.
 */
export function chooseHost(world: World, unit: Unit, prefer: Host | undefined): Host | undefined {
  const best = bestHost(world, unit);
  if (best === undefined) return undefined;
  if (prefer !== undefined && unit.present[prefer.index] === 1) {
    const score = scoreOn(unit, prefer);
    if (score >= scoreOn(unit, best) && score >= 0 && isAvailable(prefer)) return prefer;
  }
  if (scoreOn(unit, best) < 0 || !isAvailable(best)) return undefined;
  const current = whereItIs(unit);
  if (current === undefined || !isAvailable(current) || scoreOn(unit, best) === 0) return best;
  return scoreOn(unit, current) === scoreOn(unit, best) ? current : best;
}
