/**
 * A stop that failed is followed by its containment: the processes of the service are killed, and
 * its monitor is asked (docs/decisions/containment.md). Here it is only done; what it proves is
 * decided by everybody alike, in cluster/containment.ts.
 */
import type { ReportedResult } from '../cluster/commands.ts';
import { OCF } from '../model/operation.ts';
import type { OperationOutcome, OperationRequest, OperationResult } from '../model/operation.ts';
import { PROCESSES_MAX, shortened } from './shortened.ts';
import type { ExecutorState, LocalOperation } from './types.ts';

/** How long the monitor may take; the killing has its own limit (agents/contain.ts). */
const MONITOR_TIMEOUT_MS = 20_000;

/** Undefined: it has not failed, or nothing can be done about it. */
export function beginContainment(
  executor: ExecutorState,
  operation: LocalOperation,
  reported: ReportedResult,
  mayBeContained: (request: OperationRequest) => boolean,
): ExecutorState | undefined {
  const { request } = operation;
  if (request.operation !== 'stop' || operation.failedStop !== undefined) return undefined;
  if (!hasFailed(reported.outcome) || !mayBeContained(request)) return undefined;
  const asked = request.timeoutMs === 0 ? MONITOR_TIMEOUT_MS : request.timeoutMs;
  const timeoutMs = Math.min(MONITOR_TIMEOUT_MS, asked);
  const next: LocalOperation = {
    ...operation,
    phase: 'queued',
    request: { ...request, operation: 'contain', timeoutMs },
    failedStop: reported,
  };
  return { ...executor, operations: { ...executor.operations, [operation.key]: next } };
}

/** Where nothing can be killed any more, and where no agent is, there is nothing to do. */
function hasFailed(outcome: OperationOutcome): boolean {
  switch (outcome.kind) {
    case 'exited':
      return outcome.exitCode !== OCF.ok && outcome.exitCode !== OCF.notRunning;
    case 'timed-out':
      return true;
    case 'unkillable':
    case 'not-run':
    case 'cancelled':
      return false;
  }
}

/** The stop as it ended, with what was seen since. */
export function withContainment(stop: ReportedResult, result: OperationResult): ReportedResult {
  const ended = {
    ...stop,
    callId: Number(result.operationId),
    durationMs: stop.durationMs + Math.max(0, Math.round(result.durationMs)),
  };
  const seen = result.containment;
  if (seen === undefined) return ended;
  const { monitor } = seen;
  return {
    ...ended,
    containment: {
      ...seen,
      left: seen.left.slice(0, PROCESSES_MAX),
      ...(monitor === undefined ? {} : { monitor: shortened(monitor) }),
    },
  };
}
