/** Looking up records of a unit's history on a host. */
import type { OperationRecord } from '../../model/picture.ts';
import type { Host, Unit } from '../world.ts';

export function unitRecords(unit: Unit, host: Host): readonly OperationRecord[] {
  const histories = unit.histories.get(host.index) ?? [];
  return histories.length === 1
    ? (histories[0]?.operations ?? [])
    : histories.flatMap((history) => history.operations);
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
