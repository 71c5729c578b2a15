/** What one record of the history says: done, failed, pending or nothing. */
import type { OperationRecord } from '../../model/picture.ts';
import { changesAt } from '../world.ts';
import { effectiveFailCount, failuresExpired, mayExpire } from './failcounts.ts';
import type { Replay } from './state.ts';

export interface Judgement {
  readonly kind: 'done' | 'failed' | 'pending' | 'ignored';
  readonly exitCode: number;
}

/**
 * The exit code decides where the status leaves it open: as expected → done. Probes that find the
 * resource running or stopped are never failures. 190/191 (degraded) count as 0/8.
 */
export function judge(replay: Replay, record: OperationRecord): Judgement {
  const exitCode = normalExit(record.exitCode);
  if (record.status === 'pending') return { kind: 'pending', exitCode };
  if (record.status === 'not-supported' && record.intervalMs > 0)
    return { kind: 'ignored', exitCode };
  const kind = isFailure(replay, record, exitCode) ? 'failed' : 'done';
  if (kind === 'failed' && isExpired(replay, record)) {
    replay.unit.expiredRecords.add(record);
    // As if it had not been: what a probe failed to find out is asked again.
    return { kind: 'ignored', exitCode };
  }
  return { kind, exitCode };
}

function normalExit(exitCode: number): number {
  if (exitCode === 190) return 0;
  return exitCode === 191 ? 8 : exitCode;
}

/** `status` is the old name of `monitor`. */
const PROBES = new Set(['monitor', 'status']);

function isFailure(replay: Replay, record: OperationRecord, exitCode: number): boolean {
  if (record.status !== 'done' && record.status !== 'error') return true;
  const probe = PROBES.has(record.operation) && record.intervalMs === 0;
  if (probe) return exitCode !== 0 && exitCode !== 7 && exitCode !== 8;
  const expected = record.expectedExitCode ?? 0;
  if (exitCode === expected) return false;
  if (exitCode === 7 && record.operation === 'stop') return false;
  // Not what a failure elsewhere has made of it: that must not depend on which node is read first.
  if (exitCode === 7 && !replay.unit.wantedManaged) return false;
  if (record.expectedExitCode === undefined || record.expectedExitCode < 0) return exitCode !== 0;
  return true;
}

/** Older than the failure timeout, and no fail count says that it failed again since. */
function isExpired(replay: Replay, record: OperationRecord): boolean {
  const { world, unit, host } = replay;
  const remote = unit.connectionOf;
  if (remote !== undefined) {
    const fenced = remote.remoteFenced || remote.kind === 'guest' || !world.options.fencing;
    return fenced && failuresExpired(world, unit, host);
  }
  const failedAt = record.lastChangeAt;
  if (!mayExpire(unit, host) || failedAt === undefined) return false;
  const end = failedAt + unit.failureTimeoutMs;
  changesAt(world, end);
  return world.nowMs >= end && effectiveFailCount(world, unit, host) === 0;
}
