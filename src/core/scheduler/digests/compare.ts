/** Parameters as they were when operations ran, against parameters as they are now. */
import { isSameAgent } from '../../model/operation.ts';
import type { OperationRecord } from '../../model/picture.ts';
import { effectiveOperation, findOperation } from '../configuration/operations.ts';
import { isTrue } from '../values/text.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';
import { inOrder, unitRecords } from '../history/records.ts';
import { changesOf, rerunKey } from './changes.ts';
import type { CancelChange, ChangeMap } from './changes.ts';
import { digestOf, operationDigest, restricted, without } from './parameters.ts';
import { reunfenceChanged } from './unfencing.ts';

export function compareDigests(world: World): ChangeMap {
  const changes: ChangeMap = new Map();
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || unit.histories.size === 0) continue;
    for (const hostIndex of unit.histories.keys()) {
      const host = world.hosts[hostIndex];
      if (host !== undefined) compareOnHost(world, unit, host, changes);
    }
  }
  reunfenceChanged(world, changes);
  return changes;
}

function compareOnHost(world: World, unit: Unit, host: Host, changes: ChangeMap): void {
  if (!host.online || host.unclean || host.held) return;
  // Everything leaves such a node, unless nothing is changed there.
  if ((host.standby || host.shutdown) && !host.maintenance) return;
  // What is not known there yet is looked for again, and that is the history's end.
  if (!unit.removed && unit.knownOn.has(host.index) && agentChanged(unit, host)) {
    const speaker = speakerOf(unit);
    if (speaker !== undefined) changesOf(changes, speaker).forget.push(host);
    if (speaker === unit && unit.activeOn.includes(host)) {
      changesOf(changes, unit).restart = `the agent of ${unit.configId} is another one now`;
    }
  }
  if (unit.removed || unit.role <= ROLE.stopped || !unit.activeOn.includes(host)) return;
  for (const record of currentRecords(unit, host))
    compareRecord(world, unit, host, record, changes);
}

/**
 * Who has a history deleted: not what failed or is not managed. But an anonymous clone's history has
 * no number, so that any other instance that runs well speaks for it.
 */
function speakerOf(unit: Unit): Unit | undefined {
  const isSound = ({ managed, failed }: Unit): boolean => managed && !failed;
  if (isSound(unit)) return unit;
  const clone = cloneOf(unit);
  if (clone === undefined || unit.unique) return undefined;
  return primitivesOf(clone).find(
    (part) => part.configId === unit.configId && isSound(part) && part.activeOn.length > 0,
  );
}

/** The history there is that of another agent under the same name. */
export function agentChanged(unit: Unit, host: Host): boolean {
  const agent = unit.definition?.agent;
  return (unit.histories.get(host.index) ?? []).some(
    ({ agent: known }) => agent !== undefined && !isSameAgent(known, agent),
  );
}

/** Records since the resource was last started there; what came before says nothing any more. */
function currentRecords(unit: Unit, host: Host): readonly OperationRecord[] {
  const sorted = inOrder(unitRecords(unit, host), (a, b) => order(a) - order(b));
  let start = -1;
  sorted.forEach((record, position) => {
    const { operation } = record;
    if (record.status !== 'done' && record.status !== 'error' && operation !== 'start') return;
    if (record.id.includes('_last_failure_')) return;
    if (operation === 'start' || operation === 'migrate_from') start = position;
    else if (operation === 'promote' || operation === 'demote') start = Math.max(start, 0);
  });
  return start <= 0 ? sorted : sorted.slice(start);
}

const order = (record: OperationRecord): number =>
  record.callId < 0 ? Number.MAX_SAFE_INTEGER : record.callId;

function compareRecord(
  world: World,
  unit: Unit,
  host: Host,
  record: OperationRecord,
  changes: ChangeMap,
): void {
  const { operation, intervalMs } = record;
  if (intervalMs > 0) {
    compareRecurring(world, unit, host, record, changes);
    return;
  }
  const once = operation === 'start' || operation === 'promote' || operation === 'migrate_from';
  if (!once && operation !== 'monitor') return;
  const verdict = compareRecordDigest(world, unit, host, record);
  if (verdict === 'same' || verdict === 'unknown-monitor') return;
  const found = changesOf(changes, unit);
  found.outdated.add(host);
  if (verdict === 'reload') found.reload ??= host;
  else found.restart ??= `the parameters of ${unit.configId} changed`;
}

function compareRecurring(
  world: World,
  unit: Unit,
  host: Host,
  record: OperationRecord,
  changes: ChangeMap,
): void {
  const { operation: name, intervalMs } = record;
  if (world.options.maintenance || isTrue(unit.meta.get('maintenance')) || host.maintenance) {
    cancel(changes, unit, { host, name, intervalMs, reason: `${unit.configId} is in maintenance` });
    return;
  }
  const configured = findOperation(unit, name, intervalMs);
  if (configured === undefined || !effectiveOperation(world, unit, name, intervalMs).enabled) {
    changesOf(changes, unit).outdated.add(host);
    if (!world.options.cancelRemoved) return;
    const reason = `${unit.configId} has no ${intervalMs} ms ${name} in its configuration`;
    cancel(changes, unit, { host, name, intervalMs, reason });
    return;
  }
  if (compareRecordDigest(world, unit, host, record) === 'same') return;
  changesOf(changes, unit).outdated.add(host);
  if (record.id.includes('_last_failure_')) return;
  changesOf(changes, unit).rerun.add(rerunKey(name, intervalMs, host));
}

function cancel(changes: ChangeMap, unit: Unit, change: CancelChange): void {
  const list = changesOf(changes, unit).cancel;
  const known = list.some(
    (entry) =>
      entry.host === change.host &&
      entry.name === change.name &&
      entry.intervalMs === change.intervalMs,
  );
  if (!known) list.push(change);
}

type Verdict = 'same' | 'changed' | 'reload' | 'unknown-monitor';

/** Compares one record's digests with those of today. */
export function compareRecordDigest(
  world: World,
  unit: Unit,
  host: Host,
  record: OperationRecord,
): Verdict {
  const { operation: name, intervalMs } = record;
  const { timeoutMs } = effectiveOperation(world, unit, name, intervalMs);
  const { parameters, digest } = operationDigest(world, unit, host, {
    name,
    intervalMs,
    timeoutMs,
  });
  if (record.restartDigest !== undefined) {
    // Without a list (after a migration) any parameter may be one that needs a restart.
    const { forceRestart } = record;
    const forced = forceRestart === undefined ? parameters : restricted(parameters, forceRestart);
    if (digestOf(forced) !== record.restartDigest) return 'changed';
  }
  if (record.digest === undefined) {
    return record.operation === 'monitor' && intervalMs === 0 ? 'unknown-monitor' : 'changed';
  }
  if (record.digest === digest) return 'same';
  if (isSecretOnly(unit, record, parameters)) return 'same';
  if (intervalMs === 0 && record.restartDigest !== undefined) return 'reload';
  return 'changed';
}

/** A picture without its secrets can still be judged by the digest of the other parameters. */
function isSecretOnly(
  unit: Unit,
  record: OperationRecord,
  parameters: ReadonlyMap<string, string>,
): boolean {
  if (record.secureDigest === undefined) return false;
  const secret = record.secureParameters ?? [];
  // What the fencer itself evaluates is no parameter of the fence agent.
  const fencer =
    unit.definition?.agent.class === 'stonith'
      ? [...parameters.keys()].filter((name) => name.startsWith('pcmk_'))
      : [];
  const sanitized = secret.some((name) => /^\*+$/.test(parameters.get(name) ?? ''));
  if (!sanitized) return false;
  const hidden = [...secret, ...fencer, 'CRM_meta_timeout'];
  return digestOf(without(parameters, hidden)) === record.secureDigest;
}
