/**
 * What is found in a log's directory at start: the newest snapshot that is whole, and the records
 * behind it up to the first that is not. What is damaged is set aside and named, never deleted.
 */
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskError, generations, keepAside, logName, setAside, snapshotName } from './files.ts';
import { readRecords } from './frames.ts';

export interface Restored {
  readonly snapshot: string | undefined;
  /** Records appended since the snapshot. */
  readonly records: readonly string[];
  /** Sentences for the operator; empty when all was in order. */
  readonly findings: readonly string[];
  /**
   * Records whose append was acknowledged may be missing. An unfinished last record is no such
   * damage: its append was never acknowledged.
   */
  readonly damaged: boolean;
}

export interface RestoredFiles extends Restored {
  readonly generation: number;
  /** Where each record ends in the log; the first number is where the head ends. */
  readonly ends: readonly number[];
}

export const logHead = (generation: number): string => `holdfast-log 1 ${String(generation)}`;
export const snapshotHead = (generation: number): string =>
  `holdfast-snapshot 1 ${String(generation)}`;

export async function restore(directory: string): Promise<RestoredFiles> {
  await removeUnfinished(directory);
  const findings: string[] = [];
  const found = await newestSnapshot(directory, findings);
  const log = await readLog(directory, found.generation, findings);
  const orphans = await setOrphansAside(directory, found.generation, findings);
  return {
    generation: found.generation,
    snapshot: found.snapshot,
    records: log.records,
    ends: log.ends,
    findings,
    damaged: found.damaged || log.damaged || orphans,
  };
}

/** Files that never got their final name. */
async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith('.new')) await rm(join(directory, name));
  }
}

async function newestSnapshot(directory: string, findings: string[]) {
  let damaged = false;
  for (const generation of await generations(directory, 'snapshot')) {
    const name = snapshotName(generation);
    const { texts, rest } = await read(directory, name);
    const [head, text] = texts;
    checkVersion(directory, name, head, 'holdfast-snapshot');
    const whole = rest === 'none' && texts.length === 2 && head === snapshotHead(generation);
    if (whole && text !== undefined) {
      return { generation, snapshot: text, damaged };
    }
    damaged = true;
    const aside = await setAside(directory, name, 'damaged');
    findings.push(`snapshot ${join(directory, name)} is damaged; it is kept as ${aside}`);
  }
  return { generation: 0, snapshot: undefined, damaged };
}

async function readLog(directory: string, generation: number, findings: string[]) {
  const name = logName(generation);
  const all = await generations(directory, 'log');
  if (!all.includes(generation)) {
    if (generation > 0) findings.push(`log ${join(directory, name)} is missing`);
    return { records: [], ends: [], damaged: generation > 0 };
  }
  const { texts, ends, rest, bytes } = await read(directory, name);
  const [head, ...records] = texts;
  checkVersion(directory, name, head, 'holdfast-log');
  if (head !== undefined && head !== logHead(generation)) {
    const aside = await setAside(directory, name, 'damaged');
    findings.push(`log ${join(directory, name)} has the head of another; it is kept as ${aside}`);
    return { records: [], ends: [], damaged: true };
  }
  if (rest !== 'none') {
    const aside = await keepAside(directory, name, 'damaged', bytes);
    findings.push(describeRest(join(directory, name), rest, records.length, aside));
  }
  return { records, ends, damaged: rest === 'damaged' };
}

function describeRest(path: string, rest: 'unfinished' | 'damaged', good: number, aside: string) {
  const used = `the ${String(good)} records before it are used`;
  return rest === 'unfinished'
    ? `the last record of ${path} was not finished; ${used}, the file is kept as ${aside}`
    : `a record of ${path} is damaged; ${used}, the file is kept as ${aside}`;
}

/**
 * Logs newer than the snapshot that is used: empty after a crash while a snapshot was written,
 * otherwise without the state that they continue. True when records were set aside.
 */
async function setOrphansAside(
  directory: string,
  generation: number,
  findings: string[],
): Promise<boolean> {
  let any = false;
  for (const newer of await generations(directory, 'log')) {
    if (newer <= generation) continue;
    const name = logName(newer);
    const { texts, rest } = await read(directory, name);
    if (texts.length <= 1 && rest !== 'damaged') {
      await rm(join(directory, name));
      continue;
    }
    any = true;
    const aside = await setAside(directory, name, 'damaged');
    findings.push(`log ${join(directory, name)} has lost its snapshot; it is kept as ${aside}`);
  }
  return any;
}

async function read(directory: string, name: string) {
  const path = join(directory, name);
  try {
    const bytes = await readFile(path);
    return { ...readRecords(bytes), bytes };
  } catch (error) {
    throw new DiskError(`cannot read ${path}`, error);
  }
}

/** A file of a newer Holdfast is no damage: it must not be set aside by an older one. */
function checkVersion(
  directory: string,
  name: string,
  head: string | undefined,
  magic: string,
): void {
  const version = new RegExp(`^${magic} (\\d+) `).exec(head ?? '')?.[1];
  if (version === undefined || version === '1') return;
  throw new DiskError(
    `cannot use ${join(directory, name)}`,
    `it was written by a newer Holdfast (version ${version} of the file); install that one`,
  );
}
