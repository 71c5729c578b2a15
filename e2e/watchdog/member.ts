/** A node of the laboratory whose machine is a QEMU guest: its kernel's watchdog resets it, nobody else can. */
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { KERNEL, copyLibraries, layRoot, pack } from '../guest/archive.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { repository } from '../lab/toolchain.ts';
import { bridged } from '../machines/lab.ts';
import { openQmp } from '../../src/agents/vm/qmp.ts';

/** What its feeder is started with, in seconds. */
const TIMEOUT_S = 8;
const PROOF_AGE_S = 8;
/** 2 × (the age of what it feeds on + the driver's timeout): what the others wait for. */
export const WAIT_MS = 2 * (PROOF_AGE_S + TIMEOUT_S) * 1000;

const MODULES = [
  'virtio_ring.ko',
  'virtio.ko',
  'virtio_pci_modern_dev.ko',
  'virtio_pci_legacy_dev.ko',
  'virtio_pci.ko',
  'failover.ko',
  'net_failover.ko',
  'virtio_net.ko',
  'watchdog.ko',
];
const CPU = 'qemu64';
const PROGRAMS = ['/usr/sbin/corosync', '/usr/bin/chrt'];
const built = join(repository, 'native/build');
/** At run time, by the addon and by Corosync. */
const OPENED = [
  'cpg.so.4',
  'quorum.so.5',
  'votequorum.so.8',
  'cmap.so.4',
  'cfg.so.7',
  'gcc_s.so.1',
].map((name) => `/lib/x86_64-linux-gnu/lib${name}`);

/** What it runs as its job: the host sees in its console when it last did. */
const JOB = `#!/bin/sh
while :; do
  echo "guest: the job runs at $(cut -d' ' -f1 /proc/uptime)" >/dev/console
  usleep 200000
done
`;

/** The guest's whole file system, in the laboratory's shared directory. `job`: the path of its service. */
export function packMember(lab: Lab, node: LabNode, job: string): void {
  const root = join(lab.sharedDirectory, 'member');
  layRoot(root, join(import.meta.dirname, 'member-init.sh'), [...MODULES, 'softdog.ko']);
  const place = (path: string): string => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    return join(root, path);
  };
  const write = (path: string, text: string, mode = 0o644): void => {
    writeFileSync(place(path), text, { mode });
  };
  write('modules', `${MODULES.join('\n')}\n`);
  write('times/timeout', String(TIMEOUT_S));
  write('times/proof-age', String(PROOF_AGE_S));
  write('etc/passwd', 'root:x:0:0:root:/:/bin/sh\n');
  write('etc/group', 'root:x:0:\n');
  write('opt/holdfast/package.json', '{ "type": "module" }\n');
  write(job, JOB, 0o755);
  cpSync(join(node.directory, 'etc-corosync'), place('etc/corosync'), { recursive: true });
  cpSync(join(repository, 'dist'), place('opt/holdfast/dist'), {
    recursive: true,
    filter: (path) => !path.endsWith('.map'),
  });
  cpSync(built, place('opt/holdfast/native/build'), { recursive: true });
  copyFileSync(join(repository, 'bin/holdfastd'), place('opt/holdfast/bin/holdfastd'));
  copyFileSync(process.execPath, place('opt/holdfast/node_modules/.bin/node'));
  copyFileSync(join(built, 'holdfast-watchdog'), place('usr/sbin/holdfast-watchdog'));
  for (const path of PROGRAMS) copyFileSync(path, place(path.slice(1)));
  const programs = ['holdfast.node', 'holdfast-launch', 'holdfast-supervise', 'holdfast-watchdog'];
  const files = programs.map((name) => join(built, name));
  copyLibraries(root, [...PROGRAMS, process.execPath, ...files, ...OPENED]);
  pack(root, join(lab.sharedDirectory, 'member.cpio'));
  copyFileSync(KERNEL, join(lab.sharedDirectory, 'member.kernel'));
}

export interface Member {
  /** All that its console has said. */
  readonly said: () => string;
  /** When something new of this kind was said last, on `performance.now()`; undefined: never. */
  readonly lastSaidAt: (words: string) => number | undefined;
  /** When its machine ended; undefined: it is on. */
  readonly endedAt: () => number | undefined;
  /** A line for its shell. */
  readonly type: (line: string) => void;
  /** The whole machine stands still, as one that its host pauses; or goes on. */
  readonly pause: (paused: boolean) => Promise<void>;
}

/**
 * Boots the guest in the place of this node, at its cable.
 * @param looksVirtual whether the guest can see that it is one; otherwise it takes itself for a real machine
 */
export async function bootMember(lab: Lab, node: LabNode, looksVirtual: boolean): Promise<Member> {
  await node.boot();
  await bridged(node);
  const ip = (text: string): Promise<string> => node.ask(['ip', ...text.split(' ')]);
  await ip('address flush dev br0');
  await ip('tuntap add dev tap0 mode tap');
  await ip('link set tap0 master br0 up');
  const options = {
    machine: 'pc,accel=tcg',
    cpu: looksVirtual ? CPU : `${CPU},-hypervisor`,
    ...(looksVirtual ? {} : { smbios: 'type=1,manufacturer=Laboratory' }),
    m: '1024',
    display: 'none',
    monitor: 'none',
    qmp: 'unix:/run/lab/monitor,server=on,wait=off',
    serial: 'stdio',
    kernel: '/run/lab/member.kernel',
    initrd: '/run/lab/member.cpio',
    netdev: 'tap,id=net0,ifname=tap0,script=no,downscript=no',
    device: 'virtio-net-pci,netdev=net0',
    append: 'console=ttyS0 quiet no_timer_check tsc=unstable',
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  return follow(
    node,
    ['qemu-system-x86_64', '-nodefaults', '-no-user-config', '-no-reboot', ...words],
    join(lab.sharedDirectory, 'monitor'),
  );
}

function follow(node: LabNode, argv: readonly string[], monitor: string): Member {
  const child = node.spawn(argv);
  const lastAt = new Map<string, number>();
  let said = '';
  let endedAt: number | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const line of text.split('\n'))
        lastAt.set(line.replace(/ at [\d.]+\s*$/, ''), performance.now());
    });
  child.on('exit', () => (endedAt = performance.now()));
  return {
    said: () => said,
    lastSaidAt: (words) => lastAt.get(words),
    endedAt: () => endedAt,
    type: (line) => void child.stdin?.write(`${line}\n`),
    pause: async (paused) => {
      const qmp = await openQmp(monitor, AbortSignal.timeout(10_000));
      await qmp.ask(paused ? 'stop' : 'cont');
      qmp.close();
    },
  };
}
