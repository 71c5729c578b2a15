/** Failures that happened with other parameters than those of today. */
import type { OperationRecord } from '../../model/picture.ts';
import { mayExpire } from '../history/failcounts.ts';
import { unitRecords } from '../history/records.ts';
import { changesAt, cloneOf, primitivesOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { compareRecordDigest } from './compare.ts';

/** The failure that is remembered there says nothing about the resource as it is configured now. */
export const hasOutdatedFailure = (world: World, unit: Unit, host: Host): boolean =>
  unitRecords(unit, host).some((record) => isOutdated(world, unit, host, record));

/** Of an anonymous clone any instance may have the history that tells of it. */
export function isFailureForgotten(world: World, unit: Unit, host: Host): boolean {
  const clone = cloneOf(unit);
  const parts =
    clone === undefined || unit.unique
      ? [unit]
      : primitivesOf(clone).filter(({ configId }) => configId === unit.configId);
  return parts.some((part) => part.managed && hasOutdatedFailure(world, part, host));
}

const isOutdated = (world: World, unit: Unit, host: Host, record: OperationRecord): boolean =>
  (record.operation === 'start' || record.operation === 'monitor') &&
  record.digest !== undefined &&
  record.id.includes('_last_failure_') &&
  !isOver(world, unit, host, record) &&
  compareRecordDigest(world, unit, host, record) !== 'same';

/** It counts no more, whatever it was made with. */
function isOver(world: World, unit: Unit, host: Host, { lastChangeAt }: OperationRecord): boolean {
  if (lastChangeAt === undefined || !mayExpire(unit, host)) return false;
  const end = lastChangeAt + unit.failureTimeoutMs;
  changesAt(world, end + 1);
  return world.nowMs > end;
}
