/** Limits for all processes of a resource, of programs that set none themselves (cgroups(7)). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CgroupLimits } from '../../agents/host.ts';
import { cgroupProcesses, withBelow } from './kill.ts';
import type { Hierarchy } from './hierarchy.ts';

/** Each look finds what was begun, or has not ended, while the last one's processes were moved. */
const looksMax = 200;
const pauseMs = 5;

/**
 * Undefined: they hold. Where version 1 has a controller, in hybrid too, the processes join a cgroup
 * of the same name there; otherwise the directory itself is limited. What went wrong, as words.
 */
export async function limitProcesses(
  hierarchies: readonly Hierarchy[],
  { mountPoint }: Hierarchy,
  directory: string,
  limits: CgroupLimits,
): Promise<string | undefined> {
  try {
    for (const { controller, v1, v2 } of linesOf(limits)) {
      const old = hierarchies.find(({ name }) => name.split(',').includes(controller));
      if (old === undefined) {
        write(join(enabled(mountPoint, directory, controller), v2.file), v2.value);
      } else {
        const target = join(old.mountPoint, directory.slice(mountPoint.length));
        mkdirSync(target, { recursive: true });
        write(join(target, v1.file), v1.value);
        if (target !== directory) await moveAll(directory, target);
      }
    }
    return undefined;
  } catch (error) {
    return `its limits cannot be set: ${error instanceof Error ? error.message : String(error)}`;
  }
}

interface Line {
  readonly controller: string;
  readonly v1: Setting;
  readonly v2: Setting;
}

interface Setting {
  readonly file: string;
  readonly value: string;
}

function linesOf({ memoryMib, cpuMillis, processes }: CgroupLimits): readonly Line[] {
  const lines: Line[] = [];
  const add = (controller: string, v1: string, v2: string, value: string, value2 = value) =>
    lines.push({ controller, v1: { file: v1, value }, v2: { file: v2, value: value2 } });
  if (memoryMib !== undefined) {
    add('memory', 'memory.limit_in_bytes', 'memory.max', String(memoryMib * 1_048_576));
  }
  if (cpuMillis !== undefined) {
    const quota = String(cpuMillis * 100);
    add('cpu', 'cpu.cfs_quota_us', 'cpu.max', quota, `${quota} 100000`);
  }
  if (processes !== undefined) add('pids', 'pids.max', 'pids.max', String(processes));
  return lines;
}

const write = (file: string, text: string): void => writeFileSync(file, text, { flag: 'r+' });

/** A controller counts below a cgroup where each one above it hands it down. */
function enabled(mountPoint: string, directory: string, controller: string): string {
  const above: string[] = [];
  for (let one = dirname(directory); one.length >= mountPoint.length; one = dirname(one)) {
    above.unshift(one);
  }
  for (const one of above) {
    const file = join(one, 'cgroup.subtree_control');
    if (!readFileSync(file, 'utf8').split(/\s/).includes(controller)) {
      write(file, `+${controller}`);
    }
  }
  return directory;
}

async function moveAll(from: string, to: string): Promise<void> {
  for (let looks = 0; looks < looksMax; looks += 1) {
    const there = new Set(withBelow(to).flatMap(cgroupProcesses));
    const missing = withBelow(from)
      .flatMap(cgroupProcesses)
      .filter((pid) => !there.has(pid));
    if (missing.length === 0) return;
    for (const pid of missing) move(to, pid);
    await sleep(pauseMs);
  }
  throw new Error('its processes begin others faster than they can be limited');
}

function move(to: string, pid: number): void {
  try {
    writeFileSync(join(to, 'cgroup.procs'), String(pid));
  } catch (error) {
    // ESRCH: it has ended in the meantime.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
