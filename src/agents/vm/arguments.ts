/** The words that QEMU is started with (qemu-system(1)). */
import type { Disk } from './disks.ts';
import { withoutControl } from './command-line.ts';
import { macOf, tapOf, type Network } from './networks.ts';
import type { VmSettings } from './settings.ts';
import { uuidOf } from './uuid.ts';

/** Where the agent finds what belongs to one machine; in a directory of its own, mode 0700. */
export interface VmPlaces {
  /** Operations talk here, one at a time. */
  readonly control: string;
  /** Whoever only looks (the progress of a migration) talks here. */
  readonly watch: string;
  readonly guestAgent: string;
  /** A file that is there while the machine is expected from another node, and not told to run. */
  readonly expected: string;
}

export interface Boot {
  readonly resource: string;
  readonly settings: VmSettings;
  readonly places: VmPlaces;
  readonly accelerator: 'kvm' | 'tcg';
  /** It waits for a machine that comes from another node, and runs when it is told to. */
  readonly incoming: boolean;
}

export function qemuArguments(boot: Boot): readonly string[] {
  const { resource, settings, places, accelerator, incoming } = boot;
  if (settings.commandLine.length > 0) return adoptedArguments(boot);
  const words: readonly (readonly string[])[] = [
    ['-name', `guest=${escaped(resource)},debug-threads=on`, '-nodefaults', '-no-user-config'],
    ['-machine', `${settings.machine},accel=${accelerator}`, '-cpu', settings.cpu],
    ['-m', String(settings.memoryMib), '-smp', String(settings.cpus)],
    ['-uuid', uuidOf(resource, settings), '-rtc', 'base=utc'],
    settings.vnc === undefined ? ['-display', 'none'] : ['-vnc', settings.vnc, ...screen(settings)],
    monitor('control', places.control),
    monitor('watch', places.watch),
    ['-chardev', `ringbuf,id=console,size=${String(consoleBytes)}`, '-serial', 'chardev:console'],
    sandbox,
    bootFrom(settings),
    settings.disks.some((disk) => disk.bus === 'scsi') ? scsiController : [],
    ...settings.disks.map(diskArguments),
    ...settings.networks.map((network, index) => networkArguments(resource, network, index)),
    settings.guestAgent ? guestAgent(places.guestAgent) : [],
    settings.arguments,
    incoming ? ['-incoming', 'defer', '-S'] : [],
  ];
  return words.flat();
}

/** The machine is the same to the last device, or it could not move: only who talks to it is not. */
function adoptedArguments({ settings, places, incoming }: Boot): readonly string[] {
  return [
    ...withoutControl(settings.commandLine.slice(1)),
    ...monitor('control', places.control),
    ...monitor('watch', places.watch),
    ...(incoming ? ['-incoming', 'defer', '-S'] : []),
  ];
}

/** What the guest printed last on its serial line can be had with a failure. */
export const consoleBytes = 65_536;

/** QEMU has no business with other programs, users or the scheduler's settings. */
const sandbox = [
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
];

/** QEMU's `virt` machines have neither a VGA card nor a keyboard of their own. */
const screen = ({ machine }: VmSettings): readonly string[] =>
  machine.startsWith('virt')
    ? ['virtio-gpu-pci', 'qemu-xhci', 'usb-kbd', 'usb-tablet'].flatMap((one) => ['-device', one])
    : ['-vga', 'std'];

/** A comma within a value is written twice (qemu-system(1), "-name" and others). */
const escaped = (value: string): string => value.replaceAll(',', ',,');

const monitor = (id: string, path: string): readonly string[] => [
  '-chardev',
  `socket,id=${id},path=${escaped(path)},server=on,wait=off`,
  '-mon',
  `chardev=${id},mode=control`,
];

function bootFrom({ kernel, initrd, append, firmware }: VmSettings): readonly string[] {
  const option = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  return [
    ...option('-kernel', kernel),
    ...option('-initrd', initrd),
    ...option('-append', append),
    ...option('-bios', firmware),
  ];
}

const scsiController = ['-device', 'virtio-scsi-pci,id=scsi'];

/** The drive's name in QEMU's block layer; both sides of a migration use the same. */
export const diskNode = (index: number): string => `disk${String(index)}`;

/** The image is locked while it is in use (QEMU's own locks), so that no second one writes to it. */
function diskArguments(disk: Disk, index: number): readonly string[] {
  const node = diskNode(index);
  const image = {
    driver: disk.format,
    'node-name': node,
    'read-only': disk.readOnly,
    file: {
      driver: disk.path.startsWith('/dev/') ? 'host_device' : 'file',
      filename: disk.path,
      locking: 'on',
      cache: { direct: disk.cache !== 'writeback', 'no-flush': false },
    },
    discard: 'unmap',
  };
  return ['-blockdev', JSON.stringify(image), ...diskDevice(disk, index)];
}

const drivers = { virtio: 'virtio-blk-pci', ide: 'ide-hd', scsi: 'scsi-hd' } as const;

/**
 * A guest whose disk fails stands still, so that its monitor fails, and it boots anew: here first, and where the disk is well if that fails, too.
 * QEMU's own choice is to let the guest see every error but a full disk.
 */
const onErrors = 'werror=stop,rerror=stop';

function diskDevice({ bus, cache }: Disk, index: number): readonly string[] {
  const node = diskNode(index);
  const writes = `write-cache=${cache === 'directsync' ? 'off' : 'on'}`;
  const words = `${drivers[bus]},drive=${node},id=${node}-device,${writes},${onErrors}`;
  return ['-device', words];
}

function networkArguments(resource: string, network: Network, index: number): readonly string[] {
  const id = `network${String(index)}`;
  const mac = network.mac ?? macOf(resource, index);
  const forward = network.forward === undefined ? '' : `,hostfwd=${network.forward}`;
  const back =
    network.kind === 'user'
      ? `user,id=${id}${forward}`
      : `tap,id=${id},ifname=${tapOf(resource, index)},script=no,downscript=no`;
  return ['-netdev', back, '-device', `${network.model},netdev=${id},mac=${mac},id=${id}-card`];
}

/** QEMU Guest Agent Protocol: a serial line by the name that the agent looks for. */
const guestAgent = (path: string): readonly string[] => [
  '-chardev',
  `socket,id=agent,path=${escaped(path)},server=on,wait=off`,
  '-device',
  'virtio-serial-pci',
  '-device',
  'virtserialport,chardev=agent,name=org.qemu.guest_agent.0',
];
