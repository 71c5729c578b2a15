/** Namespaces in which container runtimes are installed, from packages that are only unpacked. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../lab/run.ts';

/** Where the packages of the runtimes are, as in a root directory. */
export const unpacked = join(import.meta.dirname, '../../.cache/containers');

/** A CRIU of a later release of Debian, with its own libraries. */
export const criu = join(import.meta.dirname, '../../.cache/criu/criu');

/** Of the tests of live moves. */
export const liveObstacle = (): string | undefined =>
  obstacle() ?? (existsSync(criu) ? undefined : 'CRIU is not unpacked: run ./dev setup');

export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  return existsSync(join(unpacked, 'usr/bin/podman'))
    ? undefined
    : 'the container runtimes are not unpacked: run ./dev setup';
}

/** `plain`: not with both versions of cgroups at once. */
export type Hierarchy = 'plain' | 'asItIs';

export interface Room {
  /** What runs a program in its namespaces. */
  readonly enter: readonly [string, ...string[]];
  /** A directory with the files of a small system: busybox alone. */
  readonly root: string;
  close(): Promise<void>;
}

export async function openRoom(hierarchy: Hierarchy): Promise<Room> {
  const files = mkdtempSync(join(tmpdir(), 'holdfast-containers-'));
  const script = join(import.meta.dirname, 'place.sh');
  const enterNew = 'unshare --mount --net --propagation private sh'.split(' ');
  const [program, ...words] = [...enterNew, script, unpacked, files, hierarchy];
  const holder = spawn(program, words, { stdio: 'ignore' });
  const isThere = (): boolean => existsSync(join(files, 'ready')) || holder.exitCode !== null;
  await until('the namespaces are there', isThere, 20_000);
  if (holder.exitCode !== null) throw new Error('the place could not be made');
  return {
    enter: ['nsenter', '--net', '--mount', '-t', String(holder.pid), '--'],
    root: join(files, 'root'),
    close: async () => {
      holder.kill('SIGKILL');
      await until('its files are removed', () => isRemoved(files), 10_000);
    },
  };
}

/** What was mounted there goes with the last process. */
function isRemoved(path: string): boolean {
  try {
    rmSync(path, { recursive: true });
    return true;
  } catch {
    return !existsSync(path);
  }
}
