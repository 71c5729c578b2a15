/** Who this daemon is: which life of it, on which start of the machine. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { incarnation } from '../core/model/ids.ts';
import type { Incarnation } from '../core/model/ids.ts';

/** New with each start of the daemon. */
export function newIncarnation(): Incarnation {
  return incarnation(randomUUID());
}

/**
 * The start of the machine: the kernel's boot id and the start of PID 1, so that a container that
 * was switched off and on counts as another start, too (proc_sys_kernel_random(5),
 * proc_pid_stat(5) field 22).
 * @param first what the machine began with: another process than PID 1 where several nodes are on one machine
 */
export function readBoot(
  first = 1,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): string {
  const boot = read('/proc/sys/kernel/random/boot_id').trim();
  return `${boot}-${startTime(read(`/proc/${first}/stat`))}`;
}

/** The name in field 2 may hold spaces and brackets, so counting begins behind its last bracket. */
function startTime(stat: string): string {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[19] ?? '';
}
