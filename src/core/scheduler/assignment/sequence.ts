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
      compareCapacity(a, b) ||
      compareNames(a.name, b.name),
  );
  const tables = new Map(world.roots.map((unit) => [unit, tableOf(world, unit)]));
  return [...world.roots].sort((a, b) => {
    if (a.priority !== b.priority) return b.priority - a.priority;
    const left = tables.get(a);
    const right = tables.get(b);
    if (left === undefined || right === undefined) return 0;
    return compareActive(a, b, left, right) || compareOnHosts(hosts, left, right);
  });
}

function tableOf(world: World, unit: Unit): Table {
  const representative = unit.kind === 'group' ? (unit.children[0] ?? unit) : unit;
  const blank: Table = {
    scores: new Int32Array(world.hosts.length),
    present: representative.present,
  };
  const walk = newWalk(world, representative, 'dependents');
  const merged = mergeScores(walk, unit, blank, undefined, 1);
  return merged === blank
    ? { scores: representative.scores, present: representative.present }
    : merged;
}

function compareActive(a: Unit, b: Unit, left: Table, right: Table): number {
  const hostA = currentHost(a);
  const hostB = currentHost(b);
  const score = (table: Table, host: Host | undefined): number =>
    host === undefined ? -INFINITY_SCORE : (table.scores[host.index] ?? 0);
  return score(right, hostB) - score(left, hostA);
}

function compareOnHosts(hosts: readonly Host[], left: Table, right: Table): number {
  for (const host of hosts) {
    const difference = (right.scores[host.index] ?? 0) - (left.scores[host.index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
