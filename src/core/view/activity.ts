/**
 * What one resource does on one node, read from its history there. For display: the scheduler has
 * its own, stricter reading.
 */
import type { WallMs } from '../model/ids.ts';
import type { OperationRecord, ResourceHistory } from '../model/picture.ts';
import { isFailure } from './outcome.ts';
import type { RoleView } from './types.ts';

export interface Activity {
  readonly state: 'running' | 'stopped' | 'failed' | 'unknown';
  readonly role?: RoleView;
  readonly since?: WallMs;
  /** The operation that is recorded as under way. */
  readonly pending?: string;
}

const NOTHING_KNOWN: Activity = { state: 'unknown' };

/** The operations in their order (call ids rise on a node), each one changing what is known. */
export function activityOf(history: ResourceHistory, promotable: boolean): Activity {
  const records = history.operations.toSorted((a, b) => position(a) - position(b));
  let activity = NOTHING_KNOWN;
  for (const record of records) activity = after(activity, record, promotable);
  return activity;
}

/** Pending ones carry call id -1 and are the newest. */
function position(record: OperationRecord): number {
  return record.callId < 0 ? Number.MAX_SAFE_INTEGER : record.callId;
}

function after(before: Activity, record: OperationRecord, promotable: boolean): Activity {
  if (record.status === 'pending') return { ...before, pending: record.operation };
  if (record.status === 'cancelled') return before;
  if (isFailure(record)) return changesState(record) ? failed(before, record) : before;
  switch (record.operation) {
    case 'monitor':
      return afterMonitor(before, record, promotable);
    case 'start':
    case 'migrate_from':
    case 'demote':
      return running(record, promotable ? 'Unpromoted' : 'Started');
    case 'promote':
      return running(record, 'Promoted');
    case 'stop':
    case 'migrate_to':
      return at({ state: 'stopped' }, record);
    default:
      return before;
  }
}

function afterMonitor(before: Activity, record: OperationRecord, promotable: boolean): Activity {
  if (record.exitCode === 8 || record.exitCode === 191) return stays(before, record, 'Promoted');
  if (record.exitCode === 0 || record.exitCode === 190) {
    return stays(before, record, promotable ? 'Unpromoted' : 'Started');
  }
  return at({ state: 'stopped' }, record);
}

/** A monitor that confirms what was known does not make it newer. */
function stays(before: Activity, record: OperationRecord, role: RoleView): Activity {
  return before.state === 'running' && before.role === role ? before : running(record, role);
}

function running(record: OperationRecord, role: RoleView): Activity {
  return at({ state: 'running', role }, record);
}

function failed(before: Activity, record: OperationRecord): Activity {
  const role = before.role === undefined ? {} : { role: before.role };
  return at({ state: 'failed', ...role }, record);
}

function at(activity: Activity, record: OperationRecord): Activity {
  const since = record.lastChangeAt ?? record.lastRunAt;
  return since === undefined ? activity : { ...activity, since };
}

function changesState(record: OperationRecord): boolean {
  return STATE_OPERATIONS.has(record.operation);
}

const STATE_OPERATIONS: ReadonlySet<string> = new Set([
  'start',
  'stop',
  'monitor',
  'promote',
  'demote',
  'migrate_to',
  'migrate_from',
]);
