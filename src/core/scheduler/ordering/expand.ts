/** Order constraints between units become relations between actions. */
import { entries, exits, probesOf } from '../actions/collective.ts';
import { operation, point } from '../actions/operations.ts';
import { placedHost } from '../assignment/colocated.ts';
import { activeHosts, physicalHost } from '../assignment/hosts.ts';
import type { OneOrMore, Orders } from '../constraints/order.ts';
import { isTrue } from '../values/text.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { Host, OrderLink, Unit, World } from '../world.ts';
import { FLAG, KIND } from './table.ts';
import type { Action } from './table.ts';

export function expandOrders(world: World, orders: Orders): void {
  for (const link of world.orders) expandLink(world, link);
  for (const set of orders.oneOrMore) expandOneOrMore(world, set);
}

function expandLink(world: World, link: OrderLink): void {
  if (isBesideNotices(link)) {
    relateBeside(world, link);
  } else if (hasMinimum(link.first) && link.firstTask === 'start') {
    relateUnits(world, { ...link, kinds: link.kinds & (KIND.explicit | KIND.blocks) });
  } else if (hasMinimum(link.follower) && link.thenTask === 'stop') {
    relateUnits(world, { ...link, kinds: link.kinds & KIND.explicit });
  } else if (interleaved(link)) {
    expandInterleaved(world, link);
  } else {
    relateUnits(world, link);
  }
}

/**
 * An optional order after a bundle with notifications: the reference does not make the follower wait
 * for the bundle (see docs/decisions/scheduler.md); a mandatory one is kept here.
 */
const isBesideNotices = ({ first, kinds }: OrderLink): boolean =>
  (kinds & KIND.loose) !== 0 && first.bundle?.inner?.notify === true;

/** Starts and promotions follow the beginning of the bundle's; stops and demotions are free. */
function relateBeside(world: World, link: OrderLink): void {
  if (link.firstTask === 'stop' || link.firstTask === 'demote') return;
  for (const from of entries(world, link.first, link.firstTask)) {
    for (const to of entries(world, link.follower, link.thenTask)) {
      world.actions.relate(from, to, KIND.order | KIND.explicit);
    }
  }
}

/** With clone-min what follows is there as long as enough instances are, wherever they are. */
const hasMinimum = (unit: Unit): boolean => (unit.clone?.instancesMin ?? 0) > 0;

const CAUSES = KIND.causes | KIND.causesUnlessMigrating;
const NEEDS = KIND.needs | KIND.needsUnlessMigrating;

/** Instances are paired per host if the clone that depends on the other says interleave. */
function interleaved({ first, firstTask, follower: then }: OrderLink): boolean {
  if (!isCollective(first) || !isCollective(then)) return false;
  const dependent = firstTask === 'stop' || firstTask === 'demote' ? first : then;
  return dependent.clone?.interleave ?? isTrue(dependent.meta.get('interleave'));
}

const isCollective = (unit: Unit): boolean => unit.kind === 'clone' || unit.kind === 'bundle';

interface Instance {
  readonly unit: Unit;
  /** What does the task: of a bundle's replica the container, or for roles what is inside. */
  readonly actor: Unit;
}

function instancesOf(unit: Unit, task: string): readonly Instance[] {
  if (unit.bundle === undefined)
    return unit.children.map((child) => ({ unit: child, actor: child }));
  const role = task === 'promote' || task === 'demote';
  return unit.bundle.replicas.flatMap(({ container, child }) => {
    const actor = role ? child : container;
    return actor === undefined ? [] : [{ unit: container, actor }];
  });
}

function expandInterleaved(world: World, link: OrderLink): void {
  const { first, follower: then, firstTask, thenTask } = link;
  relatePoints(world, link);
  const firsts = instancesOf(first, firstTask);
  for (const instance of instancesOf(then, thenTask)) {
    const host = hostFor(instance.unit, thenTask);
    if (host === undefined) continue;
    const partner = firsts.find((candidate) => hostFor(candidate.unit, firstTask) === host);
    if (partner !== undefined) {
      relateUnits(world, { ...link, first: partner.actor, follower: instance.actor });
    }
    if (
      (link.kinds & KIND.blocks) === 0 ||
      (partner !== undefined && !isIdle(world, link, partner))
    )
      continue;
    for (const entry of startsOf(world, instance.actor, thenTask)) {
      entry.flags |= FLAG.blocked;
      entry.blockReason ??= `${first.id} has no instance on ${host.name}`;
    }
  }
}

/** An instance of groups that is not promoted: there is no promotion that could be waited for. */
const isIdle = (world: World, { firstTask }: OrderLink, { actor }: Instance): boolean =>
  actor.kind === 'group' &&
  firstTask === 'promote' &&
  startsOf(world, actor, firstTask).length === 0;

const startsOf = (world: World, instance: Unit, task: string): readonly Action[] =>
  primitivesOf(instance).flatMap((part) => world.actions.ofTask(part, task));

/** Where the instance would do the task: starts where it goes, stops where it is. */
function hostFor(instance: Unit, task: string): Host | undefined {
  const placed = (): Host | undefined => {
    const host = placedHost(instance);
    return host === undefined ? undefined : physicalHost(host);
  };
  if (task !== 'stop' && task !== 'demote') return placed();
  const active = activeHosts(instance)[0];
  return active === undefined ? placed() : physicalHost(active);
}

/** The order between the clones' points, without any consequence for either. */
function relatePoints(world: World, link: OrderLink): void {
  for (const first of exits(world, link.first, link.firstTask)) {
    for (const then of entries(world, link.follower, link.thenTask)) {
      world.actions.relate(first, then, KIND.order | KIND.explicit);
    }
  }
}

function relateUnits(world: World, link: OrderLink): void {
  const { first, follower: then, kinds } = link;
  if (link.firstTask === 'stop' && first.kind === 'primitive' && cloneOf(first) === undefined) {
    for (const probe of probesOf(world, first)) {
      for (const entry of entries(world, then, link.thenTask)) {
        world.actions.relate(probe, entry, KIND.order);
      }
    }
  }
  const firsts = firstActions(world, link);
  const thens = entries(world, then, link.thenTask);
  const simple = first.kind === 'primitive' && then.kind === 'primitive';
  const own = simple && !startsAnew(link, first) ? kinds & ~KIND.unmigratable : kinds;
  for (const from of firsts) {
    for (const to of thens) world.actions.relate(from, to, simple ? own : downgraded(link));
  }
  if (simple) return;
  if (then.kind !== 'primitive') reachInto(world, link, firsts);
  if (first.kind !== 'primitive') reachFrom(world, link);
}

/** Consequences for members are related one by one; the points carry order and blocking only. */
function downgraded({ kinds, first, firstTask, follower: then }: OrderLink): number {
  let kept = kinds & (KIND.explicit | KIND.loose | KIND.blocks);
  if (!isCollective(first)) kept |= kinds & (CAUSES | KIND.blocksWhenRequired);
  const isDown = first.kind !== 'primitive' && isDownTask(firstTask);
  if (!isCollective(then) && !isDown) kept |= kinds & NEEDS;
  return kept | (kinds & KIND.asymmetric);
}

/**
 * What an order means of a unit: of a bundle its containers, or for roles what is in them. What is
 * started anew in a container that stays concerns nothing outside; addresses and connections only
 * serve these.
 */
const orderedParts = (unit: Unit, task: string): readonly Unit[] =>
  unit.bundle === undefined
    ? primitivesOf(unit)
    : instancesOf(unit, task).map(({ actor }) => actor);

/** Whose members have nothing to stop is not stopped: its point is no step for others. */
const isDownTask = (task: string): boolean => task === 'stop' || task === 'demote';

const sameHost = (a: Action, b: Action): boolean =>
  a.host !== undefined && b.host !== undefined && physicalHost(a.host) === physicalHost(b.host);

/** What the first does to every member of the second. */
function reachInto(world: World, link: OrderLink, firsts: readonly Action[]): void {
  let silent =
    link.kinds & (CAUSES | KIND.blocks | NEEDS | KIND.asymmetric | KIND.blocksWhenRequired);
  if (isCollective(link.first)) silent &= ~(CAUSES | KIND.blocksWhenRequired);
  if (link.first.kind === 'primitive' && startsAnew(link, link.first))
    silent |= link.kinds & KIND.unmigratable;
  const isDown = link.first.kind !== 'primitive' && isDownTask(link.firstTask);
  if (isCollective(link.follower) || isDown) silent &= ~NEEDS;
  if (silent === 0) return;
  for (const part of orderedParts(link.follower, link.thenTask)) {
    for (const action of world.actions.ofTask(part, link.thenTask)) {
      for (const first of firsts) {
        const kinds = relevant(silent, link.follower, action, link.first, first);
        if (kinds !== 0) world.actions.relate(first, action, kinds | KIND.silent);
      }
    }
  }
}

/** Only what a clone does on the other's host has consequences there. */
function relevant(
  kinds: number,
  collective: Unit,
  action: Action,
  other: Unit,
  otherAction: Action,
): number {
  if (!isCollective(collective) || isCollective(other)) return kinds;
  if (otherAction.host === undefined || sameHost(action, otherAction)) return kinds;
  return kinds & ~(NEEDS | KIND.blocksWhenRequired);
}

function reachFrom(world: World, link: OrderLink): void {
  let silent = link.kinds & (CAUSES | NEEDS | KIND.blocksWhenRequired);
  if (isCollective(link.follower)) silent &= ~NEEDS;
  const unmigratable = link.kinds & KIND.unmigratable;
  if ((silent | unmigratable) === 0 || isLeftRunning(link)) return;
  const targets =
    link.follower.kind === 'primitive'
      ? world.actions.ofTask(link.follower, link.thenTask)
      : orderedParts(link.follower, link.thenTask).flatMap((part) =>
          world.actions.ofTask(part, link.thenTask),
        );
  for (const part of orderedParts(link.first, link.firstTask)) {
    const known = part.blocked ? silent & ~CAUSES : silent;
    const own = startsAnew(link, part) ? known | unmigratable : known;
    for (const action of world.actions.ofTask(part, link.firstTask)) {
      for (const target of targets) {
        const kinds = relevantFrom(own, link, action, target);
        if (kinds !== 0) world.actions.relate(action, target, kinds | KIND.silent);
      }
    }
  }
}

/** What is not managed is not stopped, and keeps nothing else from being stopped. */
const isLeftRunning = ({ first, firstTask }: OrderLink): boolean =>
  firstTask === 'stop' && !first.managed && !first.blocked;

/** What moves or restarts; what was nowhere, one more instance or a promotion disturbs no migration. */
const startsAnew = (link: OrderLink, part: Unit): boolean =>
  link.firstTask === 'start' && part.activeOn.length > 0;

function relevantFrom(kinds: number, link: OrderLink, action: Action, target: Action): number {
  if (!isCollective(link.first)) return kinds & ~CAUSES;
  if (isCollective(link.follower)) return kinds;
  return sameHost(action, target) ? kinds : kinds & ~(CAUSES | KIND.blocksWhenRequired);
}

/**
 * Actions of the first unit. One that shall start but has no start at all gets a start on no node,
 * which is blocked, and so blocks what waits for it.
 */
function firstActions(world: World, link: OrderLink): readonly Action[] {
  if (isLeftRunning(link)) return [];
  const found = exits(world, link.first, link.firstTask);
  if (found.length > 0 || link.first.kind !== 'primitive') return found;
  if (link.firstTask === 'stop') return [];
  if (link.firstTask === 'demote') return [];
  if (link.firstTask === 'start' && !link.first.managed && link.first.role > ROLE.stopped)
    return [];
  return [operation(world, link.first, link.firstTask, undefined)];
}

/** "Any of these before those": a point that stands while at least one of the first can run. */
function expandOneOrMore(world: World, set: OneOrMore): void {
  const firstUnit = set.firsts[0];
  if (firstUnit === undefined) return;
  const gate = world.actions.add({ task: 'one-or-more', name: set.id, flags: FLAG.pseudo });
  gate.minimum = 1;
  let inputs = 0;
  for (const unit of set.firsts) {
    const link: OrderLink = {
      id: set.id,
      first: unit,
      firstTask: set.firstTask,
      follower: unit,
      thenTask: set.firstTask,
      kinds: 0,
    };
    for (const action of firstActions(world, link)) {
      world.actions.relate(action, gate, KIND.oneOfMany | KIND.causes);
      inputs += 1;
    }
  }
  if (inputs === 0) gate.flags |= FLAG.blocked;
  for (const unit of set.thens) {
    for (const action of entries(world, unit, set.thenTask)) {
      world.actions.relate(gate, action, KIND.blocks);
    }
    if (unit.kind === 'primitive') continue;
    for (const part of orderedParts(unit, set.thenTask)) {
      for (const action of world.actions.ofTask(part, set.thenTask)) {
        world.actions.relate(gate, action, KIND.blocks | KIND.silent);
      }
    }
  }
  void point;
}
