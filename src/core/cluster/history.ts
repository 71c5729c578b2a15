/**
 * Operation history of a node: the last run of each kind of operation, in the form that the
 * scheduler replays (Pacemaker Explained, "Operation History").
 */
import type { ResourceId, WallMs } from '../model/ids.ts';
import type { OperationOutcome } from '../model/operation.ts';
import { OCF } from '../model/operation.ts';
import type { OperationRecord, OperationStatus, ResourceHistory } from '../model/picture.ts';
import type { PlannedAction } from '../model/plan.ts';
import { outcomeReason } from './outcome.ts';

type Histories = Readonly<Record<string, ResourceHistory>>;

export interface EndedOperation {
  readonly name: ResourceId;
  readonly operation: string;
  readonly intervalMs: number;
  readonly outcome: OperationOutcome;
  readonly callId: number;
  readonly durationMs: number;
  readonly time: WallMs;
  /** The action it was, where the plan is still known: digests and expectations come from it. */
  readonly action: PlannedAction | undefined;
}

/** Adds what an operation's end says; earlier knowledge of the same kind gives way. */
export function recordOperation(histories: Histories, ended: EndedOperation): Histories {
  const old = histories[ended.name];
  const agent = ended.action?.agent ?? old?.agent;
  if (agent === undefined || ended.operation === 'notify') return histories;
  if (ended.operation === 'cancel') return forgetMonitor(histories, ended);
  const record = recordOf(ended, old);
  const kept = (old?.operations ?? []).filter((known) => !givesWay(known, record, ended));
  const failures: OperationRecord[] = isFailure(record, ended)
    ? [{ ...record, id: `${ended.name}_last_failure_0` }]
    : [];
  const operations = [...kept.filter((known) => !hasId(failures, known.id)), record, ...failures];
  return { ...histories, [ended.name]: { resource: ended.name, agent, operations } };
}

/** A monitor that does not repeat any more says nothing of the present. */
function forgetMonitor(histories: Histories, ended: EndedOperation): Histories {
  const old = histories[ended.name];
  if (old === undefined) return histories;
  const operations = old.operations.filter((known) => known.intervalMs !== ended.intervalMs);
  return { ...histories, [ended.name]: { ...old, operations } };
}

/** What the field writes where there is no exit code yet. */
const NOT_ENDED = 193;

/** Begun, and nobody knows how it ended (Pacemaker Explained, "Operation History": call -1). */
export function pendingRecord(
  id: string,
  operation: string,
  since: WallMs,
  action?: PlannedAction,
): OperationRecord {
  return {
    id,
    operation,
    intervalMs: 0,
    callId: -1,
    status: 'pending',
    exitCode: NOT_ENDED,
    lastChangeAt: since,
    ...migration(action),
  };
}

const hasId = (records: readonly OperationRecord[], id: string): boolean =>
  records.some((record) => record.id === id);

function givesWay(known: OperationRecord, record: OperationRecord, ended: EndedOperation): boolean {
  if (known.id === record.id) return true;
  // It runs here anew: what had been sent away before has come back, or was given up.
  if (known.operation === 'migrate_to' && isArrival(record)) return true;
  // What was stopped or has moved away has no recurring monitors there any more: the executor
  // forgets them when it begins (executor/run.ts), so they must be planned again.
  const ends = ended.operation === 'stop' || ended.operation === 'migrate_to';
  return (ends || ended.operation === 'start') && known.intervalMs > 0;
}

const isArrival = ({ operation, status }: OperationRecord): boolean =>
  status === 'done' && (operation === 'start' || operation === 'migrate_from');

function recordOf(ended: EndedOperation, old: ResourceHistory | undefined): OperationRecord {
  const id = recordId(ended);
  const before = old?.operations.find((known) => known.id === id);
  const planned = ended.action?.operation;
  const expected = planned?.expectedExitCode ?? before?.expectedExitCode ?? OCF.ok;
  const digest = planned?.digest ?? before?.digest;
  const status = statusOf(ended, expected);
  if (isReload(ended) && status.status === 'done' && before !== undefined) {
    // A reload changes parameters, not the role: what was known stays, with the new digests.
    return {
      ...before,
      callId: ended.callId,
      ...restartDigests(planned ?? before),
      ...(digest === undefined ? {} : { digest }),
    };
  }
  return {
    id,
    operation: ended.operation,
    intervalMs: ended.intervalMs,
    callId: ended.callId,
    ...status,
    expectedExitCode: expected,
    lastChangeAt: ended.time,
    lastRunAt: ended.time,
    durationMs: ended.durationMs,
    exitReason: outcomeReason(ended.outcome),
    ...(digest === undefined ? {} : { digest }),
    ...restartDigests(planned ?? before),
    ...migration(ended.action),
  };
}

/** What was sent to another node stays known beside what was done here since: it may have arrived. */
function recordId(ended: EndedOperation): string {
  if (ended.operation === 'migrate_to') return `${ended.name}_migrate_to_0`;
  return ended.intervalMs === 0
    ? `${ended.name}_last_0`
    : `${ended.name}_${ended.operation}_${ended.intervalMs}`;
}

const isReload = (ended: EndedOperation): boolean =>
  ended.operation === 'reload' || ended.operation === 'reload-agent';

type Digests = Pick<
  OperationRecord,
  'restartDigest' | 'forceRestart' | 'secureDigest' | 'secureParameters'
>;

function restartDigests(from: Digests | undefined): Digests {
  return {
    ...(from?.restartDigest === undefined ? {} : { restartDigest: from.restartDigest }),
    ...(from?.forceRestart === undefined ? {} : { forceRestart: from.forceRestart }),
    ...(from?.secureDigest === undefined ? {} : { secureDigest: from.secureDigest }),
    ...(from?.secureParameters === undefined ? {} : { secureParameters: from.secureParameters }),
  };
}

function migration(
  action: PlannedAction | undefined,
): Pick<OperationRecord, 'migrateSource' | 'migrateTarget'> {
  return {
    ...(action?.migrateSource === undefined ? {} : { migrateSource: action.migrateSource }),
    ...(action?.migrateTarget === undefined ? {} : { migrateTarget: action.migrateTarget }),
  };
}

/** Status and exit code of the history entry; a stop that could not be ended is a failed stop. */
function statusOf(
  ended: EndedOperation,
  expected: number,
): { readonly status: OperationStatus; readonly exitCode: number } {
  switch (ended.outcome.kind) {
    case 'exited':
      return exitedStatus(ended, expected, ended.outcome.exitCode);
    case 'timed-out':
      return { status: 'timeout', exitCode: OCF.error };
    case 'unkillable':
      return { status: 'timeout', exitCode: OCF.error };
    case 'not-run':
      return { status: 'error', exitCode: ended.outcome.exitCode };
    case 'cancelled':
      return { status: 'cancelled', exitCode: OCF.error };
  }
}

function exitedStatus(
  ended: EndedOperation,
  expected: number,
  exitCode: number,
): { readonly status: OperationStatus; readonly exitCode: number } {
  const answered = endedAs(ended, expected) || (isProbe(ended) && isProbeAnswer(exitCode));
  return { status: answered ? 'done' : 'error', exitCode };
}

const isProbe = (ended: EndedOperation): boolean =>
  ended.operation === 'monitor' && ended.intervalMs === 0;

function isProbeAnswer(exitCode: number): boolean {
  const answer = withoutDegraded(exitCode);
  return answer === OCF.ok || answer === OCF.notRunning || answer === OCF.promoted;
}

/** A failure is remembered apart, so that a later success does not hide it until it is cleaned up. */
function isFailure(record: OperationRecord, ended: EndedOperation): boolean {
  return record.status !== 'done' && record.status !== 'cancelled' && ended.operation !== 'notify';
}

/**
 * Whether an operation ended as it was expected to. Degraded counts as running (190 as 0, 191 as 8);
 * a stop that finds nothing to stop has done its work; a monitor that the agent does not know says
 * nothing; what an agent answers to a notification does not matter (OCF Resource Agent API 1.1,
 * "Return codes"; Pacemaker Explained, "Clone Notifications").
 */
export function endedAs(
  ended: Pick<EndedOperation, 'operation' | 'intervalMs' | 'outcome'>,
  expected: number,
): boolean {
  if (ended.operation === 'notify') return true;
  if (ended.outcome.kind !== 'exited') return false;
  const exitCode = withoutDegraded(ended.outcome.exitCode);
  if (exitCode === withoutDegraded(expected)) return true;
  if (ended.operation === 'stop') return exitCode === OCF.notRunning;
  return isRecurring(ended) && exitCode === OCF.unimplemented;
}

function withoutDegraded(exitCode: number): number {
  if (exitCode === OCF.degraded) return OCF.ok;
  return exitCode === OCF.promotedDegraded ? OCF.promoted : exitCode;
}

const isRecurring = (ended: Pick<EndedOperation, 'operation' | 'intervalMs'>): boolean =>
  ended.operation === 'monitor' && ended.intervalMs > 0;
