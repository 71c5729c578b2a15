/**
 * The replica's side of its disk: one job at a time, what comes meanwhile is written together.
 * An acknowledgement leaves only after the disk has said that the records are durable.
 */
import type { MonotonicMs } from '../model/ids.ts';
import { monotonicMs } from '../model/ids.ts';
import type { Line } from './line.ts';
import { holdsEntry } from './line.ts';
import { compareEpochs, noEpoch } from './epoch.ts';
import { decodeRecord, encodeHeard, encodeLine, incompleteRecord } from './records.ts';
import { askForGather } from './round.ts';
import { send } from './send.ts';
import type { DiskItem, DiskJob, Draft, LogChain } from './state.ts';
import { isMember, nextNumber, note, self, stampOf } from './state.ts';

const retryMs = 3000;
/** A disk that has not answered for so long has failed, whatever it says later. */
const appendMsMax = 10_000;
const snapshotMsMax = 120_000;
/** Rolled-back records that are kept aside; more would be a log of its own. */
const asideMax = 10_000;

/** Puts a record at the end of the log. */
export function appendRecord<S, C>(
  draft: Draft<S, C>,
  record: string,
  about: Omit<DiskItem, 'record'> = {},
): void {
  if (!takesRecords(draft)) return;
  const { disk } = draft;
  draft.disk = {
    ...disk,
    queue: [...disk.queue, { record, ...about }],
    log: { record, count: (disk.log?.count ?? 0) + 1, before: disk.log },
  };
  writeNext(draft);
}

/** Records that come while the disk refuses are part of the snapshot that is written later. */
export function takesRecords<S, C>(draft: Draft<S, C>): boolean {
  return draft.disk.failed === undefined || draft.disk.job?.kind === 'snapshot';
}

/**
 * The line was replaced by another: the disk follows at once. What the old line's log holds and the
 * new line does not is kept aside and named.
 */
export function replaceDisk<S, C>(draft: Draft<S, C>, old: Line<S, C>): void {
  const aside = rolledBack(draft, old);
  if (aside.length > 0) {
    note(
      draft,
      'rolled-back',
      `${aside.length} uncommitted changes were rolled back and kept aside`,
    );
  }
  // The old line's log may have been the longer one: nothing of the new line is on the disk yet.
  draft.disk = { ...draft.disk, job: undefined, queue: [], index: 0, aside };
  startSnapshot(draft);
}

function rolledBack<S, C>(draft: Draft<S, C>, old: Line<S, C>): readonly string[] {
  const aside: string[] = [];
  let each: LogChain | undefined = draft.disk.log;
  for (; each !== undefined && aside.length < asideMax; each = each.before) {
    const decoded = decodeRecord(each.record);
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'entry') continue;
    if (!holdsEntry(draft.line, old, decoded.value.entry)) aside.push(each.record);
  }
  return aside.reverse();
}

/** Gives what waits to the disk, if it does nothing else. */
export function writeNext<S, C>(draft: Draft<S, C>): void {
  const { disk } = draft;
  if (disk.job !== undefined || disk.failed !== undefined || draft.unreadable !== undefined) return;
  if (disk.queue.length > 0) {
    startJob(draft, { kind: 'append', items: disk.queue });
    draft.disk = { ...draft.disk, queue: [] };
  } else if (isSnapshotDue(draft)) {
    startSnapshot(draft);
  }
}

/** An opening that is only attempted is no part of the line: it must stay in the log until it opens. */
function isSnapshotDue<S, C>(draft: Draft<S, C>): boolean {
  if (draft.group?.holds !== true) return false;
  return (draft.disk.log?.count ?? 0) > logRecordsMax(draft);
}

/** Each member has its own limit: otherwise all would write their snapshots at the same time. */
function logRecordsMax<S, C>(draft: Draft<S, C>): number {
  const { logRecordsMax: limit, engine } = draft.options;
  const at = engine.nodes.findIndex((each) => each.node === self(draft));
  return limit + Math.floor((limit * Math.max(0, at)) / (2 * Math.max(1, engine.nodes.length)));
}

function startSnapshot<S, C>(draft: Draft<S, C>): void {
  const { line, newest, machine } = draft;
  const era = draft.era.wanted;
  const text = encodeLine(machine, { line, newest, era, transfer: '' });
  const ticket = startJob(draft, { kind: 'snapshot', index: line.index, era });
  const keepAside = draft.disk.aside;
  draft.disk = { ...draft.disk, log: undefined, aside: [] };
  draft.outputs.push({ kind: 'write-snapshot', text, keepAside, ticket });
  // Only an acting view shows that nothing is missing; until then the disk must not claim it.
  if (draft.incomplete) appendRecord(draft, incompleteRecord);
  if (compareEpochs(draft.overtakenBy, newest) > 0)
    appendRecord(draft, encodeHeard(draft.overtakenBy));
}

function startJob<S, C>(draft: Draft<S, C>, job: DiskJob): number {
  const ticket = nextNumber(draft);
  draft.disk = { ...draft.disk, job: { ...job, ticket, sinceMs: draft.nowMs } };
  if (job.kind === 'append') {
    const records = job.items.map((item) => item.record);
    draft.outputs.push({ kind: 'append', records, ticket });
  }
  return ticket;
}

/** Answers what is durable now; undefined for a job that was given up. */
export function diskDone<S, C>(draft: Draft<S, C>, ticket: number): DiskJob | undefined {
  const { job } = draft.disk;
  if (job?.ticket !== ticket) return undefined;
  const index = Math.max(draft.disk.index, indexOf(job));
  draft.disk = { ...draft.disk, job: undefined, index };
  if (job.kind === 'snapshot') snapshotDone(draft);
  acknowledge(draft);
  writeNext(draft);
  return job;
}

function indexOf(job: DiskJob): number {
  if (job.kind === 'snapshot') return job.index;
  return job.items.reduce((highest, item) => Math.max(highest, item.index ?? 0), 0);
}

/** From now on the line counts: others are told in a new round. */
function snapshotDone<S, C>(draft: Draft<S, C>): void {
  draft.disk = { ...draft.disk, failed: undefined };
  if (draft.standing !== 'following' && draft.standing !== 'disk-failed') return;
  draft.standing = 'synced';
  askForGather(draft);
}

/** Tells the others up to where the log is on this disk. */
export function acknowledge<S, C>(draft: Draft<S, C>): void {
  const { group, disk, standing } = draft;
  if (group === undefined || !group.opening.acting || !isMember(draft)) return;
  if (standing !== 'synced' || !group.opening.rule.counted.includes(self(draft))) return;
  if (disk.index <= disk.acked) return;
  draft.disk = { ...disk, acked: disk.index };
  send(draft, { kind: 'ack', view: group.view, index: disk.index, wall: stampOf(draft) });
}

export function diskFailed<S, C>(draft: Draft<S, C>, ticket: number, reason: string): void {
  if (draft.disk.job?.ticket !== ticket) return;
  fail(draft, reason);
}

function fail<S, C>(draft: Draft<S, C>, reason: string): void {
  const retryAt = monotonicMs(draft.nowMs + retryMs);
  takeBackAttempt(draft);
  draft.disk = { ...draft.disk, job: undefined, queue: [], failed: { reason, retryAt } };
  note(draft, 'disk-failed', `the disk refuses: ${reason}`);
  if (draft.standing !== 'synced') return;
  draft.standing = 'disk-failed';
  askForGather(draft);
}

/**
 * An epoch whose record is lost was never attempted by this replica: it has told nobody that it is
 * ready. To announce it would put this line above one that has acted meanwhile. (One that has opened
 * by the word of others is known all the same.)
 */
function takeBackAttempt<S, C>(draft: Draft<S, C>): void {
  const { job, queue } = draft.disk;
  const lost = [...(job?.kind === 'append' ? job.items : []), ...queue];
  const attempts = lost.flatMap((item) => item.attempt ?? []);
  const isLost = attempts.some(({ epoch }) => compareEpochs(epoch, draft.newest) === 0);
  const hasOpened = compareEpochs(draft.line.acting?.epoch ?? noEpoch, draft.newest) === 0;
  const [first] = attempts;
  if (isLost && !hasOpened && first !== undefined) draft.newest = first.before;
}

/** Retries, and gives up waiting for a disk that hangs. */
export function tickDisk<S, C>(draft: Draft<S, C>): void {
  const { job, failed } = draft.disk;
  if (job !== undefined && isHanging(job.kind, job.sinceMs, draft.nowMs)) {
    fail(draft, `no answer for ${draft.nowMs - job.sinceMs} ms`);
  } else if (failed !== undefined && job === undefined && draft.nowMs >= failed.retryAt) {
    // A log that failed midway cannot be trusted: everything is written anew.
    draft.disk = {
      ...draft.disk,
      failed: { ...failed, retryAt: monotonicMs(draft.nowMs + retryMs) },
    };
    startSnapshot(draft);
  } else {
    writeNext(draft);
  }
}

function isHanging(kind: DiskJob['kind'], sinceMs: MonotonicMs, nowMs: MonotonicMs): boolean {
  return nowMs - sinceMs > (kind === 'append' ? appendMsMax : snapshotMsMax);
}
