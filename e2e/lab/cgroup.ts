import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { until } from './run.ts';

/**
 * Where the host has its cgroup2 hierarchy: /sys/fs/cgroup, or …/unified in the hybrid layout.
 * Undefined where there is none; then the lab goes without cgroups.
 */
export function cgroupRoot(mounts = readFileSync('/proc/self/mounts', 'utf8')): string | undefined {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
}

export function makeCgroup(directory: string): void {
  mkdirSync(directory, { recursive: true });
}

/** SIGKILL to every process in it and below it, in one act (cgroup.kill, Linux 5.14). */
export function killCgroup(directory: string): void {
  const file = join(directory, 'cgroup.kill');
  if (existsSync(file)) writeFileSync(file, '1');
}

/** All processes in it and below it stand still, or go on (cgroup.freeze, Linux 5.2). */
export function freezeCgroup(directory: string, frozen: boolean): void {
  const file = join(directory, 'cgroup.freeze');
  if (existsSync(file)) writeFileSync(file, frozen ? '1' : '0');
}

/** Removes an empty cgroup with all below it, waiting for the last processes to be gone. */
export async function removeCgroup(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  await until(`no process left in ${directory}`, () => !isPopulated(directory));
  await until(`${directory} removed`, () => tryRemove(directory));
}

function isPopulated(directory: string): boolean {
  return readFileSync(join(directory, 'cgroup.events'), 'utf8').includes('populated 1');
}

/**
 * Removes what a daemon on the local engine has left: a tree named after its run directory, which is
 * empty when nothing of the node runs any more. Otherwise it stays.
 */
export function removeLocalCgroup(runDirectory: string): void {
  const root = cgroupRoot();
  if (root === undefined) return;
  const digest = createHash('sha256').update(runDirectory).digest('hex').slice(0, 12);
  const directory = join(root, `holdfast-local-${digest}`);
  if (existsSync(directory) && !isPopulated(directory)) tryRemove(directory);
}

/** Children first; a cgroup is a directory whose files go with it (cgroups(7)). */
function tryRemove(directory: string): boolean {
  for (const path of [...descendants(directory)].reverse()) {
    try {
      rmdirSync(path);
    } catch {
      return false; // EBUSY: a dying process is still accounted; the caller tries again.
    }
  }
  return true;
}

function descendants(directory: string): readonly string[] {
  const found = [directory];
  for (let at = 0; at < found.length; at++) {
    const parent = found[at] ?? directory;
    for (const entry of readdirSync(parent, { withFileTypes: true }))
      if (entry.isDirectory()) found.push(join(parent, entry.name));
  }
  return found;
}
