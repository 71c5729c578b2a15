/** Looking up records of a unit's history on a host. */
import type { OperationRecord } from '../../model/picture.ts';
import type { Host, Unit } from '../world.ts';

export function unitRecords(unit: Unit, host: Host): readonly OperationRecord[] {
  const histories = unit.histories.get(host.index) ?? [];
  return histories.length === 1
    ? (histories[0]?.operations ?? [])
    : histories.flatMap((history) => history.operations);
}

/** Call id since which operations speak of the present run: its start, else its last promotion. */
export function activeSince(unit: Unit, host: Host): number {
  let started = -1;
  let changed = -1;
  for (const { operation, callId, intervalMs } of unitRecords(unit, host)) {
    if (intervalMs > 0) continue;
    if (operation === 'start' || operation === 'migrate_from') started = Math.max(started, callId);
    if (operation === 'promote' || operation === 'demote') changed = Math.max(changed, callId);
    // The monitors of the role have ended before it is given up.
    if (operation === 'demote' && callId < 0) changed = Number.MAX_SAFE_INTEGER;
  }
  return started >= 0 ? started : changed;
}

/** The latest record of an operation that was not cancelled; undefined: it never ran there. */
export function findUnitHistory(
  unit: Unit,
  host: Host,
  operation: string,
  intervalMs: number,
): OperationRecord | undefined {
  let found: OperationRecord | undefined;
  for (const record of unitRecords(unit, host)) {
    if (record.operation !== operation || record.intervalMs !== intervalMs) continue;
    if (record.id.includes('_last_failure_')) continue;
    if (found === undefined || record.callId > found.callId || record.callId < 0) found = record;
  }
  return found;
}

/** The list itself where it is in order already, as most histories are: no copy is made then. */
export function inOrder(
  records: readonly OperationRecord[],
  compare: (left: OperationRecord, right: OperationRecord) => number,
): readonly OperationRecord[] {
  let before: OperationRecord | undefined;
  for (const record of records) {
    if (before !== undefined && compare(before, record) > 0) return records.toSorted(compare);
    before = record;
  }
  return records;
}
