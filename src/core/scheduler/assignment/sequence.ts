/** The order in which top-level resources are placed where capacity counts. */
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import type { Host, Unit, World } from '../world.ts';
import { currentHost, isAvailable } from './hosts.ts';
import { compareNames } from '../configuration/hosts.ts';
import { compareCapacity } from './utilization.ts';

/** By priority; then by the score where it is active; then by the scores on the best hosts. */
export function sortForPlacement(world: World): readonly Unit[] {
  if (world.options.placement === 'default') return world.roots;
  const hosts = [...world.hosts].sort(
    (a, b) =>
      Number(isAvailable(b)) - Number(isAvailable(a)) ||
      (world.options.placement === 'balanced' ? compareCapacity(a, b) : 0) ||
      compareNames(a.name, b.name),
  );
  const tables = new Map(world.roots.map((unit) => [unit, scoresOf(unit)]));
  return [...world.roots].sort((a, b) => {
    if (a.priority !== b.priority) return b.priority - a.priority;
    const left = tables.get(a);
    const right = tables.get(b);
    if (left === undefined || right === undefined) return 0;
    return compareActive(a, b, left, right) || compareOnHosts(hosts, left, right);
  });
}

/** Scores per host; a group's are those of its members together. Other dependents do not count. */
function scoresOf(unit: Unit): Int32Array {
  if (unit.kind !== 'group') return unit.scores;
  const sum = new Int32Array(unit.scores.length);
  for (const member of unit.children) {
    member.scores.forEach((score, index) => {
      sum[index] = addScores(sum[index] ?? 0, score);
    });
  }
  return sum;
}

function compareActive(a: Unit, b: Unit, left: Int32Array, right: Int32Array): number {
  const hostA = currentHost(a);
  const hostB = currentHost(b);
  const score = (table: Int32Array, host: Host | undefined): number =>
    host === undefined ? -INFINITY_SCORE : (table[host.index] ?? 0);
  return score(right, hostB) - score(left, hostA);
}

function compareOnHosts(hosts: readonly Host[], left: Int32Array, right: Int32Array): number {
  for (const host of hosts) {
    const difference = (right[host.index] ?? 0) - (left[host.index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
