/** Recurring monitors of the role a primitive will have; those of other roles are cancelled. */
import { isLostGuest } from '../assignment/hosts.ts';
import { recurringOperations } from '../configuration/operations.ts';
import type { EffectiveOperation } from '../configuration/operations.ts';
import { agentChanged } from '../digests/compare.ts';
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { activeSince, findUnitHistory } from '../history/records.ts';
import { isTrue } from '../values/text.ts';
import { ROLE } from '../world.ts';
import type { Host, RoleLevel, Unit, World } from '../world.ts';
import { demand, findOperation, operation } from './operations.ts';

export function addMonitors(world: World, unit: Unit, target: Host): void {
  if (isInMaintenance(world, unit) || target.maintenance || target.held) return;
  // What is left alone behind a connection that will not be there cannot be asked.
  if (!unit.managed && target.connection !== undefined && !target.online) return;
  for (const recurring of recurringOperations(world, unit)) {
    if (recurring.role === ROLE.stopped) {
      if (unit.activeOn.includes(target)) cancelIfActive(world, unit, target, recurring);
      continue;
    }
    const next = unit.nextRole ?? ROLE.stopped;
    if (isForRole(recurring.role, next)) addMonitor(world, unit, target, recurring);
    else cancelIfActive(world, unit, target, recurring);
  }
}

/** Itself or the cluster; a node in maintenance, where another copy may be, is that node alone. */
const isInMaintenance = (world: World, unit: Unit): boolean =>
  world.options.maintenance || isTrue(unit.meta.get('maintenance'));

/** Operations without a role are for every role but promoted. */
function isForRole(role: RoleLevel | undefined, next: RoleLevel): boolean {
  return role === undefined ? next !== ROLE.promoted : role === next;
}

function addMonitor(world: World, unit: Unit, target: Host, recurring: EffectiveOperation): void {
  const monitor = operation(world, unit, recurring.name, target, recurring.intervalMs);
  const known = isActiveMonitor(unit, target, recurring);
  if (!known)
    demand(monitor, `${unit.id} has no ${recurring.intervalMs} ms monitor on ${target.name} yet`);
  if (unit.nextRole === ROLE.promoted) monitor.expectedExitCode = 8;
  relateMonitor(world, unit, target, monitor);
}

export function isActiveMonitor(unit: Unit, host: Host, recurring: EffectiveOperation): boolean {
  if (!unit.activeOn.includes(host)) return false;
  const record = findUnitHistory(unit, host, recurring.name, recurring.intervalMs);
  if (record === undefined || unit.expiredRecords.has(record)) return false;
  if (record.status === 'pending') return record.underWay === true;
  return record.callId < 0 || record.callId >= activeSince(unit, host);
}

function relateMonitor(world: World, unit: Unit, target: Host, monitor: Action): void {
  const { actions } = world;
  // What is not managed is monitored as it is: nothing comes of what others ask of it.
  if (!unit.managed && !unit.blocked && unit.activeOn.includes(target)) return;
  const start = findOperation(world, unit, 'start', target);
  if (start !== undefined) actions.relate(start, monitor, KIND.causes | KIND.blocks);
  const promote = findOperation(world, unit, 'promote', target);
  const demote = findOperation(world, unit, 'demote', target);
  if (unit.nextRole === ROLE.promoted) {
    // To be promoted again is nothing new to the monitor of the promoted; to be demoted first is.
    const stays = unit.role === ROLE.promoted && unit.activeOn.includes(target);
    const kinds = stays ? KIND.blocks : KIND.blocks | KIND.causes;
    if (promote !== undefined) actions.relate(promote, monitor, kinds);
    if (stays && demote !== undefined) actions.relate(demote, monitor, KIND.causes);
  } else if (demote !== undefined) {
    actions.relate(demote, monitor, KIND.blocks);
  }
}

/** A monitor of another role that runs there is cancelled before the role changes. */
function cancelIfActive(world: World, unit: Unit, host: Host, recurring: EffectiveOperation): void {
  if (isLostGuest(host) || !isActiveMonitor(unit, host, recurring)) return;
  const cancel = addCancel(world, unit, host, recurring.name, recurring.intervalMs);
  cancel.reason = `${unit.id} will not have the role of its ${recurring.intervalMs} ms monitor`;
  const start = findOperation(world, unit, 'start', host);
  world.roleCancels.push({ action: cancel, start });
  const next = unit.nextRole ?? ROLE.stopped;
  const task =
    next === ROLE.promoted ? 'promote' : unit.role === ROLE.promoted ? 'demote' : 'start';
  const change = findOperation(world, unit, task, host);
  if (change !== undefined) world.actions.relate(cancel, change, KIND.blocks);
}

/**
 * Superfluous where the resource itself needs a restart; where others restart it, they may turn out
 * not to be able to, and the role changes all the same.
 */
export function decideRoleCancels(world: World): void {
  for (const { action, start } of world.roleCancels) {
    const unit = action.unit;
    // What failed restarts anyhow; where it is demoted, that comes first.
    const isRecovered = unit?.stopNeeded === true && unit.nextRole === ROLE.promoted;
    const isRestarted =
      start !== undefined && (start.flags & FLAG.required) > 0 && !isOtherAgent(action);
    if (!isRecovered && !isRestarted) action.flags |= FLAG.required;
  }
}

/** A restart for another agent deletes the history: its monitors have to end before. */
const isOtherAgent = ({ unit, host }: Action): boolean =>
  unit !== undefined && host !== undefined && agentChanged(unit, host);

export function addCancel(
  world: World,
  unit: Unit,
  host: Host,
  name: string,
  intervalMs: number,
): Action {
  return world.actions.once(`${unit.index} cancel ${name} ${intervalMs} ${host.index}`, () => {
    const action = world.actions.add({ unit, host, task: 'cancel', intervalMs });
    action.of = name;
    if (!host.online || host.unclean || host.held) action.flags |= FLAG.blocked;
    return action;
  });
}

/** Monitors with role Stopped run on every other node, to find copies that should not be there. */
export function addStoppedMonitors(world: World, unit: Unit): void {
  if (unit.parent?.kind === 'clone' || unit.parent?.parent?.kind === 'clone') return;
  // What failed and is left as it is may be active: nothing is expected of it elsewhere.
  if (unit.removed || unit.blocked) return;
  for (const recurring of recurringOperations(world, unit)) {
    if (recurring.role !== ROLE.stopped) continue;
    for (const host of world.hosts) addStoppedMonitor(world, unit, host, recurring);
  }
}

function addStoppedMonitor(
  world: World,
  unit: Unit,
  host: Host,
  recurring: EffectiveOperation,
): void {
  const known = findUnitHistory(unit, host, recurring.name, recurring.intervalMs) !== undefined;
  if (unit.assigned === host && (unit.nextRole ?? ROLE.stopped) > ROLE.stopped) {
    if (!known) return;
    const cancel = addCancel(world, unit, host, recurring.name, recurring.intervalMs);
    demand(cancel, `${unit.id} will be active on ${host.name}`);
    const start = findOperation(world, unit, 'start', host);
    if (start !== undefined) world.actions.relate(cancel, start, KIND.blocks);
    return;
  }
  if (!host.online || host.unclean || host.held) return;
  const active = unit.activeOn.includes(host);
  // A copy that is left alone there is none that should not be.
  if (isInMaintenance(world, unit) || (active && !unit.managed)) return;
  const monitor = operation(world, unit, recurring.name, host, recurring.intervalMs);
  monitor.expectedExitCode = 7;
  if (!known || active) demand(monitor, `${unit.id} must not be active on ${host.name}`);
  for (const stop of world.actions.ofTask(unit, 'stop')) {
    if (stop.host === host) world.actions.relate(stop, monitor, KIND.blocksWhenRequired);
  }
  const probe = findOperation(world, unit, 'monitor', host);
  if (probe !== undefined && unit.managed) world.actions.relate(probe, monitor, KIND.blocks);
}
