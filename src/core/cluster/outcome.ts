/** Outcomes in words. */
import type { OperationOutcome } from '../model/operation.ts';

/** OCF Resource Agent API 1.1, "Return codes". */
const EXIT_WORDS: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'error',
  2: 'invalid parameters',
  3: 'unimplemented operation',
  4: 'insufficient privileges',
  5: 'not installed',
  6: 'not configured',
  7: 'not running',
  8: 'promoted',
  9: 'promoted and failed',
  190: 'ok, degraded',
  191: 'promoted, degraded',
};

/** "failed: not installed (exit 5)", "timed out" … */
export function outcomeText(outcome: OperationOutcome): string {
  switch (outcome.kind) {
    case 'exited': {
      const words = EXIT_WORDS[outcome.exitCode] ?? 'unknown answer';
      return outcome.exitCode === 0 ? 'ok' : `${words} (exit ${outcome.exitCode})`;
    }
    case 'timed-out':
      return 'timed out';
    case 'unkillable':
      return `timed out and could not be killed (processes ${outcome.processes.join(', ')})`;
    case 'not-run':
      return `could not be run: ${outcome.reason}`;
    case 'cancelled':
      return 'cancelled';
  }
}

/** The agent's own words on why it failed, or the outcome in words. */
export function outcomeReason(outcome: OperationOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return outcome.exitReason;
    case 'not-run':
      return outcome.reason;
    case 'timed-out':
    case 'unkillable':
    case 'cancelled':
      return outcomeText(outcome);
  }
}
