/** What this node has at the paths of machines' disks, as far as a node can tell (proc(5), stat(2)). */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { kernelStart } from './identity.ts';

/** What is at a path on one node. */
export interface Seen {
  readonly path: string;
  readonly there: boolean;
  /** The kind of the file system it is, or would be, on; `device` of a device. */
  readonly type: string;
  /** Other nodes have the same file system, or the same device, by its nature. */
  readonly shared: boolean;
  /** Two nodes on one kernel that say the same see the same file; empty: it is not there. */
  readonly place: string;
  /** On a file system that nodes share, the same number is the same file; empty: not known. */
  readonly number: string;
}

const shared = new Set(
  'nfs nfs4 cifs smb3 ceph fuse.ceph fuse.glusterfs glusterfs gfs2 ocfs2 lustre beegfs 9p virtiofs'.split(
    ' ',
  ),
);
/** Devices that several machines have by their nature. */
const sharedDevice = /^\/dev\/(?:drbd|rbd|nbd|mapper\/mpath|disk\/by-path\/ip-)/;

export function lookAt(paths: readonly string[]): readonly Seen[] {
  const mounts = mountsOf(readMountInfo());
  const kernel = kernelStart();
  return paths.map((path) => {
    const type = path.startsWith('/dev/') ? 'device' : typeOf(real(path), mounts);
    const isShared = type === 'device' ? sharedDevice.test(path) : isSharedType(type);
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) {
      return { path, there: false, type, shared: isShared, place: '', number: '' };
    }
    const place = stats.isBlockDevice()
      ? `${kernel} device ${String(stats.rdev)}`
      : `${kernel} ${String(stats.dev)} ${String(stats.ino)} ${String(stats.birthtimeNs)}`;
    const number = stats.isBlockDevice() ? '' : String(stats.ino);
    return { path, there: true, type, shared: isShared, place, number };
  });
}

/** Both are there, and are one. Of a device that nodes share, the name is all there is to go by. */
export function isSame(one: Seen, other: Seen): boolean {
  if (!one.there || !other.there) return false;
  if (one.place === other.place) return true;
  return one.shared && other.shared && one.type === other.type && one.number === other.number;
}

/** Of the mount that a path is in; empty where there is none. */
export const typeOf = (path: string, mounts: readonly Mount[]): string =>
  mountOf(path, mounts)?.type ?? '';

/** A file system that several nodes have by its nature. */
export const isSharedType = (type: string): boolean => shared.has(type);

/** The innermost. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const inside = (mount: Mount): boolean =>
    mount.at === '/' || path === mount.at || path.startsWith(`${mount.at}/`);
  return mounts
    .filter(inside)
    .reduce<Mount | undefined>(
      (best, one) => (best === undefined || one.at.length >= best.at.length ? one : best),
      undefined,
    );
}

export interface Mount {
  readonly at: string;
  readonly type: string;
}

/** `36 25 0:31 / /srv rw - nfs4 host:/srv rw` */
export function mountsOf(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const at = before.split(' ')[4];
    const [type = ''] = after.split(' ');
    return at === undefined ? [] : [{ at, type }];
  });
}

export function readMountInfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** What the path leads to, or would. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
