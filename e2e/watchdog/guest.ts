/** A machine of its own, which its watchdog may reset: QEMU, Debian's kernel, one busybox. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyLibraries, layRoot, pack } from '../guest/archive.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Each behind those that it needs; the second part is for a disk that the host shares. */
const MODULES = ['watchdog.ko', 'softdog.ko'];
const DISK_MODULES = [
  'virtio_ring.ko',
  'virtio.ko',
  'virtio_pci_modern_dev.ko',
  'virtio_pci_legacy_dev.ko',
  'virtio_pci.ko',
  'virtio_blk.ko',
];
const PROGRAMS = ['corosync', 'corosync-quorumtool', 'corosync-cfgtool'];
/** At run time. */
const OPENED = ['libquorum.so.5', 'libgcc_s.so.1'].map((name) => `/lib/x86_64-linux-gnu/${name}`);

/** The guest's file system, as an archive; whoever wants it removes its directory. */
export function buildGuest(): { readonly directory: string; readonly archive: string } {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-guest-'));
  const root = join(directory, 'root');
  layRoot(root, join(import.meta.dirname, 'init.sh'), [...MODULES, ...DISK_MODULES]);
  writeFileSync(join(root, 'disk-modules'), `${DISK_MODULES.join('\n')}\n`);
  mkdirSync(join(root, 'etc/corosync'));
  copyFileSync(join(ROOT, 'native/build/holdfast-watchdog'), join(root, 'bin/holdfast-watchdog'));
  const source = join(import.meta.dirname, 'prove.c');
  execFileSync('cc', ['-static', '-O1', '-Wall', '-o', join(root, 'bin/prove'), source]);
  for (const program of PROGRAMS) copyFileSync(`/usr/sbin/${program}`, join(root, 'bin', program));
  copyLibraries(root, [...PROGRAMS.map((program) => `/usr/sbin/${program}`), ...OPENED]);
  writeFileSync(join(root, 'etc/corosync/corosync.conf'), corosyncConf(1));
  writeFileSync(join(root, 'corosync-of-three.conf'), corosyncConf(3));
  return { directory, archive: pack(root, join(directory, 'guest.cpio')) };
}

/** All on one address: the others are never there. */
function corosyncConf(nodes: number): string {
  const list = Array.from(
    { length: nodes },
    (_, index) =>
      `  node {\n    name: n${index + 1}\n    nodeid: ${index + 1}\n` +
      `    ring0_addr: 127.0.0.${index + 1}\n  }\n`,
  );
  return (
    'totem {\n  version: 2\n  cluster_name: guest\n  transport: udpu\n  token: 1000\n}\n' +
    `nodelist {\n${list.join('')}}\nquorum {\n  provider: corosync_votequorum\n}\n` +
    'logging {\n  to_stderr: yes\n}\n'
  );
}
