/** From the role and place a primitive has to those it shall have: stop, start, promote, demote. */
import { unitRecords } from '../history/records.ts';
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { ROLE } from '../world.ts';
import type { Host, RoleLevel, Unit, World } from '../world.ts';
import { addMonitors } from './monitors.ts';
import { markMigration } from './migration.ts';
import { demand, operation } from './operations.ts';
import { isPartialMigration } from './partial.ts';

export function addPrimitiveActions(world: World, unit: Unit): void {
  const next = wantedRole(unit);
  const target = next > ROLE.stopped ? unit.assigned : undefined;
  const stops = addStops(world, unit, target);
  const starts = target === undefined ? undefined : addStart(world, unit, target);
  const demotes = addDemotes(world, unit, target);
  const promote =
    target !== undefined && next === ROLE.promoted ? addPromote(world, unit, target) : undefined;
  relateSteps(world, { stops, start: starts, demotes, promote });
  if (target !== undefined) addMonitors(world, unit, target);
  if (starts !== undefined && target !== undefined) markMigration(world, unit, target);
}

/** A resource found active more than once stays stopped with multiple-active=stop_only. */
function wantedRole(unit: Unit): RoleLevel {
  const isTwice = unit.activeOn.length > 1 && !targetMayStay(unit, unit.assigned);
  if (isTwice && unit.multipleActive === 'stop_only' && unit.managed) return ROLE.stopped;
  return unit.nextRole ?? ROLE.stopped;
}

/** Stops everywhere it is active; necessary where it may not stay as it is. */
function addStops(world: World, unit: Unit, target: Host | undefined): readonly Action[] {
  const stops: Action[] = [];
  for (const host of unit.activeOn) {
    if (host === target && (isPartialMigration(unit, target) || startsOver(unit, host))) continue;
    const stop = operation(world, unit, 'stop', host);
    const why = whyStop(unit, host, target);
    if (why !== undefined) demand(stop, why);
    stops.push(stop);
  }
  for (const host of unit.dangling) {
    if (unit.activeOn.includes(host) || !host.online || host.unclean) continue;
    const stop = operation(world, unit, 'stop', host);
    demand(stop, `a migration may have left ${unit.id} on ${host.name}`);
  }
  return stops;
}

/** Of several copies the one that stays is only started again: it is expected, or none is done yet. */
function startsOver(unit: Unit, host: Host): boolean {
  if (unit.activeOn.length < 2) return false;
  if (unit.stopNeeded && unit.failures.some((failure) => failure.host === host)) return false;
  if (unit.multipleActive === 'stop_unexpected') return true;
  return !unit.stopNeeded && unit.activeOn.every((each) => isOnlyStarting(unit, each));
}

function isOnlyStarting(unit: Unit, host: Host): boolean {
  const starts = unitRecords(unit, host).filter(({ operation: task }) => task === 'start');
  return starts.length > 0 && starts.every(({ status }) => status === 'pending');
}

/**
 * Active more than once, and still the copy on the target may stay: the others are on nodes that are
 * fenced, which those that do not require fencing need not care about.
 */
function targetMayStay(unit: Unit, target: Host | undefined): boolean {
  if (target === undefined || !unit.activeOn.includes(target) || unit.stopNeeded) return false;
  if (unit.requires !== 'nothing' && unit.requires !== 'quorum') return false;
  return unit.activeOn.filter((host) => !host.unclean).length === 1;
}

function whyStop(unit: Unit, host: Host, target: Host | undefined): string | undefined {
  if (!unit.managed && !unit.blocked) return undefined;
  if (target === undefined) return whyNowhere(unit, host);
  if (isPartialMigration(unit, target)) {
    return host === target ? undefined : `${unit.id} has moved from ${host.name} to ${target.name}`;
  }
  if (unit.activeOn.length > 1) {
    if (host === target && targetMayStay(unit, target)) return undefined;
    return `${unit.id} is active on more than one node`;
  }
  if (host !== target) return `${unit.id} moves from ${host.name} to ${target.name}`;
  if (unit.stopNeeded) return `${unit.id} failed on ${host.name}`;
  if (unit.blocked) return `${unit.id} is blocked after a failure`;
  return undefined;
}

const whyNowhere = (unit: Unit, host: Host): string =>
  unit.removed
    ? `${unit.id} is no longer configured`
    : `${unit.id} may not run on ${host.name}: ${unit.unplacedReason ?? unit.nextRoleReason ?? 'no node may run it'}`;

function addStart(world: World, unit: Unit, target: Host): Action {
  const start = operation(world, unit, 'start', target);
  // The expected one of several copies runs already: its start is only a point in the order.
  if (startsOver(unit, target) && unit.multipleActive === 'stop_unexpected') {
    if (unit.activeOn.includes(target)) start.flags |= FLAG.pseudo;
  }
  if (!unit.activeOn.includes(target)) {
    demand(start, whyStart(unit, target));
  } else if (isPartialMigration(unit, target)) {
    demand(start, `${unit.id} completes its migration to ${target.name}`);
  } else if (unit.pendingTask === 'start' && unit.pendingOn === target) {
    start.reason = isUnderWay(start)
      ? `${unit.id} is starting on ${target.name}`
      : `the start of ${unit.id} on ${target.name} has not been confirmed yet`;
    // Asked for after the fixpoint: to go on with a start is no reason to stop first.
    world.unlessRestarted.push({ action: start, start: undefined });
  }
  return start;
}

function whyStart(unit: Unit, target: Host): string {
  const lost = unit.activeOn.find((host) => host.unclean);
  if (lost === undefined) return `${unit.id} starts on ${target.name}`;
  if (unit.requires === 'nothing' || unit.requires === 'quorum') {
    return `${unit.id} starts on ${target.name}: ${lost.name} was lost, and ${unit.id} need not wait for its fencing`;
  }
  return `${unit.id} starts on ${target.name} once ${lost.name}, which was lost, is fenced`;
}

function addDemotes(world: World, unit: Unit, target: Host | undefined): readonly Action[] {
  if (unit.role !== ROLE.promoted) return [];
  const demotes: Action[] = [];
  for (const host of unit.activeOn) {
    const demote = operation(world, unit, 'demote', host);
    if (target !== undefined && unit.nextRole !== ROLE.promoted) {
      demand(demote, `${unit.id} is no longer to be promoted on ${host.name}`);
    }
    demotes.push(demote);
  }
  return demotes;
}

function addPromote(world: World, unit: Unit, target: Host): Action {
  const promote = operation(world, unit, 'promote', target);
  if (isUnderWay(promote)) {
    demand(promote, `${unit.id} is being promoted on ${target.name}`);
    return promote;
  }
  if (unit.role !== ROLE.promoted || !unit.activeOn.includes(target)) {
    demand(promote, `${unit.id} is promoted on ${target.name}`);
  }
  return promote;
}

/** It runs at this moment: the plan goes on with it, so nothing has to be undone before. */
function isUnderWay({ unit, host, task }: Action): boolean {
  const histories = host === undefined ? [] : (unit?.histories.get(host.index) ?? []);
  return histories.some((history) =>
    history.operations.some((record) => record.underWay === true && record.operation === task),
  );
}

interface Steps {
  readonly stops: readonly Action[];
  readonly start: Action | undefined;
  readonly demotes: readonly Action[];
  readonly promote: Action | undefined;
}

function relateSteps(world: World, { stops, start, demotes, promote }: Steps): void {
  const { actions } = world;
  if (start !== undefined && start.unit !== undefined) {
    for (const stop of actions.ofTask(start.unit, 'stop')) actions.relate(stop, start, KIND.order);
  }
  for (const stop of stops) {
    if (start !== undefined && bindsStart(stop, start)) actions.relate(stop, start, KIND.restart);
    for (const demote of demotes) {
      const same = demote.host === stop.host;
      actions.relate(demote, stop, same ? KIND.needs | KIND.blocksWhenRequired : KIND.order);
    }
  }
  if (promote === undefined) return;
  if (start !== undefined) actions.relate(start, promote, KIND.causes | KIND.blocks);
  const kind = isUnderWay(promote) ? KIND.order : KIND.causes | KIND.blocksWhenRequired;
  for (const demote of demotes) actions.relate(demote, promote, kind);
}

/** A stop elsewhere does not make the copy that stays start anew. */
function bindsStart(stop: Action, start: Action): boolean {
  if (isUnderWay(start)) return false;
  const unit = start.unit;
  const elsewhere = stop.host !== start.host && (unit?.activeOn.length ?? 0) > 1;
  return !(elsewhere && unit !== undefined && targetMayStay(unit, start.host));
}
