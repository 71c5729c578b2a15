/** Fail counts in transient node attributes, their expiry, and the ban that follows from them. */
import { addScores } from '../../model/score.ts';
import { readInteger, readScore } from '../values/text.ts';
import { changesAt, cloneOf } from '../world.ts';
import { unitRecords } from './records.ts';
import type { Host, Unit, World } from '../world.ts';

export interface FailCount {
  readonly count: number;
  readonly lastFailureMs: number;
}

interface HostCounts {
  readonly counts: Map<string, number>;
  readonly last: Map<string, number>;
}

const cache = new WeakMap<World, Map<number, HostCounts>>();

/** Fail counts of a host by resource name, read once: `fail-count-RSC#OP_INTERVAL`. */
function hostCounts(world: World, host: Host): HostCounts {
  let byHost = cache.get(world);
  if (byHost === undefined) {
    byHost = new Map<number, HostCounts>();
    cache.set(world, byHost);
  }
  let found = byHost.get(host.index);
  if (found === undefined) {
    found = readCounts(host);
    byHost.set(host.index, found);
  }
  return found;
}

function readCounts(host: Host): HostCounts {
  const counts = new Map<string, number>();
  const last = new Map<string, number>();
  for (const [name, value] of host.attributes) {
    const match = /^(fail-count|last-failure)-(.+?)(?:#.*)?$/.exec(name);
    if (match === null) continue;
    const resource = match[2] ?? '';
    if (match[1] === 'fail-count') {
      counts.set(resource, addScores(counts.get(resource) ?? 0, readScore(value)));
    } else {
      last.set(resource, Math.max(last.get(resource) ?? 0, readInteger(value) ?? 0));
    }
  }
  return { counts, last };
}

/**
 * Failures of a unit on a host. Instances of anonymous clones share theirs under the bare name;
 * historic names with a number count too.
 */
export function failCount(world: World, unit: Unit, host: Host): FailCount {
  const { counts, last } = hostCounts(world, host);
  if (counts.size === 0) return NONE;
  let count = 0;
  let lastFailureMs = 0;
  for (const name of failNames(unit, counts)) {
    count = addScores(count, counts.get(name) ?? 0);
    lastFailureMs = Math.max(lastFailureMs, (last.get(name) ?? 0) * 1000);
  }
  for (const filler of unit.fillers) {
    const inner = counts.get(filler.configId) ?? 0;
    if (inner > 0) count = addScores(count, inner);
  }
  return { count, lastFailureMs };
}

const NONE: FailCount = { count: 0, lastFailureMs: 0 };

function failNames(unit: Unit, counts: ReadonlyMap<string, number>): readonly string[] {
  const clone = cloneOf(unit);
  if (clone === undefined) return [unit.configId];
  if (unit.unique) return [unit.id];
  const names = [unit.configId];
  for (const name of counts.keys()) {
    if (name.startsWith(`${unit.configId}:`) && /:\d+$/.test(name)) names.push(name);
  }
  return names;
}

/** Whether all failures of the unit on the host are older than `failure-timeout`. */
export function failuresExpired(world: World, unit: Unit, host: Host): boolean {
  const { count, lastFailureMs } = failCount(world, unit, host);
  if (count <= 0 || lastFailureMs <= 0 || !mayExpire(unit, host)) return false;
  const end = lastFailureMs + unit.failureTimeoutMs;
  changesAt(world, end + 1);
  return world.nowMs > end;
}

/** Fail count that matters now: 0 once the failures have expired. */
export function effectiveFailCount(world: World, unit: Unit, host: Host): number {
  const { count } = failCount(world, unit, host);
  if (count <= 0) return 0;
  return failuresExpired(world, unit, host) ? 0 : count;
}

export const mayExpire = (unit: Unit, host: Host): boolean =>
  unit.failureTimeoutMs > 0 && !hasBlockingFailure(unit, host);

/** A failed operation with on-fail=block never expires: only an administrator ends the block. */
function hasBlockingFailure(unit: Unit, host: Host): boolean {
  const blocking = (unit.definition?.operations ?? []).filter(
    (operation) => operation.attributes['on-fail'] === 'block',
  );
  if (blocking.length === 0) return false;
  return unitRecords(unit, host).some(
    (record) =>
      record.exitCode !== 0 &&
      record.exitCode !== (record.expectedExitCode ?? 0) &&
      blocking.some(
        (operation) =>
          operation.name === record.operation && operation.intervalMs === record.intervalMs,
      ),
  );
}

/** A threshold of 0 never bans; without one only a fail count of INFINITY does. */
export const isBanningCount = (unit: Unit, count: number): boolean =>
  unit.migrationThreshold !== 0 && count > 0 && count >= unit.migrationThreshold;
