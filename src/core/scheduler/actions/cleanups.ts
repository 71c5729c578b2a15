/** Housekeeping of histories: what is not configured is forgotten, what expired is cleared. */
import type { ResourceHistory } from '../../model/picture.ts';
import type { ChangeMap } from '../digests/changes.ts';
import { hasOutdatedFailure } from '../digests/failures.ts';
import { failCount, failuresExpired } from '../history/failcounts.ts';
import { FLAG, KIND } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { cloneOf, primitivesOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { demand } from './operations.ts';

export function addCleanups(world: World, changes: ChangeMap): void {
  for (const unit of world.units) {
    if (unit.kind !== 'primitive') continue;
    if (unit.removed) forgetRemoved(world, unit);
    clearFailures(world, unit);
    clearLock(world, unit);
  }
  for (const [unit, found] of changes) {
    for (const host of found.outdated) {
      if (!unit.managed || failCount(world, unit, host).count === 0) continue;
      clearFailCount(world, unit, host, `${unit.configId} is configured otherwise since it failed`);
    }
    for (const host of found.forget) {
      forget(world, unit, host, `the agent of ${unit.configId} is another one now`);
    }
  }
}

/** A removed resource's history is deleted after its stop. */
function forgetRemoved(world: World, unit: Unit): void {
  if (!unit.managed || (unit.parent !== undefined && !unit.unique)) return;
  clearRemoved(world, unit);
  // What failed is kept until it is known to be stopped.
  if (unit.failed) return;
  for (const index of unit.histories.keys()) {
    const host = world.hosts[index];
    if (host === undefined || !host.online || host.unclean || isLeaving(host)) continue;
    if (host.standby || host.shutdown) continue;
    forget(world, unit, host, `${unit.configId} is no longer configured`);
  }
}

/** The mark on the node that is away is cleared: it holds nothing back any more. */
function clearLock(world: World, unit: Unit): void {
  const host = unit.lockOverOn;
  if (host === undefined) return;
  const action = world.actions.once(`${unit.index} delete ${host.index}`, () =>
    world.actions.add({ unit, host, task: 'delete-history', name: `${unit.id}_lrm_delete_0` }),
  );
  demand(action, `${unit.configId} has waited long enough for ${host.name}`);
}

/** A remote node that is not configured any more: what is known of it goes with it. */
const isLeaving = (host: Host): boolean => host.connection?.removed === true;

/** Failures of what is no longer configured are cleared before it is stopped. */
function clearRemoved(world: World, unit: Unit): void {
  for (const host of world.hosts) {
    if (!host.online || host.unclean || host.held || isLeaving(host)) continue;
    if (failCount(world, unit, host).count === 0) continue;
    const clear = clearFailCount(world, unit, host, `${unit.configId} is no longer configured`);
    for (const stop of world.actions.ofTask(unit, 'stop')) {
      world.actions.relate(clear, stop, KIND.order);
    }
  }
}

function forget(world: World, unit: Unit, host: Host, reason: string): void {
  const action = world.actions.once(`${unit.index} delete ${host.index}`, () =>
    world.actions.add({ unit, host, task: 'delete-history' }),
  );
  demand(action, reason);
  if (!host.online || host.unclean || host.held) action.flags |= FLAG.blocked;
  for (const part of sharersOf(unit)) {
    for (const stop of world.actions.ofTask(part, 'stop')) {
      const kind = stop.host === host ? KIND.blocksWhenRequired : KIND.order;
      world.actions.relate(stop, action, kind);
    }
    for (const start of world.actions.ofTask(part, 'start')) {
      world.actions.relate(action, start, KIND.order);
    }
  }
}

/** A history of an anonymous clone has no number: it is that of all instances that did not fail. */
function sharersOf(unit: Unit): readonly Unit[] {
  const clone = cloneOf(unit);
  if (clone === undefined || unit.unique) return [unit];
  return primitivesOf(clone).filter(
    (part) =>
      part === unit ||
      (part.configId === unit.configId && !part.failed && part.activeOn.length > 0),
  );
}

/** Fail counts that have expired, or whose failure happened with other parameters. */
function clearFailures(world: World, unit: Unit): void {
  for (const index of unit.histories.keys()) {
    const host = world.hosts[index];
    if (host === undefined || !host.online || host.unclean || host.held) continue;
    // What a guest remembers goes with its machine.
    if (host.kind === 'guest' && host.resetNeeded) continue;
    if (failuresExpired(world, unit, host)) {
      if (unit.managed && unit.histories.get(index)?.some(isDated) === true) {
        clearFailCount(world, unit, host, `the failures of ${unit.configId} have expired`);
      }
      continue;
    }
    if (unit.removed || !unit.managed || !hasOutdatedFailure(world, unit, host)) continue;
    const reason = `the parameters of ${unit.configId} changed since it failed`;
    clearFailCount(world, unit, host, reason);
  }
}

/** Expiry is told from operations whose time is known: without any, counts are left as they are. */
const isDated = ({ operations }: ResourceHistory): boolean =>
  operations.some(({ lastChangeAt }) => lastChangeAt !== undefined);

function clearFailCount(world: World, unit: Unit, host: Host, reason: string): Action {
  const action = world.actions.once(`${unit.index} clear-failcount ${host.index}`, () =>
    world.actions.add({ unit, host, task: 'clear-failcount' }),
  );
  const remote = unit.connectionOf;
  if (remote !== undefined) {
    // What failed of the connection is forgotten once the node is reset, and before the next attempt.
    if (remote.kind === 'remote') world.afterFencing.push({ action, host: remote });
    for (const start of world.actions.ofTask(unit, 'start')) {
      world.actions.relate(action, start, KIND.order);
    }
  }
  return demand(action, reason);
}
