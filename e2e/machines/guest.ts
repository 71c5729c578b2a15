/** A small guest with a web server, and two places where it can live. */
import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, openStage, ownNamespaces, type Stage } from '../agents/stage.ts';
import { KERNEL, copyLibraries, guestFile, layRoot, pack } from '../guest/archive.ts';
import { tool } from '../lab/toolchain.ts';

const MODULES = [
  'virtio',
  'virtio_ring',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'failover',
  'net_failover',
  'virtio_net',
  'virtio_blk',
  'virtio_console',
  'button',
  'evdev',
].map((name) => `${name}.ko`);

/** Among the addresses that the laboratory leaves to services. */
export const GUEST_ADDRESS = '10.77.0.210';
/** Sends back what it gets, over connections that last (RFC 862). */
export const ECHO_PORT = 7;
const DISK_BYTES = 16 << 20;

/** Debian's; `./dev setup` brings it. */
export const GUEST_AGENT = guestFile('qemu-ga');

export interface GuestParts {
  /** With QEMU's guest agent, which runs then. */
  readonly guestAgent?: boolean;
}

/** The guest's file system, as an archive at this path. */
export async function packGuest(
  archive: string,
  { guestAgent = false }: GuestParts = {},
): Promise<string> {
  const root = `${archive}.root`;
  layRoot(root, join(import.meta.dirname, 'init.sh'), MODULES);
  for (const name of ['guest_lab', 'dirty_lab'] as const)
    copyFileSync(await tool(name), join(root, 'bin', name));
  if (guestAgent) {
    copyFileSync(GUEST_AGENT, join(root, 'bin/qemu-ga'));
    copyLibraries(root, [GUEST_AGENT]);
  }
  return pack(root, archive);
}

export const kernelWords = (more = '', address = GUEST_ADDRESS): string =>
  `console=ttyS0 quiet no_timer_check tsc=unstable address=${address} ${more}`;

/** Two nodes with a bridge each, joined by a cable; images and kernel are in one directory. */
export interface Places {
  readonly n1: Stage;
  readonly n2: Stage;
  /** The guest's parameters; further words go to its kernel. */
  readonly guest: (
    rest?: Readonly<Record<string, string>>,
    words?: string,
  ) => Readonly<Record<string, string>>;
  /** A fresh empty image; its path. */
  readonly image: (name: string) => string;
  /** Before each test: mends the cable between the two, where that is needed. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

export async function openPlaces(parts: GuestParts = {}): Promise<Places> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-machines-'));
  const archive = await packGuest(join(directory, 'guest.cpio'), parts);
  const addresses = ['addresses=n1/10.77.0.1,n2/10.77.0.2'];
  const n1 = await openStage({ ...ownNamespaces, words: addresses });
  const n2 = await openStage({ ...ownNamespaces, words: addresses });
  await cable(n1, n2);
  return {
    n1,
    n2,
    guest: (rest = {}, words = '') => ({
      memory: '96',
      kernel: KERNEL,
      initrd: archive,
      append: kernelWords(words),
      networks: 'br0',
      accelerator: 'tcg',
      ...rest,
    }),
    image: (name) => {
      const path = join(directory, name);
      writeFileSync(path, '');
      truncateSync(path, DISK_BYTES);
      return path;
    },
    reconnect: () => reconnect(n1, n2),
    close: async () => {
      await Promise.all([n1.close(), n2.close()]);
      rmSync(directory, { recursive: true });
    },
  };
}

async function cable(n1: Stage, n2: Stage): Promise<void> {
  await n1.inside('ip', 'link', 'add', 'cable1', 'type', 'veth', 'peer', 'name', 'cable2');
  await n1.inside('ip', 'link', 'set', 'cable2', 'netns', String(n2.pid));
  await bridge(n1, '10.77.0.1/24');
  await bridge(n2, '10.77.0.2/24');
  await plugIn(n1, n2);
}

/** The kernel tells bridges late of a carrier, and rarely not at all: then once more. */
function plugIn(n1: Stage, n2: Stage): Promise<void> {
  return eventually(async () => {
    await plug(n1, 'cable1');
    await plug(n2, 'cable2');
    await reach(n1);
  });
}

const reach = (n1: Stage): Promise<string> =>
  n1.inside('busybox', 'ping', '-c', '1', '-w', '2', '10.77.0.2');

/** On a busy machine a bridge was seen to lose its cable for good: that is told, and mended. */
async function reconnect(n1: Stage, n2: Stage): Promise<void> {
  try {
    await reach(n1);
  } catch {
    const seen = await Promise.all([n1, n2].map((each) => each.inside('ip', '-br', 'link')));
    console.warn(`n2 was not reached any more:\n${seen.join('')}`);
    await plugIn(n1, n2);
  }
}

async function plug(stage: Stage, cableEnd: string): Promise<void> {
  await stage.inside('ip', 'link', 'set', cableEnd, 'down');
  await stage.inside('ip', 'link', 'set', cableEnd, 'master', 'br0', 'up');
}

async function bridge(stage: Stage, address: string): Promise<void> {
  const ip = (text: string): Promise<string> => stage.inside('ip', ...text.split(' '));
  await ip('link set lo up');
  await ip('link add br0 type bridge forward_delay 0');
  await ip(`address add ${address} dev br0`);
  await ip('link set br0 up');
}
