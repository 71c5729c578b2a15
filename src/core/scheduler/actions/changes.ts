/** What changed parameters and operations call for: restarts, reloads, monitors run anew or ended. */
import type { ChangeMap, Changes } from '../digests/changes.ts';
import { rerunKey } from '../digests/changes.ts';
import { FLAG, KIND } from '../ordering/table.ts';
import { ROLE } from '../world.ts';
import type { Unit, World } from '../world.ts';
import { addCancel } from './monitors.ts';
import { demand, findOperation, operation } from './operations.ts';

export function applyChanges(world: World, changes: ChangeMap): void {
  for (const [unit, found] of changes) {
    applyRestart(world, unit, found);
    applyReload(world, unit, found);
    applyRerun(world, unit, found);
    // The stop of what shall not run anywhere ends its monitors.
    const isStopped = unit.assigned === undefined || unit.nextRole === ROLE.stopped;
    if (isStopped && (unit.managed || unit.targetRole === ROLE.stopped)) continue;
    for (const { host, name, intervalMs, reason } of found.cancel) {
      const cancel = addCancel(world, unit, host, name, intervalMs);
      demand(cancel, reason);
      for (const stop of world.actions.ofTask(unit, 'stop')) {
        // Nobody waits for the stop that ends a live migration to end a monitor.
        world.actions.relate(stop, cancel, KIND.loose);
      }
    }
  }
}

function applyRestart(world: World, unit: Unit, found: Changes): void {
  if (!unit.managed || found.restart === undefined) return;
  for (const start of world.actions.ofTask(unit, 'start')) demand(start, found.restart);
}

/** A reload only where the resource stays as it is; a restart makes it superfluous. */
function applyReload(world: World, unit: Unit, found: Changes): void {
  const host = found.reload;
  if (host === undefined || found.restart !== undefined || !unit.managed) return;
  if (unit.failed || unit.assigned !== host || unit.nextRole === ROLE.stopped) return;
  const start = findOperation(world, unit, 'start', host);
  // A start under way may have the old parameters: only what runs can take others over.
  if (start !== undefined && unit.pendingTask === 'start' && unit.pendingOn === host) {
    demand(start, `the parameters of ${unit.configId} changed while it was starting`);
    return;
  }
  // What is demoted gets its parameters then.
  if (unit.role === ROLE.promoted && unit.nextRole !== ROLE.promoted) return;
  const reload = operation(world, unit, 'reload', host);
  reload.reason = `the parameters of ${unit.configId} changed, and its agent can take them over`;
  world.unlessRestarted.push({ action: reload, start });
  const stop = findOperation(world, unit, 'stop', host);
  if (stop !== undefined) world.actions.relate(reload, stop, KIND.order);
  const demote = findOperation(world, unit, 'demote', host);
  if (demote !== undefined) world.actions.relate(reload, demote, KIND.order);
}

function applyRerun(world: World, unit: Unit, found: Changes): void {
  const host = unit.assigned;
  if (host === undefined || (unit.nextRole ?? ROLE.stopped) === ROLE.stopped) return;
  for (const action of world.actions.ofUnit(unit)) {
    if (action.intervalMs === 0 || action.host !== host || action.task === 'cancel') continue;
    if (!found.rerun.has(rerunKey(action.task, action.intervalMs, host))) continue;
    demand(action, `the parameters of ${unit.configId} changed`);
    action.flags &= ~FLAG.hidden;
  }
}

/** A reload waits for the probes of the resource; its monitors wait for the reload. */
export function orderReloads(world: World): void {
  for (const reload of world.actions.actions.slice()) {
    if (reload.task !== 'reload' || reload.unit === undefined) continue;
    for (const action of world.actions.ofUnit(reload.unit)) {
      if (action.task !== 'monitor') continue;
      if (action.intervalMs > 0) world.actions.relate(reload, action, KIND.order);
      else world.actions.relate(action, reload, KIND.order);
    }
  }
}
