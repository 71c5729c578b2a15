/**
 * Whether this node has the memory for a machine that comes from another node: one that meets the kernel's
 * out-of-memory killer here is lost, and where it is it runs.
 */
import { readFileSync } from 'node:fs';
import { availableMemory } from '../memory.ts';
import { isExpected, machinesOf, type Machines } from './qemu.ts';
import type { AgentHost } from '../host.ts';
import type { VmSettings } from './settings.ts';

const bytesPerMib = 1_048_576;
const pageBytes = 4096;

interface Coming {
  readonly bytes: number;
  /** Its QEMU was started. */
  isWaiting: boolean;
}

/** What this daemon has let in, in the order of asking: until it runs, its memory is still to be taken. */
const coming = new Map<string, Coming>();

/** Undefined: it has its place, until `leaveRoom`, or until it is not waited for any more. Otherwise a sentence. */
export async function takeRoom(
  host: AgentHost,
  resource: string,
  settings: VmSettings,
  available: () => number | undefined = availableMemory,
): Promise<string | undefined> {
  const { memoryMib, migration } = settings;
  coming.delete(resource);
  const before = [...coming];
  if (hasItsOwn(settings)) return undefined;
  coming.set(resource, { bytes: memoryMib * bytesPerMib, isWaiting: false });
  let promised = 0;
  for (const [name, one] of before) promised += await stillToCome(machinesOf(host), name, one);
  const free = available();
  if (migration.overcommit || free === undefined) return undefined;
  const left = Math.max(0, free - promised);
  if (memoryMib * bytesPerMib <= left) return undefined;
  coming.delete(resource);
  const others =
    promised === 0 ? '' : ` beside the ${inMib(promised)} of machines that are on their way here`;
  return (
    `it may use ${String(memoryMib)} MiB of memory, and ${inMib(left)} are available here${others}; ` +
    'migration_overcommit: true lets it come all the same'
  );
}

/** Its QEMU is there: it counts as long as that waits, with what it does not have yet. */
export function keepRoom(resource: string): void {
  const one = coming.get(resource);
  if (one) one.isWaiting = true;
}

export const leaveRoom = (resource: string): boolean => coming.delete(resource);

/** Its memory is set apart on the host, or is a file: it is not taken from what is available. */
const hasItsOwn = ({ arguments: more, commandLine }: VmSettings): boolean =>
  [...more, ...commandLine].some((word) =>
    /^--?mem-path$|^memory-backend-file,|hugetlb=(?:on|yes|true)/.test(word),
  );

async function stillToCome(machines: Machines, resource: string, one: Coming): Promise<number> {
  if (!one.isWaiting) return one.bytes;
  const state = await machines.services.state(resource);
  if (state.kind === 'running' && isExpected(machines, resource)) {
    return Math.max(0, one.bytes - residentBytes(state.pid));
  }
  if (coming.get(resource) === one) coming.delete(resource);
  return 0;
}

/** proc(5), /proc/PID/statm; the second number counts pages. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${String(pid)}/statm`, 'latin1').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}

const inMib = (bytes: number): string => `${String(Math.floor(bytes / bytesPerMib))} MiB`;
