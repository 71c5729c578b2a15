/** What QEMU's own words say of a machine (qemu-system(1)). */
import { controlSockets } from '../agents/vm/command-line.ts';
import { disksIn, macsIn, partsOf, valueIn, valuesOf } from '../core/config/qemu-words.ts';
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
  const of = valuesOf(words);
  return {
    name: nameIn(of('name').at(-1)),
    memoryMib: mebibytes(of('m').at(-1)),
    cpus: Number(/^(?:cpus=)?(\d+)/.exec(of('smp').at(-1) ?? '1')?.[1] ?? 1),
    control: controlSockets(words)[0],
    disks: disksIn(words),
    macs: macsIn(words),
    taps: of('netdev').flatMap((one) => {
      const ifname = valueIn(one, 'ifname');
      return one.startsWith('tap,') && ifname !== undefined ? [ifname] : [];
    }),
  };
}

const nameIn = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : (valueIn(value, 'guest') ?? partsOf(value)[0]);

/** 128 MiB is QEMU's own default; a number without a unit is in MiB. */
function mebibytes(value = '128'): number {
  const [, number = '128', unit = 'M'] = /^(?:size=)?(\d+)([kKMGT]?)/.exec(value) ?? [];
  const mib: Readonly<Record<string, number>> = { k: 1 / 1024, K: 1 / 1024, G: 1024, T: 1_048_576 };
  return Math.max(1, Math.round(Number(number) * (mib[unit] ?? 1)));
}
