/** What the order takes is limited (cluster/shapes). */
import type { OperationOutcome } from '../model/operation.ts';

const REASON_CHARS_MAX = 1000;
export const PROCESSES_MAX = 100;

export function shortened(outcome: OperationOutcome): OperationOutcome {
  switch (outcome.kind) {
    case 'exited':
      return { ...outcome, exitReason: outcome.exitReason.slice(0, REASON_CHARS_MAX) };
    case 'not-run':
      return { ...outcome, reason: outcome.reason.slice(0, REASON_CHARS_MAX) };
    case 'unkillable':
      return { ...outcome, processes: outcome.processes.slice(0, PROCESSES_MAX) };
    case 'timed-out':
    case 'cancelled':
      return outcome;
  }
}
