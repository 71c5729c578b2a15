/** Capacity of hosts and demand of resources (Pacemaker Explained, "Utilization"). */
import { INFINITY_SCORE } from '../../model/score.ts';
import { readBlocks } from '../values/blocks.ts';
import { readInteger } from '../values/text.ts';
import { primitivesOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { isAvailable } from './hosts.ts';

export type Demand = ReadonlyMap<string, number>;

/** Which of two hosts has more free capacity: the one that leads in more attributes; negative: a. */
export function compareCapacity(a: Host, b: Host): number {
  let balance = 0;
  for (const name of new Set([...a.capacity.keys(), ...b.capacity.keys()])) {
    balance += Math.sign((b.capacity.get(name) ?? 0) - (a.capacity.get(name) ?? 0));
  }
  return balance;
}

const demands = new WeakMap<Unit, Demand>();

/** What a primitive uses of its node's capacity. */
export function demandOf(world: World, unit: Unit): Demand {
  let found = demands.get(unit);
  if (found === undefined) {
    found = new Map(
      [...readBlocks(unit.definition?.utilization ?? [], { nowMs: world.nowMs })].map(
        ([name, value]) => [name, readInteger(value) ?? 0] as const,
      ),
    );
    demands.set(unit, found);
  }
  return found;
}

/** Takes what the unit uses from the host's capacity; a negative sign gives it back. */
export function consume(world: World, unit: Unit, host: Host, sign = 1): void {
  if (world.options.placement === 'default') return;
  for (const [name, amount] of demandOf(world, unit)) {
    host.capacity.set(name, (host.capacity.get(name) ?? 0) - sign * amount);
  }
}

/**
 * Bans hosts without enough free capacity. What must run together counts together, as long as some
 * host can take it all. If none can, the answer is the host with the most free capacity: of equally
 * good hosts the one where most of the company has a place.
 */
export function banInsufficient(world: World, unit: Unit): Host | undefined {
  if (world.options.placement === 'default') return undefined;
  const together = sum(world, mandatoryCompany(unit));
  const alone = demandOf(world, unit);
  if (together.size === 0 && alone.size === 0) return undefined;
  const candidates = world.hosts.filter(
    (host) => unit.present[host.index] === 1 && isAvailable(host, true),
  );
  const anyTakesAll = candidates.some(
    (host) => (unit.scores[host.index] ?? -1) >= 0 && fits(host, together),
  );
  const wanted = anyTakesAll ? together : alone;
  for (const host of candidates) {
    if (!fits(host, wanted)) unit.scores[host.index] = -INFINITY_SCORE;
  }
  return anyTakesAll ? undefined : mostCapable(unit, candidates);
}

function mostCapable(unit: Unit, candidates: readonly Host[]): Host | undefined {
  let best: Host | undefined;
  for (const host of candidates) {
    if ((unit.scores[host.index] ?? -1) < 0) continue;
    if (best === undefined || compareCapacity(host, best) < 0) best = host;
  }
  return best;
}

function fits(host: Host, demand: Demand): boolean {
  for (const [name, amount] of demand) if (amount > (host.capacity.get(name) ?? 0)) return false;
  return true;
}

function sum(world: World, units: readonly Unit[]): Demand {
  const total = new Map<string, number>();
  for (const unit of units) {
    for (const [name, amount] of demandOf(world, unit)) {
      total.set(name, (total.get(name) ?? 0) + amount);
    }
  }
  return total;
}

/** The primitives not placed yet that mandatory colocations tie to this one, itself included. */
function mandatoryCompany(unit: Unit): readonly Unit[] {
  const start = groupOf(unit);
  const seen = new Set<Unit>([start]);
  const work: Unit[] = [start];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const link of linksAround(at)) {
      if (link.score < INFINITY_SCORE) continue;
      for (const next of [groupOf(link.dependent), groupOf(link.primary)]) {
        if (seen.has(next) || next.kind === 'clone' || next.kind === 'bundle') continue;
        seen.add(next);
        work.push(next);
      }
    }
  }
  return [...seen]
    .flatMap((entry) => primitivesOf(entry))
    .filter((part) => part.provisional || part === unit);
}

const groupOf = (unit: Unit): Unit => (unit.parent?.kind === 'group' ? unit.parent : unit);

function linksAround(unit: Unit): readonly (typeof unit.thisWith)[number][] {
  const parts = [unit, ...unit.children];
  return parts.flatMap((part) => [...part.thisWith, ...part.withThis]);
}
