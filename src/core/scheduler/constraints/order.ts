/** Order constraints, single and in sets, as links between units' actions. */
import type { Order, OrderKind, OrderSets, ResourceSet } from '../../model/configuration.ts';
import { KIND } from '../ordering/table.ts';
import { ruleHolds } from '../values/rules.ts';
import { note, timeOf } from '../world.ts';
import type { Unit, World } from '../world.ts';
import { expired } from './location.ts';
import { findTargets } from './targets.ts';

export type Task = 'start' | 'stop' | 'promote' | 'demote';

export const INVERSE: Readonly<Record<Task, Task>> = {
  start: 'stop',
  stop: 'start',
  promote: 'demote',
  demote: 'promote',
};

/** A set with require-all=false between its members and what comes after it. */
export interface OneOrMore {
  readonly id: string;
  readonly firsts: readonly Unit[];
  readonly firstTask: Task;
  readonly thens: readonly Unit[];
  readonly thenTask: Task;
}

export interface Orders {
  readonly oneOrMore: readonly OneOrMore[];
}

export function readOrders(world: World): Orders {
  const oneOrMore: OneOrMore[] = [];
  for (const constraint of world.picture.configuration.constraints) {
    if (constraint.kind !== 'order' && constraint.kind !== 'order-sets') continue;
    if (expired(world, constraint.expiresAtWallMs)) continue;
    const lifetime = constraint.lifetime;
    if (lifetime !== undefined && !ruleHolds(lifetime, timeOf(world))) continue;
    if (constraint.kind === 'order') readSingle(world, constraint, oneOrMore);
    else readSets(world, constraint, oneOrMore);
  }
  return { oneOrMore };
}

/** What a constraint's kind makes of its two actions ("Ordering Properties", kind). */
function kindsOf(kind: OrderKind, first: Task, isSymmetrical: boolean): number {
  if (kind !== 'Mandatory') return KIND.loose;
  if (!isSymmetrical) return KIND.asymmetric;
  return isUp(first)
    ? KIND.causesUnlessMigrating | KIND.blocks | KIND.unmigratable
    : KIND.causes | KIND.blocksWhenRequired;
}

/**
 * What it makes of the reverse of its two actions: what ends asks for the end of what needed it, and
 * what cannot end holds up the rest. A start or promotion asks for nothing, for what should come
 * before it may have happened long ago; and where it cannot be, it is only not waited for.
 */
function inverseOf(kind: OrderKind, first: Task, then: Task): number {
  if (kind !== 'Mandatory') return KIND.loose;
  if (isUp(first)) return KIND.order;
  const asks = isUp(then) ? KIND.order : KIND.needsUnlessMigrating;
  return asks | KIND.blocksWhenRequired;
}

const isUp = (task: Task): boolean => task === 'start' || task === 'promote';

function link(
  world: World,
  id: string,
  [first, firstTask]: readonly [Unit, Task],
  [then, thenTask]: readonly [Unit, Task],
  kinds: number,
): void {
  world.orders.push({
    id,
    first,
    firstTask,
    follower: then,
    thenTask,
    kinds: kinds | KIND.explicit,
  });
}

function readSingle(world: World, constraint: Order, oneOrMore: OneOrMore[]): void {
  const firsts = findTargets(world, constraint.first, constraint.id);
  const thens = findTargets(world, constraint.then, constraint.id);
  const symmetrical = constraint.symmetrical ?? constraint.orderKind !== 'Serialize';
  if (!constraint.requireAll && firsts.length > 0) {
    oneOrMore.push({
      id: constraint.id,
      firsts,
      firstTask: constraint.firstAction,
      thens,
      thenTask: constraint.thenAction ?? constraint.firstAction,
    });
    if (!symmetrical) return;
  }
  for (const first of firsts) {
    for (const then of thens) {
      if (first === then) {
        note(world, 'self', constraint.id, `${constraint.id} orders ${first.id} after itself.`);
        continue;
      }
      linkPair(world, constraint, first, then, symmetrical);
    }
  }
}

function linkPair(
  world: World,
  constraint: Order,
  first: Unit,
  then: Unit,
  symmetrical: boolean,
): void {
  const firstTask = constraint.firstAction;
  const thenTask = constraint.thenAction ?? firstTask;
  const kind = constraint.orderKind;
  if (constraint.requireAll) {
    const kinds = kindsOf(kind, firstTask, symmetrical);
    link(world, constraint.id, [first, firstTask], [then, thenTask], kinds);
  }
  if (!symmetrical) return;
  const binding = inverseOf(kind, INVERSE[thenTask], INVERSE[firstTask]);
  const inverse = constraint.requireAll ? binding : KIND.order;
  link(world, constraint.id, [then, INVERSE[thenTask]], [first, INVERSE[firstTask]], inverse);
}

function readSets(world: World, constraint: OrderSets, oneOrMore: OneOrMore[]): void {
  const kind = constraint.orderKind;
  const symmetrical = constraint.symmetrical ?? kind !== 'Serialize';
  let previous: ResourceSet | undefined;
  for (const set of constraint.sets) {
    linkInside(world, constraint, set, symmetrical);
    if (previous !== undefined) linkBetween(world, constraint, previous, set, oneOrMore);
    previous = set;
  }
}

const members = (world: World, set: ResourceSet, about: string): readonly Unit[] =>
  set.resources.flatMap((id) => findTargets(world, id, about));

function linkInside(
  world: World,
  constraint: OrderSets,
  set: ResourceSet,
  symmetrical: boolean,
): void {
  const kind = set.orderKind ?? constraint.orderKind;
  const serialize = kind === 'Serialize';
  if (!set.sequential && !serialize) return;
  const units = members(world, set, constraint.id);
  const task = set.action ?? 'start';
  const kinds = kindsOf(kind, task, symmetrical);
  const inverse = inverseOf(kind, INVERSE[task], INVERSE[task]);
  units.forEach((unit, position) => {
    const befores = serialize
      ? units.slice(0, position)
      : units.slice(Math.max(0, position - 1), position);
    for (const before of befores) {
      link(world, set.id, [before, task], [unit, task], kinds);
      if (symmetrical) link(world, set.id, [unit, INVERSE[task]], [before, INVERSE[task]], inverse);
    }
  });
}

/** Of two longer rows the last of the one and the first of the other stand for all. */
const PAIRS_MAX = 2500;

function linkBetween(
  world: World,
  constraint: OrderSets,
  before: ResourceSet,
  after: ResourceSet,
  oneOrMore: OneOrMore[],
): void {
  const symmetrical = constraint.symmetrical ?? constraint.orderKind !== 'Serialize';
  const firstTask = before.action ?? 'start';
  const thenTask = after.action ?? 'start';
  const firsts = members(world, before, constraint.id);
  const thens = members(world, after, constraint.id);
  const isLong = before.sequential && after.sequential && firsts.length * thens.length > PAIRS_MAX;
  const firstUnits = isLong ? firsts.slice(-1) : firsts;
  const thenUnits = isLong ? thens.slice(0, 1) : thens;
  if (before.requireAll) {
    const kinds = kindsOf(constraint.orderKind, firstTask, symmetrical);
    for (const first of firstUnits) {
      for (const then of thenUnits)
        link(world, constraint.id, [first, firstTask], [then, thenTask], kinds);
    }
  } else {
    oneOrMore.push({
      id: constraint.id,
      firsts: firstUnits,
      firstTask,
      thens: thenUnits,
      thenTask,
    });
  }
  if (!symmetrical) return;
  // Of several of which any will do, one that stops takes nothing along.
  const binding = inverseOf(constraint.orderKind, INVERSE[thenTask], INVERSE[firstTask]);
  const inverse = before.requireAll ? binding : KIND.order;
  for (const first of thenUnits) {
    for (const then of firstUnits) {
      link(world, constraint.id, [first, INVERSE[thenTask]], [then, INVERSE[firstTask]], inverse);
    }
  }
}
