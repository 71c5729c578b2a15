/**
 * Drives required, blocked and migratable to their fixpoint along the relations. Every rule only
 * ever sets "required" and "blocked" and clears "migratable", so the result is the least fixpoint
 * and cannot depend on the order in which the worklist is taken.
 */
import { FLAG, KIND, stands } from './table.ts';
import type { Action, ActionTable } from './table.ts';
import type { World } from '../world.ts';

/**
 * Runs to the fixpoint. `take` chooses the position of the next entry of the worklist (tests permute
 * it); the default is the newest.
 */
export function settle(table: ActionTable, take?: (length: number) => number): void {
  const work: number[] = [];
  const queued = new Uint8Array(table.relations);
  for (let i = table.relations - 1; i >= 0; i -= 1) {
    work.push(i);
    queued[i] = 1;
  }
  while (work.length > 0) {
    const relation = takeFrom(work, take);
    queued[relation] = 0;
    const first = table.at(table.firsts[relation] ?? 0);
    const then = table.at(table.thens[relation] ?? 0);
    const changed = applyRelation(table, first, then, table.kinds[relation] ?? 0);
    if ((changed & CHANGED_FIRST) !== 0) enqueueAll(table, first, work, queued);
    if ((changed & CHANGED_THEN) !== 0) enqueueAll(table, then, work, queued);
  }
}

function takeFrom(work: number[], take: ((length: number) => number) | undefined): number {
  if (take === undefined) return work.pop() ?? 0;
  const position = take(work.length);
  const chosen = work[position] ?? 0;
  const last = work.pop() ?? 0;
  if (position < work.length) work[position] = last;
  return chosen;
}

function enqueueAll(table: ActionTable, action: Action, work: number[], queued: Uint8Array): void {
  for (let at = table.headIn[action.index] ?? -1; at >= 0; at = table.nextIn[at] ?? -1) {
    if (queued[at] === 0) {
      queued[at] = 1;
      work.push(at);
    }
  }
  for (let at = table.headOut[action.index] ?? -1; at >= 0; at = table.nextOut[at] ?? -1) {
    if (queued[at] === 0) {
      queued[at] = 1;
      work.push(at);
    }
  }
}

const STAYS = FLAG.required | FLAG.migratable;
const CHANGED_FIRST = 1;
const CHANGED_THEN = 2;

function applyRelation(table: ActionTable, first: Action, then: Action, kinds: number): number {
  let changed = 0;
  const firstRequired = (first.flags & FLAG.required) !== 0;
  const firstBlocked = (first.flags & FLAG.blocked) !== 0;
  if ((kinds & KIND.causes) !== 0 && firstRequired) changed |= require(then, first, CHANGED_THEN);
  if ((kinds & KIND.causesIfRunnable) !== 0 && firstRequired && !firstBlocked) {
    changed |= require(then, first, CHANGED_THEN);
  }
  if ((kinds & KIND.needs) !== 0 && (then.flags & FLAG.required) !== 0) {
    changed |= require(first, then, CHANGED_FIRST);
  }
  if ((kinds & KIND.causesUnlessMigrating) !== 0 && (first.flags & STAYS) === FLAG.required) {
    changed |= require(then, first, CHANGED_THEN);
  }
  if ((kinds & KIND.needsUnlessMigrating) !== 0 && (then.flags & STAYS) === FLAG.required) {
    changed |= require(first, then, CHANGED_FIRST);
  }
  if ((kinds & KIND.blocks) !== 0 && firstBlocked) changed |= block(then, first);
  if ((kinds & KIND.blocksWhenRequired) !== 0 && firstBlocked && firstRequired) {
    changed |= block(then, first);
  }
  if ((kinds & KIND.asymmetric) !== 0 && firstBlocked && (then.flags & FLAG.required) !== 0) {
    changed |= block(then, first);
  }
  if ((kinds & KIND.restart) !== 0) changed |= restart(first, then);
  if (
    (kinds & KIND.oneOfMany) !== 0 &&
    firstBlocked &&
    runnableInputs(table, then) < then.minimum
  ) {
    changed |= block(then, first);
  }
  if ((kinds & KIND.unmigratable) !== 0 && firstRequired) changed |= unmigratable(first, then);
  return changed;
}

/**
 * Stop, then start, of one managed resource: a start that is necessary, or that can no longer
 * happen, makes the stop necessary; a necessary stop makes the start necessary; what cannot be
 * stopped is not started again.
 */
function restart(stop: Action, start: Action): number {
  let changed = 0;
  const managed = stop.unit?.managed ?? true;
  if (managed && (start.flags & (FLAG.required | FLAG.blocked)) !== 0) {
    changed |= require(stop, start, CHANGED_FIRST);
  }
  if ((stop.flags & FLAG.required) !== 0) {
    changed |= require(start, stop, CHANGED_THEN);
    if ((stop.flags & FLAG.blocked) !== 0) changed |= block(start, stop);
  }
  return changed | pairMigration(stop, start);
}

/** Both halves of a move are part of the migration, or none. */
function pairMigration(stop: Action, start: Action): number {
  let changed = 0;
  if ((start.flags & FLAG.migratable) === 0 && (stop.flags & FLAG.migratable) !== 0) {
    stop.flags &= ~FLAG.migratable;
    changed |= CHANGED_FIRST;
  }
  if (
    (stop.flags & FLAG.migratable) === 0 &&
    (start.flags & FLAG.migratable) !== 0 &&
    stop.host !== start.host
  ) {
    start.flags &= ~FLAG.migratable;
    changed |= CHANGED_THEN;
  }
  return changed;
}

function require(action: Action, cause: Action, bit: number): number {
  if ((action.flags & FLAG.required) !== 0) return 0;
  action.flags |= FLAG.required;
  action.cause = cause.index;
  return bit;
}

function block(then: Action, first: Action): number {
  if ((then.flags & FLAG.blocked) !== 0) return 0;
  then.flags |= FLAG.blocked;
  then.cause = then.cause < 0 ? first.index : then.cause;
  then.blockReason ??= first.blockReason;
  return CHANGED_THEN;
}

function unmigratable(first: Action, then: Action): number {
  if ((then.flags & FLAG.migratable) === 0 || (first.flags & FLAG.migratable) !== 0) return 0;
  then.flags &= ~FLAG.migratable;
  return CHANGED_THEN;
}

function runnableInputs(table: ActionTable, action: Action): number {
  let runnable = 0;
  for (let at = table.headIn[action.index] ?? -1; at >= 0; at = table.nextIn[at] ?? -1) {
    if (((table.kinds[at] ?? 0) & KIND.oneOfMany) === 0) continue;
    if ((table.at(table.firsts[at] ?? 0).flags & FLAG.blocked) === 0) runnable += 1;
  }
  return runnable;
}

/** After the fixpoint: what is for resources that stay is required where they stay. */
export function decideUnlessRestarted(world: World): void {
  for (const { action, start } of world.unlessRestarted) {
    if (action.task === 'reload' && isStopped(world, action)) continue;
    if (start !== undefined && stands(start)) continue;
    action.flags |= FLAG.required;
    if (action.task === 'reload') monitorAnew(world, action);
  }
}

/** Monitors take up the parameters that a reload brings. */
function monitorAnew({ actions }: World, { unit, host }: Action): void {
  if (unit === undefined) return;
  for (const action of actions.ofUnit(unit)) {
    const isMonitor = action.intervalMs > 0 && action.task !== 'cancel';
    if (isMonitor && action.host === host) action.flags |= FLAG.required;
  }
}

/** What stops and cannot start again takes over no parameters. */
const isStopped = ({ actions }: World, { unit, host }: Action): boolean =>
  unit !== undefined &&
  actions.ofTask(unit, 'stop').some((stop) => stop.host === host && stands(stop));
