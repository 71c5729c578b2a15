/** Groups and clones in the order: points before and after what their members or instances do. */
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { primitivesOf } from '../world.ts';
import type { Unit, World } from '../world.ts';
import { point } from './operations.ts';

export const DONE: Readonly<Record<string, string>> = {
  start: 'running',
  stop: 'stopped',
  promote: 'promoted',
  demote: 'demoted',
};

const TASKS = ['start', 'stop', 'promote', 'demote'] as const;
type Task = (typeof TASKS)[number];

/** Entry and exit of a unit's task: one action for primitives, two points for the others. */
export function entries(world: World, unit: Unit, task: string): readonly Action[] {
  if (unit.kind === 'primitive') return world.actions.ofTask(unit, task);
  return [point(world, unit, task)];
}

export function exits(world: World, unit: Unit, task: string): readonly Action[] {
  if (unit.kind === 'primitive') return world.actions.ofTask(unit, task);
  return [point(world, unit, DONE[task] ?? task)];
}

export function relateGroup(world: World, group: Unit): void {
  const tasks = usedTasks(world, group);
  for (const task of tasks) framePoints(world, group, task);
  if (group.meta.get('ordered') === 'false') return;
  world.actions.relate(point(world, group, 'stopped'), point(world, group, 'start'), KIND.order);
  let previous: Unit | undefined;
  for (const member of group.children) {
    if (previous !== undefined) chainUp(world, previous, member);
    previous = member;
  }
  for (const task of ['stop', 'demote'] as const) chainDown(world, group, task);
  if (group.parent === undefined) stopAfterProbes(world, group);
}

/**
 * A member that cannot start again stops after the probes of those that it would start after; in a
 * clone the other instances tell what the group is.
 */
function stopAfterProbes(world: World, group: Unit): void {
  const { actions } = world;
  let probes: readonly Action[] = [];
  let idle: readonly Action[] = [];
  for (const member of group.children) {
    const isIdle = actions.ofTask(member, 'start').length === 0;
    relateAll(world, isIdle ? probes : idle, actions.ofTask(member, 'stop'));
    const own = probesOf(world, member);
    probes = [...probes, ...own];
    if (isIdle) idle = [...idle, ...own];
  }
}

function usedTasks(world: World, unit: Unit): readonly Task[] {
  const promotable =
    unit.clone?.promotable === true ||
    primitivesOf(unit).some(
      (part) =>
        world.actions.ofTask(part, 'promote').length > 0 ||
        world.actions.ofTask(part, 'demote').length > 0,
    );
  return promotable ? TASKS : ['start', 'stop'];
}

/** point → member's action → done point; the points are required when any member's action is. */
function framePoints(world: World, unit: Unit, task: Task): void {
  const before = point(world, unit, task);
  const after = point(world, unit, DONE[task] ?? task);
  world.actions.relate(before, after, KIND.order);
  for (const child of unit.children) {
    for (const action of entries(world, child, task))
      world.actions.relate(before, action, KIND.needs);
    for (const action of exits(world, child, task)) {
      const ends = task !== 'demote' || action.host?.unclean === true || hasRole(world, unit);
      const kinds = ends ? KIND.causes | KIND.blocksWhenRequired : KIND.order;
      world.actions.relate(action, after, kinds);
    }
    if (task === 'stop') relateAll(world, probesOf(world, child), [after]);
  }
  if (task === 'start' || task === 'promote') blockUnplaced(world, unit, task, after);
}

/** Whether the first member, which demotes last and is promoted first, gives up a role or gets one. */
function hasRole({ actions }: World, { kind, children: [first] }: Unit): boolean {
  if (kind !== 'group' || first === undefined) return true;
  return ['demote', 'promote'].some((task) => actions.ofTask(first, task).length > 0);
}

/** A group is not running while one of its members has nowhere to run. */
function blockUnplaced(world: World, group: Unit, task: Task, after: Action): void {
  if (task !== 'start') return;
  for (const member of group.children) {
    const starts = world.actions.ofTask(member, 'start');
    if (starts.length === 0) {
      after.flags |= FLAG.blocked;
      after.blockReason ??= `${member.id} of ${group.id} has no node to run on`;
    }
    for (const start of starts) world.actions.relate(start, after, KIND.blocks);
  }
}

/** Start in order: a member that starts anew takes the later ones with it. */
function chainUp(world: World, earlier: Unit, later: Unit): void {
  const { actions } = world;
  for (const task of ['start', 'promote'] as const) {
    const firsts = actions.ofTask(earlier, task);
    for (const then of actions.ofTask(later, task)) {
      for (const first of firsts)
        actions.relate(first, then, KIND.causes | KIND.blocks | KIND.unmigratable);
      if (firsts.length === 0 && task === 'start') {
        then.flags |= FLAG.blocked;
        then.blockReason ??= `${earlier.id} has no node to run on`;
      }
    }
  }
}

/**
 * Stop in reverse, members that are not active left out. What is to be stopped waits for the probes
 * of later members too: they may turn out to be active.
 */
function chainDown(world: World, group: Unit, task: 'stop' | 'demote'): void {
  const { actions } = world;
  let later: Unit | undefined;
  for (const member of [...group.children].reverse()) {
    const thens = actions.ofTask(member, task);
    if (later !== undefined) {
      relateAll(world, actions.ofTask(later, task), thens, KIND.needs | KIND.blocksWhenRequired);
    }
    if (thens.length > 0 || later === undefined) later = member;
  }
  if (task !== 'stop') return;
  // Up to the next one that has to stop itself: what it waits for comes before that.
  let probes: readonly Action[] = [];
  for (const member of [...group.children].reverse()) {
    const stops = actions.ofTask(member, 'stop');
    relateAll(world, probes, stops, KIND.order);
    probes = [...(stops.length > 0 ? [] : probes), ...probesOf(world, member)];
  }
}

export const probesOf = (world: World, unit: Unit): readonly Action[] =>
  world.actions.ofTask(unit, 'monitor').filter((action) => action.expectedExitCode === 7);

export function relateClone(world: World, clone: Unit): void {
  const { actions } = world;
  const tasks = usedTasks(world, clone);
  for (const task of tasks) frameInstances(world, clone, task);
  if (clone.clone?.ordered === true) chainInstances(world, clone);
  const at = (name: string): Action => point(world, clone, name);
  actions.relate(at('stopped'), at('start'), KIND.order);
  if (!tasks.includes('promote')) return;
  actions.relate(at('demoted'), at('stop'), KIND.order);
  actions.relate(at('demoted'), at('start'), KIND.order);
  actions.relate(at('demoted'), at('promote'), KIND.order);
  actions.relate(at('stopped'), at('promote'), KIND.order);
  actions.relate(at('running'), at('promote'), KIND.order);
  // Members of a group that did not give up its role as a whole: never are there two of a kind.
  for (const part of primitivesOf(clone))
    relateAll(world, actions.ofTask(part, 'demote'), [at('promote')]);
}

function frameInstances(world: World, clone: Unit, task: Task): void {
  const { actions } = world;
  const before = point(world, clone, task);
  const after = point(world, clone, DONE[task] ?? task);
  if (task !== 'promote') actions.relate(before, after, KIND.order);
  const up = task === 'start' || task === 'promote';
  if (up) after.minimum = Math.max(1, clone.clone?.instancesMin ?? 0);
  let possible = 0;
  for (const instance of clone.children) {
    for (const action of entries(world, instance, task)) actions.relate(before, action, KIND.needs);
    if (task === 'stop') relateAll(world, probesOf(world, instance), [after]);
    for (const action of exits(world, instance, task)) {
      if (up && isPlaced(world, instance, task)) {
        // One that is blocked after a failure starts nothing, so it makes nothing start again.
        const kinds = primitivesOf(instance).some((part) => part.blocked) ? 0 : KIND.causes;
        actions.relate(action, after, kinds | KIND.oneOfMany);
        possible += 1;
      } else if (!up) {
        actions.relate(action, after, KIND.causes);
      }
    }
  }
  if (up && possible < after.minimum) {
    after.flags |= FLAG.blocked;
    after.blockReason ??= `no instance of ${clone.id} can run`;
  }
}

const isPlaced = (world: World, instance: Unit, task: Task): boolean =>
  primitivesOf(instance).some((part) => world.actions.ofTask(part, task).length > 0);

/**
 * Every instance after all before it, not only after its neighbour: a neighbour that stays as it is
 * passes no order on. Stops in reverse; those wait for the probes of later instances too.
 */
function chainInstances(world: World, clone: Unit): void {
  const started: Action[] = [];
  const stops: Action[] = [];
  for (const instance of clone.children) {
    relateAll(world, probesOf(world, instance), stops);
    if (!isPlaced(world, instance, 'start') && !isPlaced(world, instance, 'stop')) continue;
    relateAll(world, started, entries(world, instance, 'start'));
    relateAll(world, exits(world, instance, 'stop'), stops);
    started.push(...exits(world, instance, 'start'));
    stops.push(...entries(world, instance, 'stop'));
  }
  if (clone.clone?.promotable === true) chainPromotions(world, clone);
}

/** Promotions after that of the neighbour before, demotions in reverse. */
function chainPromotions(world: World, clone: Unit): void {
  let before: Unit | undefined;
  for (const instance of clone.children) {
    if (before !== undefined) {
      relateAll(world, exits(world, before, 'promote'), entries(world, instance, 'promote'));
      relateAll(world, exits(world, instance, 'demote'), entries(world, before, 'demote'));
    }
    before = instance;
  }
}

function relateAll(
  world: World,
  firsts: readonly Action[],
  thens: readonly Action[],
  kinds: number = KIND.order,
): void {
  for (const first of firsts) for (const then of thens) world.actions.relate(first, then, kinds);
}
