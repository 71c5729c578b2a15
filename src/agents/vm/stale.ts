/**
 * After a migration that copied the disks the source's images are of the past, and until then the
 * target's are not complete. A mark beside each says so, and no machine boots from an image with a mark.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from './disks.ts';

/** `/vm/web.qcow2.stale`; a block device's is kept in /var/lib/holdfast/stale. */
export function staleMark({ path }: Disk): string {
  if (!path.startsWith('/dev/')) return `${path}.stale`;
  return `/var/lib/holdfast/stale/${path.slice(1).replaceAll('/', '-')}`;
}

/** Undefined: a machine may boot from it. Otherwise why not, and what can be done. */
export function staleReason(disk: Disk): string | undefined {
  const mark = staleMark(disk);
  if (!existsSync(mark)) return undefined;
  const text = readFileSync(mark, 'utf8').trim();
  return `${disk.path} is stale: ${text} (to use what is in it all the same, remove ${mark})`;
}

/** What a mark says at the source, before the guest goes on elsewhere. */
export const leftFor = (node: string): string =>
  `the machine went on with a copy on another node, ${node}`;

/** And at the target, before anything is written to the copy. */
export const notComplete = 'a copy of it from another node was begun and is not complete';

/** On the disk before it returns. */
export function markStale(disks: readonly Disk[], text: string): void {
  for (const disk of disks) {
    if (disk.readOnly) continue;
    const mark = staleMark(disk);
    mkdirSync(dirname(mark), { recursive: true, mode: 0o700 });
    const file = openSync(mark, 'w', 0o600);
    writeSync(file, `${text}\n`);
    fsyncSync(file);
    closeSync(file);
    const directory = openSync(dirname(mark), 'r');
    fsyncSync(directory);
    closeSync(directory);
  }
}

/** It was written anew to the end, or its guest goes on here after all. */
export function unmarkStale(disks: readonly Disk[]): void {
  for (const disk of disks) rmSync(staleMark(disk), { force: true });
}
