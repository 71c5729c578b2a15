/** The parameter `disks` of the `vm` class: one word for each disk. */
import { wrong } from '../parameters.ts';
import { readOptions } from './options.ts';

export interface Disk {
  /** An image, or a block device; absolute. */
  readonly path: string;
  /** Never guessed from the content: a guest could write a header that names a file of the host. */
  readonly format: 'raw' | 'qcow2';
  readonly bus: 'virtio' | 'scsi' | 'ide';
  readonly readOnly: boolean;
  readonly cache: 'none' | 'writeback' | 'directsync';
  /** For an image that a migration has to make: `20G`. */
  readonly size: string | undefined;
}

const formats = ['raw', 'qcow2'] as const;
const buses = ['virtio', 'scsi', 'ide'] as const;
const caches = ['none', 'writeback', 'directsync'] as const;
const disksMax = 32;

/** `/vm/web.qcow2` or `/dev/vg/web,format=raw,bus=scsi,readonly=on,cache=none`. */
export function readDisks(words: readonly string[]): readonly Disk[] {
  if (words.length > disksMax) wrong('disks', `names more than ${String(disksMax)}`);
  const disks = words.map(readDisk);
  const twice = disks.find((disk, at) => disks.findIndex((it) => it.path === disk.path) < at);
  if (twice) wrong('disks', `names ${twice.path} twice`);
  return disks;
}

function readDisk(word: string): Disk {
  const { first: path, options } = readOptions('disks', word, [
    'format',
    'bus',
    'readonly',
    'cache',
    'size',
  ]);
  if (!path.startsWith('/')) return wrong('disks', `has ${path}; expected an absolute path`);
  const choose = <Choice extends string>(
    name: string,
    choices: readonly Choice[],
    without: Choice,
  ): Choice => {
    const text = options.get(name) ?? without;
    const found = choices.find((choice) => choice === text);
    return found ?? wrong('disks', `has ${name}=${text}; it can be ${choices.join(', ')}`);
  };
  return {
    path,
    format: choose('format', formats, path.endsWith('.qcow2') ? 'qcow2' : 'raw'),
    bus: choose('bus', buses, 'virtio'),
    readOnly: choose('readonly', ['off', 'on'], 'off') === 'on',
    cache: choose('cache', caches, 'none'),
    size: readSize(options.get('size')),
  };
}

function readSize(text: string | undefined): string | undefined {
  if (text === undefined || /^[1-9]\d{0,15}[KMGT]?$/.test(text)) return text;
  return wrong('disks', `has size=${text}; expected bytes, or 512M, 20G, 1T`);
}
