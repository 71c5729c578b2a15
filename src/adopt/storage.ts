/** Which images other nodes reach, as far as this node can tell (proc(5), mountinfo). */
import { readFileSync, realpathSync } from 'node:fs';

const shared = new Set(
  'nfs nfs4 cifs smb3 ceph fuse.ceph fuse.glusterfs glusterfs gfs2 ocfs2 lustre beegfs 9p virtiofs'.split(
    ' ',
  ),
);
/** Devices that several machines have by their nature. */
const sharedDevice = /^\/dev\/(?:drbd|rbd|nbd|mapper\/mpath|disk\/by-path\/ip-)/;

/** A sentence for each image that nobody else seems to reach. */
export function reachOf(paths: readonly string[]): readonly string[] {
  const mounts = mountsOf(readMountInfo());
  return paths.flatMap((path) => {
    const type = path.startsWith('/dev/') ? deviceKind(path) : typeOf(real(path), mounts);
    return type === undefined
      ? []
      : [`no other node can reach ${path} (${type}): it is lost with this node, and cannot move`];
  });
}

const deviceKind = (path: string): string | undefined =>
  sharedDevice.test(path) ? undefined : 'a device of this node, unless it is on shared storage';

/** Undefined: of a kind that other nodes mount as well. */
export function typeOf(path: string, mounts: readonly Mount[]): string | undefined {
  const inside = (mount: Mount): boolean =>
    mount.at === '/' || path === mount.at || path.startsWith(`${mount.at}/`);
  const found = mounts
    .filter(inside)
    .reduce<Mount | undefined>(
      (best, one) => (best === undefined || one.at.length >= best.at.length ? one : best),
      undefined,
    );
  return found === undefined || shared.has(found.type) ? undefined : found.type;
}

interface Mount {
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

function readMountInfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
