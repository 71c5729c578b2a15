/** The order in which top-level resources are placed where capacity counts. */
import { INFINITY_SCORE } from '../../model/score.ts';
import type { Host, Unit, World } from '../world.ts';
import { currentHost, isAvailable } from './hosts.ts';
import { mergeScores, newWalk } from './influence.ts';
import type { Table } from './influence.ts';
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
  const tables = new Map(world.roots.map((unit) => [unit, scoresOf(world, unit)]));
  return [...world.roots].sort((a, b) => {
    if (a.priority !== b.priority) return b.priority - a.priority;
    const left = tables.get(a);
    const right = tables.get(b);
    if (left === undefined || right === undefined) return 0;
    return compareActive(a, b, left, right) || compareOnHosts(hosts, left, right);
  });
}

/** Own scores and those of what it must or should run with; a group's are its members' together. */
function scoresOf(world: World, unit: Unit): Int32Array {
  const last = unit.kind === 'group' ? (unit.children.at(-1) ?? unit) : unit;
  const blank: Table = { scores: new Int32Array(world.hosts.length), present: last.present };
  const merged = mergeScores(newWalk(world, last, 'primaries'), unit, blank, undefined, 1);
  return merged === blank ? last.scores : merged.scores;
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
