/** The memory of this node. */
import { readFileSync } from 'node:fs';

/** What programs could still take without swapping, in bytes (proc(5), MemAvailable); undefined: the kernel does not say. */
export function availableMemory(path = '/proc/meminfo'): number | undefined {
  const [, kib] = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync(path, 'utf8')) ?? [];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
