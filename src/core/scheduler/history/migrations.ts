/** Live migrations in the history: finished, half done, or interrupted. */
import type { OperationRecord, ResourceHistory } from '../../model/picture.ts';
import { cloneOf, ROLE } from '../world.ts';
import type { Host } from '../world.ts';
import { addActive } from './activity.ts';
import type { Replay } from './replay.ts';

/** On the target: the resource has arrived; the source still has to be stopped. */
export function replayMigrateFrom(replay: Replay, _record: OperationRecord): void {
  const promotable = cloneOf(replay.unit)?.clone?.promotable === true;
  replay.role = promotable ? ROLE.unpromoted : ROLE.started;
}

/**
 * On the source: migrate_to is done. With migrate_from done on the target too only the stop here is
 * left; with none yet the migration is half done and may be continued; with a failed one the
 * resource may be on both.
 */
export function replayMigrateTo(replay: Replay, record: OperationRecord): void {
  const { world, unit, host } = replay;
  const target = record.migrateTarget === undefined ? undefined : world.hostByName.get(record.migrateTarget);
  if (target === undefined) {
    replay.role = ROLE.stopped;
    return;
  }
  const there = target.state?.history.find((entry) => entry.resource === replay.history.resource);
  if (stateAfter(there, record) === 'newer') {
    replay.role = ROLE.stopped;
    return;
  }
  const arrival = there?.operations.find(
    (entry) => entry.operation === 'migrate_from' && entry.migrateSource === host.name,
  );
  if (arrival !== undefined && arrival.status !== 'pending') {
    arrived(replay, record, arrival, target);
    return;
  }
  replay.role = ROLE.started;
  if (target.online) {
    unit.partialTarget = target;
    unit.partialSource = host;
    addActive(world, unit, target);
    unit.role = unit.role < ROLE.started ? ROLE.started : unit.role;
    return;
  }
  unit.failed = true;
  unit.stopNeeded = true;
}

function arrived(
  replay: Replay,
  _record: OperationRecord,
  arrival: OperationRecord,
  target: Host,
): void {
  const { world, unit, host } = replay;
  if (arrival.exitCode === 0) {
    replay.role = ROLE.started;
    unit.dangling.push(host);
    replay.role = host.unclean || !host.online ? ROLE.started : ROLE.started;
    return;
  }
  replay.role = ROLE.started;
  if (target.online) addActive(world, unit, target);
}

/** Whether the target's history says something that happened after this migrate_to. */
function stateAfter(
  history: ResourceHistory | undefined,
  record: OperationRecord,
): 'newer' | 'older' {
  for (const entry of history?.operations ?? []) {
    if (entry.operation === 'monitor' && entry.intervalMs > 0) continue;
    if (entry.operation === 'migrate_from') continue;
    const later = (entry.lastChangeAt ?? 0) > (record.lastChangeAt ?? 0);
    if (later && (entry.operation === 'stop' || entry.operation === 'start')) return 'newer';
  }
  return 'older';
}
