/** Live migrations in the history: finished, half done, failed or interrupted. */
import type { OperationRecord, ResourceHistory } from '../../model/picture.ts';
import { ROLE } from '../world.ts';
import type { Host } from '../world.ts';
import { addActive } from './activity.ts';
import type { Replay } from './state.ts';

/** What a migrate_to that is the last word of its node means for both sides. */
export function settleMigration(replay: Replay): void {
  const migration = replay.migration;
  const name = migration?.record.migrateTarget;
  const target = name === undefined ? undefined : replay.world.hostByName.get(name);
  if (migration === undefined || target === replay.host) return;
  if (target === undefined) {
    // It left for a node that is none any more.
    if (migration.outcome === 'done' && name !== undefined) recover(replay);
    return;
  }
  const there = target.state?.history.find((entry) => entry.resource === replay.history.resource);
  switch (migration.outcome) {
    case 'done':
      settleDone(replay, migration.record, target, there);
      return;
    case 'failed':
      if (target.online && !hasNewerState(there, migration.record, undefined)) {
        replay.unit.foremost = target;
        activeThere(replay, target);
      }
      return;
    case 'pending':
      if (replay.host.unclean) replay.unit.dangling.push(target);
      return;
  }
}

function settleDone(
  replay: Replay,
  record: OperationRecord,
  target: Host,
  there: ResourceHistory | undefined,
): void {
  const { unit, host } = replay;
  const arrival = findArrival(there, record, host);
  if (hasNewerState(there, record, arrival)) {
    if (arrival?.exitCode === 0 && arrival.status !== 'pending') finish(replay);
    else if (arrival !== undefined) recover(replay);
    return;
  }
  if (arrival !== undefined && arrival.status !== 'pending') {
    if (arrival.exitCode === 0) finish(replay);
    else if (target.online) {
      // The one that is heard of first tells where else it may be.
      unit.foremost = host.index < target.index ? target : host;
      activeThere(replay, target);
    }
    return;
  }
  if (target.online && !target.unclean) {
    unit.partialTarget = target;
    unit.partialSource = host;
    activeThere(replay, target);
    return;
  }
  recover(replay);
}

function recover({ unit }: Replay): void {
  unit.failed = true;
  unit.stopNeeded = true;
}

/** Arrived: what is left on the source is only to be stopped. */
function finish(replay: Replay): void {
  replay.role = ROLE.stopped;
  replay.unit.dangling.push(replay.host);
}

function activeThere({ unit }: Replay, target: Host): void {
  addActive(unit, target);
  if (unit.role < ROLE.started) unit.role = ROLE.started;
}

/** After a stop on the source the resource may have arrived all the same. */
export function settleStoppedSource(replay: Replay, record: OperationRecord): void {
  const name = record.migrateTarget;
  const target = name === undefined ? undefined : replay.world.hostByName.get(name);
  if (target === undefined || target === replay.host || !target.online) return;
  const there = target.state?.history.find((entry) => entry.resource === replay.history.resource);
  if (there === undefined || findArrival(there, record, replay.host) !== undefined) return;
  if (record.lastChangeAt === undefined || hasNewerState(there, record, undefined)) return;
  replay.unit.partialTarget = target;
  activeThere(replay, target);
}

function findArrival(
  there: ResourceHistory | undefined,
  departure: OperationRecord,
  source: Host,
): OperationRecord | undefined {
  return there?.operations.find(
    (entry) =>
      entry.operation === 'migrate_from' &&
      entry.migrateSource === source.name &&
      !isOlder(entry, departure),
  );
}

const isOlder = (entry: OperationRecord, than: OperationRecord): boolean =>
  entry.lastChangeAt !== undefined &&
  than.lastChangeAt !== undefined &&
  entry.lastChangeAt < than.lastChangeAt;

/** Whether the target has done anything with the resource since. */
function hasNewerState(
  there: ResourceHistory | undefined,
  departure: OperationRecord,
  arrival: OperationRecord | undefined,
): boolean {
  // What is under way has no number yet: it is the newest.
  if (arrival?.status === 'pending') return false;
  return (there?.operations ?? []).some((entry) => {
    if (entry.intervalMs > 0 || entry.operation.startsWith('migrate')) return false;
    // A stop that has not ended has stopped nothing: what arrived is there.
    if (entry.operation === 'stop' && entry.status === 'pending') return false;
    if (arrival !== undefined) return entry.callId > arrival.callId;
    return (
      entry.lastChangeAt !== undefined &&
      departure.lastChangeAt !== undefined &&
      entry.lastChangeAt > departure.lastChangeAt
    );
  });
}
