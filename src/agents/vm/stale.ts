/**
 * After a migration that copied the disks the source's images are of the past. A mark beside each
 * says so before the guest goes on elsewhere, and no machine boots from an image with a mark.
 */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from './disks.ts';

/** `/vm/web.qcow2.stale`; a block device's is kept in /var/lib/holdfast/stale. */
export function staleMark({ path }: Disk): string {
  if (!path.startsWith('/dev/')) return `${path}.stale`;
  return `/var/lib/holdfast/stale/${path.slice(1).replaceAll('/', '-')}`;
}

export const staleReason = (disk: Disk): string =>
  `${disk.path} is stale: the machine went on with a copy on another node ` +
  `(${staleMark(disk)} says which; remove that file to use the old content)`;

/** On the disk before it returns. */
export function markStale(disks: readonly Disk[], text: string): void {
  for (const disk of disks) {
    if (disk.readOnly) continue;
    const mark = staleMark(disk);
    const file = openSync(mark, 'w', 0o600);
    writeSync(file, `${text}\n`);
    fsyncSync(file);
    closeSync(file);
    const directory = openSync(dirname(mark), 'r');
    fsyncSync(directory);
    closeSync(directory);
  }
}

/** The image was written anew, or its guest goes on here after all. */
export function unmarkStale(disks: readonly Disk[]): void {
  for (const disk of disks) rmSync(staleMark(disk), { force: true });
}
