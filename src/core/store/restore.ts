/** The line that a node's disk holds: the snapshot, and after it the log's records in order. */
import type { Epoch, Opening } from './epoch.ts';
import { compareEpochs, noEpoch } from './epoch.ts';
import type { Line } from './line.ts';
import { emptyLine, epochOf, openLine, replayEntry, restartLine } from './line.ts';
import { tooNew } from './levels.ts';
import type { LineText, LogRecord } from './records.ts';
import { decodeLine, decodeRecord } from './records.ts';
import type { Machine, RestoredStore } from './types.ts';

export interface RestoredLine<State, Command> {
  readonly line: Line<State, Command>;
  readonly newest: Epoch;
  /** The newest epoch of others that it knows to have acted. */
  readonly overtakenBy: Epoch;
  /** The last era that it took part in; undefined where it never did (era.ts). */
  readonly era: number | undefined;
  /** Why the disk's content cannot be used by this program; the node then takes no part. */
  readonly unreadable: string | undefined;
  /** The disk is empty, or acknowledged records may be missing from it. */
  readonly incomplete: boolean;
}

/**
 * Uncommitted commands at the end are taken as if they were committed: they are, if this line goes
 * on; otherwise the whole line is replaced.
 */
export function restoreLine<State, Command>(
  machine: Machine<State, Command>,
  restored: RestoredStore,
  ownLevel: number,
): RestoredLine<State, Command> {
  const empty = { line: emptyLine(machine), newest: noEpoch, era: undefined };
  const start =
    restored.snapshot === undefined ? empty : readSnapshot(machine, restored.snapshot, ownLevel);
  if (typeof start === 'string') return unreadable(machine, `snapshot: ${start}`);
  const records = readRecords(restored.records);
  if (typeof records === 'string') return unreadable(machine, `log: ${records}`);
  const line = replay(machine, start.line, records, ownLevel);
  if (typeof line === 'string') return unreadable(machine, `log: ${line}`);
  const newest = records.reduce(
    (before, each) => (each.kind === 'opening' ? newer(before, each.opening.epoch) : before),
    start.newest,
  );
  const isEmpty = line.index === 0 && newest.number === 0;
  return {
    line: restartLine(machine, line),
    newest,
    overtakenBy: records.reduce(
      (known, each) => (each.kind === 'heard' ? newer(known, each.epoch) : known),
      noEpoch,
    ),
    era: lastEra(start.era, records) ?? (isEmpty ? undefined : 0),
    unreadable: undefined,
    incomplete: isEmpty || restored.damaged === true || isMarkedIncomplete(records),
  };
}

function lastEra(before: number | undefined, records: readonly LogRecord[]): number | undefined {
  const eras = records.map((each) => (each.kind === 'era' ? each.era : 0));
  const isThere = before !== undefined || records.some((each) => each.kind === 'era');
  return isThere ? Math.max(before ?? 0, ...eras) : undefined;
}

function isMarkedIncomplete(records: readonly LogRecord[]): boolean {
  const marks = records.filter((each) => each.kind === 'incomplete' || each.kind === 'complete');
  return marks.at(-1)?.kind === 'incomplete';
}

function unreadable<State, Command>(
  machine: Machine<State, Command>,
  reason: string,
): RestoredLine<State, Command> {
  const line = restartLine(machine, emptyLine(machine));
  const nothing = { newest: noEpoch, overtakenBy: noEpoch, era: undefined };
  return { line, ...nothing, unreadable: reason, incomplete: true };
}

function readSnapshot<State, Command>(
  machine: Machine<State, Command>,
  text: string,
  ownLevel: number,
): Omit<LineText<State, Command>, 'transfer'> | string {
  const decoded = decodeLine(machine, text, ownLevel);
  if (decoded.kind === 'wrong') return decoded.reason;
  const { line, newest, era } = decoded.value;
  const entries = line.waiting.map((each) => each.entry);
  let start: Line<State, Command> = { ...line, index: line.applied, waiting: [] };
  for (const entry of entries) {
    const next = replayEntry(machine, start, entry);
    if (next === undefined) return `command ${entry.index} cannot be read`;
    start = next;
  }
  // The waiting commands are part of the digest already.
  return { line: { ...start, log: line.log }, newest, era };
}

function readRecords(texts: readonly string[]): readonly LogRecord[] | string {
  const records: LogRecord[] = [];
  for (const [at, text] of texts.entries()) {
    const decoded = decodeRecord(text);
    if (decoded.kind === 'ok') records.push(decoded.value);
    // The disk gives whole records only: this one was written so, or by another version.
    else return `record ${at + 1} of ${texts.length}: ${decoded.reason}`;
  }
  return records;
}

function replay<State, Command>(
  machine: Machine<State, Command>,
  start: Line<State, Command>,
  records: readonly LogRecord[],
  ownLevel: number,
): Line<State, Command> | string {
  let line = start;
  for (const record of withoutAttempts(records, start)) {
    const next = replayRecord(machine, line, record);
    if (typeof next === 'string') return next;
    const problem = tooNew(machine.level(next.state), ownLevel);
    if (problem !== undefined) return problem;
    line = next;
  }
  return line;
}

function replayRecord<State, Command>(
  machine: Machine<State, Command>,
  line: Line<State, Command>,
  record: Kept,
): Line<State, Command> | string {
  if (record.kind === 'opening') {
    const { opening } = record;
    if (opening.base === line.index) return openLine(machine, line, opening).line;
    return `epoch ${opening.epoch.number} begins after ${opening.base} instead of ${line.index}`;
  }
  const { entry } = record;
  if (entry.epoch !== epochOf(line)) {
    return `command ${entry.index} of epoch ${entry.epoch} in epoch ${epochOf(line)}`;
  }
  return replayEntry(machine, line, entry) ?? `command ${entry.index} after ${line.index}`;
}

/**
 * Drops openings that never came about: a later one says which acting view was the last before it.
 * Only the very last may be in doubt; it counts as opened, like an uncommitted command.
 */
function withoutAttempts<State, Command>(
  records: readonly LogRecord[],
  start: Line<State, Command>,
): readonly Kept[] {
  const kept: Kept[] = [];
  for (const record of records) {
    if (record.kind !== 'entry' && record.kind !== 'opening') continue;
    if (record.kind === 'entry' && record.entry.index <= start.index) continue;
    if (record.kind === 'opening') {
      if (record.opening.epoch.number <= epochOf(start)) continue;
      while (isAttemptBefore(kept.at(-1), record.opening)) kept.pop();
    }
    kept.push(record);
  }
  return kept;
}

type Kept = Extract<LogRecord, { kind: 'entry' | 'opening' }>;

function isAttemptBefore(last: Kept | undefined, opening: Opening): boolean {
  return last?.kind === 'opening' && last.opening.epoch.number > opening.previous;
}

export function newer(left: Epoch, right: Epoch): Epoch {
  return compareEpochs(left, right) >= 0 ? left : right;
}
