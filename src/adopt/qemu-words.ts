/** What QEMU's own words say of a machine (qemu-system(1)). */
import { controlSockets } from '../agents/vm/command-line.ts';
import type { Disk } from './found.ts';

export interface QemuSummary {
  readonly name: string | undefined;
  readonly memoryMib: number;
  readonly cpus: number;
  /** Where it listens for commands of QMP. */
  readonly control: string | undefined;
  readonly disks: readonly Disk[];
  /** Hardware addresses that it was given, in lower case. */
  readonly macs: readonly string[];
  /** Network devices that were made by somebody else. */
  readonly taps: readonly string[];
}

export function qemuSummary(words: readonly string[]): QemuSummary {
  const options = pairsOf(words);
  const of = (name: string): readonly string[] =>
    options.filter(([option]) => option === name).map(([, value]) => value);
  return {
    name: nameIn(of('name').at(-1)),
    memoryMib: mebibytes(of('m').at(-1)),
    cpus: Number(/^(?:cpus=)?(\d+)/.exec(of('smp').at(-1) ?? '1')?.[1] ?? 1),
    control: controlSockets(words)[0],
    disks: onceEach([...of('drive'), ...of('blockdev')].flatMap(diskIn).concat(plain(of))),
    macs: [...of('device'), ...of('nic'), ...of('net')].flatMap(macIn),
    taps: of('netdev').flatMap((one) => {
      const ifname = valueIn(one, 'ifname');
      return one.startsWith('tap,') && ifname !== undefined ? [ifname] : [];
    }),
  };
}

type Pair = readonly [option: string, value: string];

/** `-m 256` and `--m 256`; a value never begins with `-` but that of `-append`. */
function pairsOf(words: readonly string[]): readonly Pair[] {
  return words.flatMap((word, index): readonly Pair[] => {
    const option = /^--?([a-zA-Z][\w-]*)$/.exec(word)?.[1];
    return option === undefined ? [] : [[option, words[index + 1] ?? '']];
  });
}

/** A comma within a value is written twice. */
function partsOf(value: string): readonly string[] {
  return value.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','));
}

function valueIn(value: string, name: string): string | undefined {
  const found = partsOf(value).find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

const nameIn = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : (valueIn(value, 'guest') ?? partsOf(value)[0]);

/** 128 MiB is QEMU's own default; a number without a unit is in MiB. */
function mebibytes(value = '128'): number {
  const [, number = '128', unit = 'M'] = /^(?:size=)?(\d+)([kKMGT]?)/.exec(value) ?? [];
  const mib: Readonly<Record<string, number>> = { k: 1 / 1024, K: 1 / 1024, G: 1024, T: 1_048_576 };
  return Math.max(1, Math.round(Number(number) * (mib[unit] ?? 1)));
}

/** `file=/vm/a.raw,format=raw`, or the JSON of a block device. */
function diskIn(value: string): readonly Disk[] {
  const path = value.startsWith('{')
    ? /"filename"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(value)?.[1]
    : (valueIn(value, 'file') ?? valueIn(value, 'filename') ?? valueIn(value, 'file.filename'));
  return path?.startsWith('/') === true ? [{ path, own: !readsOnly.test(value) }] : [];
}

/** Many machines may read one image. */
const readsOnly = /(?:^|,)(?:readonly|read-only)(?:=on)?(?:,|$)|media=cdrom|"read-only"\s*:\s*true/;

function plain(of: (name: string) => readonly string[]): readonly Disk[] {
  const named = (names: readonly string[], own: boolean): readonly Disk[] =>
    names
      .flatMap(of)
      .filter((path) => path.startsWith('/'))
      .map((path) => ({ path, own }));
  return [...named(['hda', 'hdb', 'hdc', 'hdd'], true), ...named(['cdrom'], false)];
}

const onceEach = (disks: readonly Disk[]): readonly Disk[] =>
  disks.filter(({ path }, index) => disks.findIndex((one) => one.path === path) === index);

/** `virtio-net-pci,netdev=n,mac=52:54:00:00:00:01`; QEMU's own default is no address to know it by. */
const macIn = (value: string): readonly string[] =>
  /(?:^|,|")mac(?:addr)?(?:=|"\s*:\s*")([0-9a-f:]{17})/i
    .exec(value)
    ?.slice(1, 2)
    .map((mac) => mac.toLowerCase()) ?? [];
