/** Reads what is known of resources on a node: `lrm_resource`, `lrm_rsc_op`. */
import { nodeName, resourceId, wallMs } from '../../core/model/ids.ts';
import type { WallMs } from '../../core/model/ids.ts';
import type {
  OperationRecord,
  OperationStatus,
  ResourceHistory,
} from '../../core/model/picture.ts';
import { skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader } from './draft.ts';
import { readAgent } from './primitives.ts';

/** For `lrm`, `lrm_resources` around the resources. */
export function historyReader(history: ResourceHistory[]): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name === 'lrm_resources') return { open };
    return name === 'lrm_resource' ? resourceHistoryReader(attributes, history) : undefined;
  };
  return { open };
}

function resourceHistoryReader(attributes: Attributes, into: ResourceHistory[]): ElementReader {
  const operations: OperationRecord[] = [];
  const lockedAt = wallSeconds(attributes['shutdown-lock']);
  into.push({
    resource: resourceId(attributes['id'] ?? ''),
    agent: readAgent(attributes) ?? { class: '', type: '' },
    ...(attributes['container'] !== undefined && { container: attributes['container'] }),
    ...(lockedAt !== undefined && lockedAt > 0 && { shutdownLockAt: lockedAt }),
    operations,
  });
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name !== 'lrm_rsc_op') return undefined;
    operations.push(operationRecord(child));
    return skipped;
  };
  return { open };
}

/**
 * `interval` is always milliseconds here. `transition-magic` is `status:exit;key` and stands in for
 * missing `op-status`, `rc-code` and `transition-key`; the key's third field is the expected exit.
 */
function operationRecord(attributes: Attributes): OperationRecord {
  const magic = /^(-?\d+):(-?\d+);(.*)$/s;
  const needsMagic =
    attributes['op-status'] === undefined ||
    attributes['rc-code'] === undefined ||
    attributes['transition-key'] === undefined;
  const parts = needsMagic ? magic.exec(attributes['transition-magic'] ?? '') : null;
  const key = attributes['transition-key'] ?? parts?.[3];
  const record: Draft<OperationRecord> = {
    id: attributes['id'] ?? '',
    operation: attributes['operation'] ?? '',
    intervalMs: wholeNumber(attributes['interval']) ?? 0,
    callId: wholeNumber(attributes['call-id']) ?? 0,
    status: operationStatus(attributes['op-status'] ?? parts?.[1]),
    exitCode: wholeNumber(attributes['rc-code'] ?? parts?.[2]) ?? 1,
  };
  if (key !== undefined) {
    record.transitionKey = key;
    const expected = wholeNumber(key.split(':', 3)[2]);
    if (expected !== undefined) record.expectedExitCode = expected;
  }
  readTimes(record, attributes);
  readDigests(record, attributes);
  readOrigin(record, attributes);
  return record;
}

/** `lrm_rsc_op/@op-status` (documented with `pcmk_exec_status` in Pacemaker's public headers). */
export const STATUSES: readonly OperationStatus[] = [
  'done',
  'cancelled',
  'timeout',
  'not-supported',
  'error',
  'error-hard',
  'error-fatal',
  'not-installed',
  'not-connected',
  'invalid',
  'no-fence-device',
  'no-secrets',
];

function operationStatus(text: string | undefined): OperationStatus {
  const number = wholeNumber(text);
  if (number === -1) return 'pending';
  return (number === undefined ? undefined : STATUSES[number]) ?? 'unknown';
}

/** Hyphens since schema 1.0, underscores before. */
function readTimes(record: Draft<OperationRecord>, attributes: Attributes): void {
  const change = wallSeconds(attributes['last-rc-change'] ?? attributes['last_rc_change']);
  const run = wallSeconds(attributes['last-run'] ?? attributes['last_run']);
  const duration = wholeNumber(attributes['exec-time'] ?? attributes['exec_time']);
  if (change !== undefined) record.lastChangeAt = change;
  if (run !== undefined) record.lastRunAt = run;
  if (duration !== undefined) record.durationMs = duration;
}

function readDigests(record: Draft<OperationRecord>, attributes: Attributes): void {
  const digest = attributes['op-digest'];
  const restartDigest = attributes['op-restart-digest'];
  const secureDigest = attributes['op-secure-digest'];
  const forceRestart = attributes['op-force-restart'];
  const secureParameters = attributes['op-secure-params'];
  if (digest !== undefined) record.digest = digest;
  if (restartDigest !== undefined) record.restartDigest = restartDigest;
  if (secureDigest !== undefined) record.secureDigest = secureDigest;
  if (forceRestart !== undefined) record.forceRestart = words(forceRestart);
  if (secureParameters !== undefined) record.secureParameters = words(secureParameters);
}

function readOrigin(record: Draft<OperationRecord>, attributes: Attributes): void {
  const source = attributes['migrate_source'];
  const target = attributes['migrate_target'];
  const onNode = attributes['on_node'];
  const exitReason = attributes['exit-reason'];
  const featureSet = attributes['crm_feature_set'];
  const debugOrigin = attributes['crm-debug-origin'];
  if (source !== undefined) record.migrateSource = nodeName(source);
  if (target !== undefined) record.migrateTarget = nodeName(target);
  if (onNode !== undefined) record.onNode = nodeName(onNode);
  if (exitReason !== undefined && exitReason !== '') record.exitReason = exitReason;
  if (featureSet !== undefined) record.featureSet = featureSet;
  if (debugOrigin !== undefined) record.debugOrigin = debugOrigin;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Seconds since 1970 as text → WallMs. */
export function wallSeconds(text: string | undefined): WallMs | undefined {
  const seconds = wholeNumber(text);
  if (seconds === undefined || Math.abs(seconds) > 8_640_000_000_000) return undefined;
  return wallMs(seconds * 1000);
}
