/** A machine of its own, which its watchdog may reset: QEMU, Debian's kernel, one busybox. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { KERNEL, layRoot, pack } from '../guest/archive.ts';

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
  copyLibraries(root);
  writeFileSync(join(root, 'etc/corosync/corosync.conf'), corosyncConf(1));
  writeFileSync(join(root, 'corosync-of-three.conf'), corosyncConf(3));
  return { directory, archive: pack(root, join(directory, 'guest.cpio')) };
}

/** Where the loader looks for them; Two are opened at run time. */
function copyLibraries(root: string): void {
  const opened = ['libquorum.so.5', 'libgcc_s.so.1'].map((name) => `/lib/x86_64-linux-gnu/${name}`);
  const programs = PROGRAMS.map((program) => `/usr/sbin/${program}`);
  const output = execFileSync('ldd', [...programs, ...opened], { encoding: 'utf8' });
  const files = [...output.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
  for (const file of new Set([...files, ...opened])) {
    const place = file.includes('ld-linux') ? 'lib64' : 'usr/lib/x86_64-linux-gnu';
    mkdirSync(join(root, place), { recursive: true });
    copyFileSync(file, join(root, place, basename(file)));
  }
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

/** A file of this machine that is a disk of the guest. */
export interface SharedDisk {
  readonly path: string;
  /** Called with all that the guest has said, whenever it says more. */
  readonly onSaid: (said: string) => void;
}

/** Everything that the guest's console said until it was reset or switched itself off. */
export async function runGuest(
  archive: string,
  scenario: string,
  shared?: SharedDisk,
): Promise<string> {
  const options = {
    machine: 'pc,accel=tcg',
    cpu: 'qemu64',
    m: '192',
    display: 'none',
    monitor: 'none',
    serial: 'stdio',
    kernel: KERNEL,
    initrd: archive,
    ...(shared === undefined
      ? {}
      : { drive: `file=${shared.path},format=raw,if=virtio,cache=none` }),
    append: `console=ttyS0 quiet no_timer_check tsc=unstable scenario=${scenario}`,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  const guest = spawn(
    'qemu-system-x86_64',
    ['-nodefaults', '-no-user-config', '-no-reboot', ...words],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [guest.stdout, guest.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      shared?.onSaid(said);
    });
  }
  const ended = Promise.withResolvers<string>();
  const timer = setTimeout(() => guest.kill('SIGKILL'), GUEST_MS_MAX);
  guest.on('error', (error) => ended.reject(error));
  guest.on('exit', (_code, signal) =>
    ended.resolve(signal === null ? said : `${said}\nhost: ended by ${signal}\n`),
  );
  return ended.promise.finally(() => clearTimeout(timer));
}

const GUEST_MS_MAX = 80_000;
