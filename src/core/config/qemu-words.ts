/** The disks and network cards that QEMU's own words name (qemu-system(1)). */

export interface NamedDisk {
  readonly path: string;
  /** It writes to it. */
  readonly own: boolean;
}

export function disksIn(words: readonly string[]): readonly NamedDisk[] {
  const of = valuesOf(words);
  const disks = [...of('drive'), ...of('blockdev')].flatMap(diskIn).concat(plain(of));
  return disks.filter(({ path }, index) => disks.findIndex((one) => one.path === path) === index);
}

/** Hardware addresses that it is given, in lower case. */
export function macsIn(words: readonly string[]): readonly string[] {
  const of = valuesOf(words);
  return [...of('device'), ...of('nic'), ...of('net')].flatMap(macIn);
}

type ValuesOf = (name: string) => readonly string[];

/** By an option's name; `-m 256` and `--m 256` are the same. A value never begins with `-` but that of `-append`. */
export function valuesOf(words: readonly string[]): ValuesOf {
  const pairs = words.flatMap((word, index): readonly (readonly [string, string])[] => {
    const option = /^--?([a-zA-Z][\w-]*)$/.exec(word)?.[1];
    return option === undefined ? [] : [[option, words[index + 1] ?? '']];
  });
  return (name) => pairs.filter(([option]) => option === name).map(([, value]) => value);
}

/** A comma within a value is written twice. */
export function partsOf(value: string): readonly string[] {
  return value.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','));
}

export function valueIn(value: string, name: string): string | undefined {
  const found = partsOf(value).find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/** `file=/vm/a.raw,format=raw`, or the JSON of a block device. */
function diskIn(value: string): readonly NamedDisk[] {
  const path = value.startsWith('{')
    ? /"filename"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(value)?.[1]
    : (valueIn(value, 'file') ?? valueIn(value, 'filename') ?? valueIn(value, 'file.filename'));
  return path?.startsWith('/') === true ? [{ path, own: !readsOnly.test(value) }] : [];
}

/** Many machines may read one image. */
const readsOnly = /(?:^|,)(?:readonly|read-only)(?:=on)?(?:,|$)|media=cdrom|"read-only"\s*:\s*true/;

function plain(of: ValuesOf): readonly NamedDisk[] {
  const named = (names: readonly string[], own: boolean): readonly NamedDisk[] =>
    names
      .flatMap(of)
      .filter((path) => path.startsWith('/'))
      .map((path) => ({ path, own }));
  return [...named(['hda', 'hdb', 'hdc', 'hdd'], true), ...named(['cdrom'], false)];
}

/** `virtio-net-pci,netdev=n,mac=52:54:00:00:00:01`; QEMU's own default is no address to know it by. */
const macIn = (value: string): readonly string[] =>
  /(?:^|,|")mac(?:addr)?(?:=|"\s*:\s*")([0-9a-f:]{17})/i
    .exec(value)
    ?.slice(1, 2)
    .map((mac) => mac.toLowerCase()) ?? [];
