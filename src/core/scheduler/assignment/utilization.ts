/** Capacity of hosts and demand of resources (Pacemaker Explained, "Utilization"). */
import { INFINITY_SCORE } from '../../model/score.ts';
import { contribute } from '../constraints/location.ts';
import { readBlocks } from '../values/blocks.ts';
import { readInteger } from '../values/text.ts';
import { primitivesOf, timeOf, topOf } from '../world.ts';
import type { ColocationLink, Host, Unit, World } from '../world.ts';
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

/** What a primitive uses of its node's capacity; a container uses it for what is inside. */
export function demandOf(world: World, unit: Unit): Demand {
  let found = demands.get(unit);
  if (found === undefined) {
    found = new Map(
      [...readBlocks(consumerOf(unit)?.definition?.utilization ?? [], timeOf(world))].map(
        ([name, value]) => [name, readInteger(value) ?? 0] as const,
      ),
    );
    demands.set(unit, found);
  }
  return found;
}

function consumerOf(unit: Unit): Unit | undefined {
  if (unit.parent?.kind !== 'bundle') return topOf(unit).kind === 'bundle' ? undefined : unit;
  return unit.parent.bundle?.replicas.find((replica) => replica.container === unit)?.child;
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
    const lack = lackOf(host, wanted);
    if (lack !== undefined) contribute(world, unit, host, -INFINITY_SCORE, ['capacity', lack]);
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

const fits = (host: Host, demand: Demand): boolean => lackOf(host, demand) === undefined;

/** "too little memory: 4096 wanted, 1024 free"; undefined: it fits. */
function lackOf(host: Host, demand: Demand): string | undefined {
  for (const [name, amount] of demand) {
    const free = host.capacity.get(name) ?? 0;
    if (amount > free) return `too little ${name}: ${amount} wanted, ${Math.max(0, free)} free`;
  }
  return undefined;
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

/**
 * The primitives not placed yet that mandatory colocations tie to this one, itself included: groups
 * as a whole, clones with one instance. What depends on a clone needs to be with any of its
 * instances, so it counts only while that clone itself is being placed.
 */
function mandatoryCompany(unit: Unit): readonly Unit[] {
  const start = wholeOf(unit);
  const seen = new Set<Unit>([start]);
  const work: Unit[] = [start];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const link of linksAround(at)) {
      if (link.score < INFINITY_SCORE) continue;
      const [dependent, primary] = [wholeOf(link.dependent), wholeOf(link.primary)];
      const loose = at === primary && isMultiple(at) && at !== start && !isMultiple(dependent);
      const next = at === primary ? dependent : primary;
      if (loose || seen.has(next)) continue;
      seen.add(next);
      work.push(next);
    }
  }
  const own = unit.parent?.kind === 'group' ? unit.parent : unit;
  return [...seen]
    .map((entry) => (entry === start ? own : oneOf(entry)))
    .flatMap((entry) => primitivesOf(entry))
    .filter((part) => part.provisional || part === unit);
}

/** The group, clone or (for its containers) bundle that a unit is a part of. */
function wholeOf(unit: Unit): Unit {
  if (unit.parent?.kind === 'bundle' && consumerOf(unit) !== undefined) return unit.parent;
  return topOf(unit, true);
}

const isMultiple = (unit: Unit): boolean => unit.kind === 'clone' || unit.kind === 'bundle';

/** An instance or a replica's container, of which there may be several. */
function oneOf(whole: Unit): Unit {
  if (whole.kind === 'bundle') return whole.bundle?.replicas[0]?.container ?? whole;
  return (whole.kind === 'clone' ? whole.children[0] : undefined) ?? whole;
}

/** Links of a group or clone itself and of its parts; of a clone's instances the first speaks. */
function linksAround(whole: Unit): readonly ColocationLink[] {
  const first = isMultiple(whole) ? whole.children.slice(0, 1) : whole.children;
  const parts = [whole, ...first, ...first.flatMap((part) => part.children)];
  return parts.flatMap((part) => [...part.thisWith, ...part.withThis]);
}
