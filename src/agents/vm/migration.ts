/** What both sides of a live migration agree on (QEMU's QMP reference, "Migration"). */
import { createHash } from 'node:crypto';
import type { OperationRequest } from '../../core/model/operation.ts';
import type { AgentHost } from '../host.ts';
import { asRecord, type Qmp } from './qmp.ts';
import { messageOf } from '../output.ts';
import { uuidOf } from './uuid.ts';
import type { MigrationSettings, VmSettings } from './settings.ts';

/** Below those that Linux takes for connections (ip_local_port_range), and below what is usual. */
const firstPort = 28_672;
const ports = 512;
const tlsId = 'migration-tls';

export interface Place {
  /** Who is received there, by the resource's name. */
  readonly resource: string;
  readonly host: string;
  /** The guest's memory and devices. */
  readonly port: number;
  /** Its disks, where they are copied (NBD). */
  readonly diskPort: number;
  /** What `agree` has called the certificates; undefined: everything goes as it is. */
  readonly credentials: string | undefined;
}

/**
 * Where the machine is received: no two have the same ports, as long as there are no more of them than slots.
 * Throws where nobody knows the node's address.
 */
export function placeOf(
  host: AgentHost,
  node: string,
  request: Pick<OperationRequest, 'resource' | 'meta'>,
  { address, port, tlsDirectory }: Pick<MigrationSettings, 'address' | 'port' | 'tlsDirectory'>,
): Place {
  const found = address ?? host.addressOf?.(node);
  if (found === undefined) throw new Error(`the address of ${node} is not known`);
  const own = port ?? firstPort + (slotOf(request) % ports);
  const credentials = tlsDirectory === undefined ? undefined : tlsId;
  return { resource: request.resource, host: found, port: own, diskPort: own + ports, credentials };
}

/** What QEMU was asked to listen on. A port that another program has is said to be so. */
export async function listening(port: number, asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    const reason = messageOf(error);
    if (!/address already in use/i.test(reason)) throw error;
    const hint = `port ${String(port)} is taken there by another program; migration_port sets another`;
    throw new Error(`${hint} (${reason})`, { cause: error });
  }
}

/** As the plan says it; whoever asks without a plan has one by the name. */
function slotOf({ resource, meta }: Pick<OperationRequest, 'resource' | 'meta'>): number {
  const planned = Number(meta['migrate_slot']);
  if (Number.isSafeInteger(planned) && planned >= 0) return planned;
  return createHash('sha256').update(resource).digest().readUInt32BE(0);
}

/** `tcp:10.0.0.2:28700`; an IPv6 address needs brackets. */
export const migrationUri = ({ host, port }: Place): string =>
  `tcp:${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

/** Both sides need the same. */
export async function agree(
  qmp: Qmp,
  settings: VmSettings,
  side: 'source' | 'target',
  place: Place,
): Promise<void> {
  const isSource = side === 'source';
  const ours = uuidOf(place.resource, settings);
  const uuid = asRecord(await qmp.ask('query-uuid'))['UUID'];
  const on = (capability: string, state: boolean) => ({ capability, state });
  const { migration } = settings;
  await qmp.ask('migrate-set-capabilities', {
    capabilities: [
      // One that is not ours was adopted with its command line, and may have another on each side.
      on('validate-uuid', uuid === ours),
      on('events', true),
      // The source lets go when its guest was read at the target, and not when it was sent.
      on('return-path', true),
      on('auto-converge', isSource && migration.autoConverge),
      on('pause-before-switchover', isSource),
      on('postcopy-ram', migration.postCopy),
    ],
  });
  await qmp.ask('migrate-set-parameters', {
    ...(isSource ? { 'downtime-limit': firstDowntimeMs(migration) } : {}),
    ...(await tls(qmp, migration, side, place)),
  });
}

/** How long the guest may stand still at first. */
export const triedFirstMs = 100;
const firstDowntimeMs = ({ downtimeLimitMs }: MigrationSettings): number =>
  Math.min(triedFirstMs, downtimeLimitMs);

/** One that was through once and is not short enough by then may stand still for longer. */
const raiseAfterMs = 300;
const raiseBy = 1.5;

/**
 * Tells QEMU, pass by pass, how long the guest may stand still: QEMU 7.2 knows the network by what it has just sent,
 * which is little when little is left, and may never get below a short time. Call it with each status.
 */
export function raiseDowntime(
  qmp: Qmp,
  migration: MigrationSettings,
): (status: MigrationStatus) => void {
  let limit = firstDowntimeMs(migration);
  let since: number | undefined;
  return ({ status, passes }) => {
    if (status !== 'active' || passes < 2 || limit >= migration.downtimeLimitMs) return;
    const now = performance.now();
    since ??= now;
    if (now - since < raiseAfterMs) return;
    since = now;
    limit = Math.min(migration.downtimeLimitMs, Math.ceil(limit * raiseBy));
    qmp.ask('migrate-set-parameters', { 'downtime-limit': limit }).catch(() => undefined); // it is over
  };
}

/** In bytes per second; undefined: as fast as it goes. */
export const bandwidthOf = ({ bandwidthMibPerSecond }: MigrationSettings): number | undefined =>
  bandwidthMibPerSecond === 0 ? undefined : bandwidthMibPerSecond * 1_048_576;

/** Without a limit as well: QEMU's own is low, and 0 would mean none at all. It may run meanwhile. */
export async function limitMemory(qmp: Qmp, bytesPerSecond: number = 2 ** 40): Promise<void> {
  await qmp.ask('migrate-set-parameters', {
    'max-bandwidth': bytesPerSecond,
    'max-postcopy-bandwidth': bytesPerSecond,
  });
}

/** Certificates of both sides are verified; the target's has to name its address. */
async function tls(
  qmp: Qmp,
  { tlsDirectory }: MigrationSettings,
  side: 'source' | 'target',
  { host }: Place,
): Promise<Readonly<Record<string, unknown>>> {
  if (tlsDirectory === undefined) return {};
  await qmp.ask('object-del', { id: tlsId }).catch(() => undefined); // left by an attempt before
  await qmp.ask('object-add', {
    'qom-type': 'tls-creds-x509',
    id: tlsId,
    dir: tlsDirectory,
    endpoint: side === 'source' ? 'client' : 'server',
    'verify-peer': true,
  });
  return { 'tls-creds': tlsId, ...(side === 'source' ? { 'tls-hostname': host } : {}) };
}

export interface MigrationStatus {
  /** MigrationStatus of the reference: setup, active, pre-switchover, completed, failed … */
  readonly status: string;
  readonly reason: string;
  readonly totalMs: number;
  readonly downtimeMs: number;
  readonly transferredBytes: number;
  readonly remainingBytes: number;
  readonly totalBytes: number;
  /** How often the memory was gone through. */
  readonly passes: number;
  readonly bytesPerSecond: number;
  readonly dirtyBytesPerSecond: number;
  /** If the rest were sent now. */
  readonly expectedDowntimeMs: number;
}

/** The guest goes on, or waits, at its target, and fetches the rest of its memory from the source. */
export const isPostCopy = ({ status }: MigrationStatus): boolean => status.startsWith('postcopy');

/** Something of it is still to come. */
export const isOnItsWay = ({ status }: MigrationStatus): boolean =>
  !['none', 'completed', 'failed', 'cancelled'].includes(status);

export async function migrationStatus(qmp: Qmp): Promise<MigrationStatus> {
  const answer = asRecord(await qmp.ask('query-migrate'));
  const ram = asRecord(answer['ram']);
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    status: typeof answer['status'] === 'string' ? answer['status'] : 'none',
    reason: typeof answer['error-desc'] === 'string' ? answer['error-desc'] : '',
    totalMs: number(answer['total-time']),
    downtimeMs: number(answer['downtime']),
    transferredBytes: number(ram['transferred']),
    remainingBytes: number(ram['remaining']),
    totalBytes: number(ram['total']),
    passes: number(ram['dirty-sync-count']),
    bytesPerSecond: (number(ram['mbps']) * 1_000_000) / 8,
    dirtyBytesPerSecond: number(ram['dirty-pages-rate']) * number(ram['page-size']),
    expectedDowntimeMs: number(answer['expected-downtime']),
  };
}
