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
  const record = recordOf(ended, old);
  const kept = (old?.operations ?? []).filter((known) => !givesWay(known, record, ended));
  const failures: OperationRecord[] = isFailure(record, ended)
    ? [{ ...record, id: `${ended.name}_last_failure_0` }]
    : [];
  const operations = [...kept.filter((known) => !hasId(failures, known.id)), record, ...failures];
  return { ...histories, [ended.name]: { resource: ended.name, agent, operations } };
}

const hasId = (records: readonly OperationRecord[], id: string): boolean =>
  records.some((record) => record.id === id);

function givesWay(known: OperationRecord, record: OperationRecord, ended: EndedOperation): boolean {
  if (known.id === record.id) return true;
  // A stopped resource has no recurring monitors any more, and its old failures are settled.
  const stopped = ended.operation === 'stop' && record.status === 'done';
  return stopped && known.intervalMs > 0;
}

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

function recordId(ended: EndedOperation): string {
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
  const answered = exitCode === expected || (isProbe(ended) && isProbeAnswer(exitCode));
  return { status: answered ? 'done' : 'error', exitCode };
}

const isProbe = (ended: EndedOperation): boolean =>
  ended.operation === 'monitor' && ended.intervalMs === 0;

const isProbeAnswer = (exitCode: number): boolean =>
  exitCode === OCF.ok || exitCode === OCF.notRunning || exitCode === OCF.promoted;

/** A failure is remembered apart, so that a later success does not hide it until it is cleaned up. */
function isFailure(record: OperationRecord, ended: EndedOperation): boolean {
  return record.status !== 'done' && record.status !== 'cancelled' && ended.operation !== 'notify';
}

/** Whether an operation ended as its plan expected. */
export function endedAsExpected(action: PlannedAction, outcome: OperationOutcome): boolean {
  return (
    outcome.kind === 'exited' && outcome.exitCode === (action.operation?.expectedExitCode ?? OCF.ok)
  );
}
