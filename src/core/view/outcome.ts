/** Results of operations in words. */
import type { OperationRecord } from '../model/picture.ts';

/** OCF Resource Agent API 1.1, "Return codes"; 190 and 191 are Pacemaker's extension. */
const EXIT_CODE_TEXT: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'error',
  2: 'invalid parameters',
  3: 'not implemented',
  4: 'insufficient privileges',
  5: 'not installed',
  6: 'not configured',
  7: 'not running',
  8: 'running as promoted',
  9: 'failed as promoted',
  190: 'running, degraded',
  191: 'promoted, degraded',
};

/** "exited 1 (error)", "timed out", … */
export function recordText(record: OperationRecord): string {
  if (record.status === 'timeout') return 'timed out';
  if (record.status === 'cancelled') return 'was cancelled';
  const meaning = EXIT_CODE_TEXT[record.exitCode];
  return `exited ${record.exitCode}${meaning === undefined ? '' : ` (${meaning})`}`;
}

/** Did it fail? A probe that finds nothing, or no agent to look with, has not failed. */
export function isFailure(record: OperationRecord): boolean {
  if (record.status === 'pending' || record.status === 'cancelled') return false;
  if (record.status === 'timeout') return true;
  switch (record.exitCode) {
    case 0:
    case 190:
      return record.expectedExitCode === 8 && record.operation === 'monitor';
    case 8:
    case 191:
      return record.operation !== 'monitor';
    case 7:
      return record.operation !== 'monitor' || record.intervalMs > 0;
    case 5:
    case 6:
      return record.operation !== 'monitor' || record.intervalMs > 0;
    default:
      return true;
  }
}
