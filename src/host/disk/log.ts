/**
 * The disk of the replicated store: a log that is appended to, and now and then a snapshot that
 * takes its place. In the directory (mode 0700, files 0600):
 *
 *     snapshot-7, log-7   the newest snapshot and the records behind it
 *     snapshot-6, log-6   the one before, for the case that snapshot-7 gets damaged
 *     *.damaged-N         what could not be read, at most five
 *     *.rolled-back-N     records that the cluster never committed, at most five
 *     lock                taken by the daemon that uses the directory
 *
 * A record or snapshot is on the disk when its promise resolves (O_DSYNC; names by fsync of
 * the directory). When the disk refuses, the promise rejects with a DiskError and nothing has
 * changed; the next call tries again. Only when not even that could be restored, appending is
 * refused until a snapshot has made new files.
 */
import { chmodSync, constants, mkdirSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { native } from '../../../native/holdfast.ts';
import {
  DiskError,
  createFile,
  generations,
  keepAside,
  logName,
  snapshotName,
  syncDirectory,
  writeAt,
} from './files.ts';
import { encodeRecord } from './frames.ts';
import { logHead, restore, snapshotHead, type Restored } from './restore.ts';

export interface DiskLog {
  /** Appends in order; calls that come while the disk is busy share one write. */
  append(records: readonly string[]): Promise<void>;
  /** Keeps the first `count` records since the snapshot. */
  truncateAfter(count: number): Promise<void>;
  /** Takes the place of the former snapshot and of all records; `rolledBack` are kept aside. */
  writeSnapshot(text: string, rolledBack?: readonly string[]): Promise<void>;
  /** Waits for what was asked before. */
  close(): Promise<void>;
}

/** Takes a file for this process until it ends; false when another process has it. */
export type Lock = (path: string) => boolean;

/** Throws a DiskError when the directory is in use, cannot be read, or is of a newer Holdfast. */
export async function openLog(
  directory: string,
  lock: Lock = nativeLock,
): Promise<{ readonly log: DiskLog; readonly restored: Restored }> {
  prepareDirectory(directory, lock);
  try {
    const { generation, ends, ...restored } = await restore(directory);
    const file = await openFile(directory, generation, ends);
    return { log: new OpenLog(directory, generation, file), restored };
  } catch (error) {
    throw error instanceof DiskError ? error : new DiskError(`cannot open ${directory}`, error);
  }
}

const nativeLock: Lock = (path) => native().lockFile(path);

function prepareDirectory(directory: string, lock: Lock): void {
  let locked: boolean;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    locked = lock(join(directory, 'lock'));
  } catch (error) {
    throw new DiskError(`cannot use ${directory}`, error);
  }
  if (!locked) throw new DiskError(`cannot use ${directory}`, 'another daemon is using it');
}

/** The log that is written to, and where its head and each of its records end. */
interface LogFile {
  readonly handle: FileHandle;
  readonly ends: number[];
}

/** What was not whole at the end goes before anything is written behind it. */
async function openFile(
  directory: string,
  generation: number,
  ends: readonly number[],
): Promise<LogFile> {
  const end = ends.at(-1);
  if (end === undefined) return createLog(directory, generation);
  const handle = await openSynchronous(directory, generation);
  await handle.truncate(end);
  await handle.sync();
  return { handle, ends: [...ends] };
}

async function createLog(directory: string, generation: number): Promise<LogFile> {
  const head = encodeRecord(logHead(generation));
  await (await createFile(join(directory, logName(generation)), head)).close();
  await syncDirectory(directory);
  return { handle: await openSynchronous(directory, generation), ends: [head.length] };
}

/**
 * What is written is on the disk when the write ends, as with fdatasync(2) after it (O_DSYNC,
 * open(2)): one turn of the thread pool instead of two, for whoever a recovery waits for.
 */
function openSynchronous(directory: string, generation: number): Promise<FileHandle> {
  return open(join(directory, logName(generation)), constants.O_RDWR | constants.O_DSYNC);
}

/** Something that was asked for; appends that wait together are written together. */
interface Job {
  readonly records?: readonly Buffer[];
  readonly run?: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class OpenLog implements DiskLog {
  readonly #directory: string;
  #generation: number;
  #file: LogFile;
  #jobs: Job[] = [];
  #working = false;
  #closed = false;
  /** Why the files may not be what they are taken for. */
  #broken: unknown;

  constructor(directory: string, generation: number, file: LogFile) {
    this.#directory = directory;
    this.#generation = generation;
    this.#file = file;
  }

  append(records: readonly string[]): Promise<void> {
    return this.#add({ records: records.map(encodeRecord) });
  }

  truncateAfter(count: number): Promise<void> {
    return this.#add({ run: () => this.#truncate(count) });
  }

  writeSnapshot(text: string, rolledBack: readonly string[] = []): Promise<void> {
    return this.#add({ run: () => this.#replace(text, rolledBack) });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const closed = this.#add({ run: () => this.#file.handle.close() });
    this.#closed = true;
    await closed;
  }

  #add(job: Pick<Job, 'records' | 'run'>): Promise<void> {
    if (this.#closed) return Promise.reject(new DiskError(this.#path(), 'the log is closed'));
    return new Promise((resolve, reject) => {
      this.#jobs.push({ ...job, resolve, reject });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let jobs = this.#next(); jobs.length > 0; jobs = this.#next()) {
      try {
        const run = jobs[0]?.run;
        await (run ? run() : this.#write(jobs.flatMap((job) => job.records ?? [])));
        for (const job of jobs) job.resolve();
      } catch (error) {
        const refused = new DiskError(`cannot write ${this.#path()}`, error);
        for (const job of jobs) job.reject(refused);
      }
    }
    this.#working = false;
  }

  /** All appends that wait at the front, or one other job. */
  #next(): readonly Job[] {
    const other = this.#jobs.findIndex((job) => job.run !== undefined);
    return this.#jobs.splice(0, other === 0 ? 1 : other < 0 ? this.#jobs.length : other);
  }

  /**
   * If it fails, the length from before is restored. That is sound after an error of the disk, too:
   * whatever the kernel dropped lies behind that length and will be written anew.
   */
  async #write(records: readonly Buffer[]): Promise<void> {
    this.#refuseIfBroken();
    const { handle, ends } = this.#file;
    const start = ends.at(-1) ?? 0;
    try {
      await writeAt(handle, Buffer.concat(records), start);
    } catch (error) {
      await this.#setLength(start);
      throw error;
    }
    for (const record of records) ends.push((ends.at(-1) ?? 0) + record.length);
  }

  async #truncate(count: number): Promise<void> {
    this.#refuseIfBroken();
    const { ends } = this.#file;
    const end = ends[count];
    if (end === undefined) throw new Error(`there are no ${String(count)} records`);
    await this.#setLength(end);
    ends.length = count + 1;
  }

  async #setLength(length: number): Promise<void> {
    try {
      await this.#file.handle.truncate(length);
      await this.#file.handle.sync();
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }

  #refuseIfBroken(): void {
    if (this.#broken !== undefined) throw new DiskError('not usable since', this.#broken);
  }

  async #replace(text: string, rolledBack: readonly string[]): Promise<void> {
    await this.#keepRolledBack(rolledBack);
    const generation = this.#generation + 1;
    const old = this.#file.handle;
    this.#file = await this.#createGeneration(generation, text);
    this.#generation = generation;
    this.#broken = undefined;
    await old.close();
    await this.#removeOld().catch(() => undefined); // they do no harm
  }

  /** The new log first, then the snapshot by renaming: the snapshot's name makes both valid. */
  async #createGeneration(generation: number, text: string): Promise<LogFile> {
    const name = join(this.#directory, snapshotName(generation));
    const bytes = Buffer.concat([encodeRecord(snapshotHead(generation)), encodeRecord(text)]);
    const file = await createLog(this.#directory, generation);
    let renamed = false;
    try {
      await (await createFile(`${name}.new`, bytes)).close();
      await rename(`${name}.new`, name);
      renamed = true;
      await syncDirectory(this.#directory);
      return file;
    } catch (error) {
      if (renamed) this.#broken = error; // whichever name a restart finds
      await file.handle.close();
      await rm(join(this.#directory, logName(generation)), { force: true });
      throw error;
    }
  }

  async #keepRolledBack(records: readonly string[]): Promise<void> {
    if (records.length === 0) return;
    const bytes = Buffer.concat(records.map(encodeRecord));
    await keepAside(this.#directory, logName(this.#generation), 'rolled-back', bytes);
  }

  /** All but the newest two generations. */
  async #removeOld(): Promise<void> {
    for (const kind of ['snapshot', 'log'] as const) {
      for (const generation of await generations(this.#directory, kind)) {
        if (generation >= this.#generation - 1) continue;
        const name = kind === 'log' ? logName(generation) : snapshotName(generation);
        await rm(join(this.#directory, name), { force: true });
      }
    }
  }

  #path(): string {
    return join(this.#directory, logName(this.#generation));
  }
}
