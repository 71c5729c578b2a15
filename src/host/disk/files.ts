/** The directory of a log: names of its files, and the few steps that must survive a power loss. */
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** The disk refused. `code` is the error number's name (`ENOSPC`), when there is one. */
export class DiskError extends Error {
  readonly code: string | undefined;

  constructor(what: string, cause: unknown) {
    const code = errorCode(cause);
    super(`${what}: ${explain(code, cause)}`, { cause });
    this.name = 'DiskError';
    this.code = code;
  }
}

export const snapshotName = (generation: number): string => `snapshot-${String(generation)}`;
export const logName = (generation: number): string => `log-${String(generation)}`;

/** Generations of files of this kind (`log` or `snapshot`), newest first. */
export async function generations(
  directory: string,
  kind: 'log' | 'snapshot',
): Promise<readonly number[]> {
  const pattern = new RegExp(`^${kind}-(\\d{1,15})$`);
  const names = await readdir(directory);
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((left, right) => right - left);
}

/** A new file with these bytes, on the disk when this resolves; its name is not yet (syncDirectory). */
export async function createFile(path: string, bytes: Buffer): Promise<FileHandle> {
  const handle = await open(path, 'w+', 0o600);
  try {
    await writeAt(handle, bytes, 0);
    await handle.datasync();
    return handle;
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Writes all of it; one call of write(2) may write less. */
export async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Names that were made, renamed or removed are on the disk when this resolves. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const asidesMax = 5;

/**
 * Renames a file out of the way, to `NAME.REASON-N`. At most five of a reason are kept in the
 * directory, the oldest go. Returns the new name.
 */
export async function setAside(directory: string, name: string, reason: string): Promise<string> {
  const aside = await nextAside(directory, name, reason);
  await rename(join(directory, name), join(directory, aside));
  return aside;
}

/** As `setAside`, for bytes. */
export async function keepAside(
  directory: string,
  name: string,
  reason: string,
  bytes: Buffer,
): Promise<string> {
  const aside = await nextAside(directory, name, reason);
  const handle = await createFile(join(directory, aside), bytes);
  await handle.close();
  return aside;
}

async function nextAside(directory: string, name: string, reason: string): Promise<string> {
  const pattern = new RegExp(`\\.${reason}-(\\d{1,15})$`);
  const numbered = (await readdir(directory))
    .flatMap((one) => {
      const number = pattern.exec(one)?.[1];
      return number === undefined ? [] : [{ name: one, number: Number(number) }];
    })
    .toSorted((left, right) => right.number - left.number);
  for (const old of numbered.slice(asidesMax - 1)) await rm(join(directory, old.name));
  return `${name}.${reason}-${String((numbered[0]?.number ?? 0) + 1)}`;
}

function explain(code: string | undefined, cause: unknown): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space is left on the disk (${code})`;
    case 'EROFS':
      return 'the file system is read-only (EROFS), as after an error of the disk';
    case 'EIO':
      return 'the disk reports an error (EIO)';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function errorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
}
