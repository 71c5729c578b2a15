/**
 * Secrets of this node (passwords of fence devices, of databases): one file each, mode 0600, in a
 * directory of mode 0700. They are never replicated and never logged.
 */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretStore } from '../../agents/secrets.ts';

export interface SecretFiles extends SecretStore {
  /** Replaces the secret as a whole; a crash leaves the old or the new one. */
  write(name: string, secret: string): Promise<void>;
  /** Removing what is not there is no error. */
  remove(name: string): Promise<void>;
  list(): Promise<readonly string[]>;
}

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const secretBytesMax = 65_536;

/** One newline at the end of a file is an editor's, not the secret's. */
export function createSecretFiles(directory: string): SecretFiles {
  const path = (name: string): string => {
    if (!namePattern.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a secret`);
    return join(directory, name);
  };
  return {
    read: async (name) => readSecret(path(name)),
    write: (name, secret) => writeSecret(directory, path(name), secret),
    remove: (name) => rm(path(name), { force: true }),
    list: async () => {
      const names = await readdir(directory).catch(() => []);
      return names.filter((name) => namePattern.test(name)).toSorted();
    },
  };
}

async function readSecret(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(missing);
  if (!found) return undefined;
  if ((found.mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others; chmod it to 0600 and change the secret`);
  }
  if (found.size > secretBytesMax) throw new Error(`${path} is longer than 64 KiB`);
  const handle = await open(path, 'r');
  try {
    return (await handle.readFile('utf8')).replace(/\n$/, '');
  } finally {
    await handle.close();
  }
}

async function writeSecret(directory: string, path: string, secret: string): Promise<void> {
  if (Buffer.byteLength(secret) > secretBytesMax) {
    throw new Error('a secret is at most 64 KiB long');
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.new-${String(process.pid)}-${String(performance.now())}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(secret);
    await handle.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

function missing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
