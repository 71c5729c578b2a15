/** What a history says of a resource: does it run there, or may it? */
import { OCF } from '../model/operation.ts';
import type { OperationRecord, ResourceHistory } from '../model/picture.ts';

/** Known to run: the last word that speaks of its state says so. */
export function isActive(history: ResourceHistory | undefined): boolean {
  return activity(history) === 'active';
}

/**
 * - `inactive`: a confirmed stop or a probe that found nothing is the last word.
 * - `active`: a start or monitor that found it.
 * - `uncertain`: never probed, or the last word is a failure that leaves it open.
 */
export function activity(
  history: ResourceHistory | undefined,
): 'active' | 'inactive' | 'uncertain' {
  const last = lastWord(history);
  if (last === undefined) return 'uncertain';
  if (last.status === 'pending') return 'uncertain';
  if (last.operation === 'monitor') return monitorSays(last);
  if (last.status !== 'done') return 'uncertain';
  return last.operation === 'stop' || last.operation === 'migrate_to' ? 'inactive' : 'active';
}

/** The newest entry that speaks of the resource's state; one that is pending is the newest. */
export function lastWord(
  history: ResourceHistory | undefined,
  speaks: (entry: OperationRecord) => boolean = () => true,
): OperationRecord | undefined {
  let last: OperationRecord | undefined;
  for (const entry of history?.operations ?? []) {
    if (entry.status === 'cancelled' || entry.operation === 'notify' || !speaks(entry)) continue;
    const newer = last === undefined || isLater(entry, last);
    if (newer) last = entry;
  }
  return last;
}

function isLater(left: OperationRecord, right: OperationRecord): boolean {
  if (left.status === 'pending') return true;
  return right.status !== 'pending' && left.callId > right.callId;
}

function monitorSays(last: OperationRecord): 'active' | 'inactive' | 'uncertain' {
  if (last.exitCode === OCF.notRunning) return 'inactive';
  const runs = [OCF.ok, OCF.promoted, OCF.degraded, OCF.promotedDegraded];
  if ((runs as readonly number[]).includes(last.exitCode)) return 'active';
  return last.exitCode === OCF.notInstalled && last.intervalMs === 0 ? 'inactive' : 'uncertain';
}
