/** Results of operations in words. */
import { exitCodeWords } from '../model/exit-code.ts';
import type { OperationRecord } from '../model/picture.ts';

/** "exited 1 (error)", "timed out after 3 s" … */
export function recordText(record: OperationRecord): string {
  if (record.status === 'timeout') {
    const { durationMs } = record;
    return durationMs === undefined ? 'timed out' : `timed out after ${secondsText(durationMs)}`;
  }
  if (record.status === 'cancelled') return 'was cancelled';
  const words = exitCodeWords(record.exitCode);
  return `exited ${record.exitCode}${words === undefined ? '' : ` (${words})`}`;
}

const secondsText = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

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
