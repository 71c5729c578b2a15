/** The end of a whole cgroup (cgroups(7); Documentation/admin-guide/cgroup-v2.rst, cgroup.kill). */
import { readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * SIGKILL to every process of the cgroup until it is empty. Returns the processes that are still
 * there after `waitMs`; none means that all is gone. A cgroup that does not exist is empty.
 */
export async function killCgroup(directory: string, waitMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + waitMs;
  let pauseMs = 1;
  for (;;) {
    const left = cgroupProcesses(directory);
    if (left.length === 0 || performance.now() >= deadline) return left;
    killOnce(directory, left);
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, 50);
  }
}

/** Process ids in the cgroup itself, zombies left out by the kernel. */
export function cgroupProcesses(directory: string): readonly number[] {
  try {
    const text = readFileSync(join(directory, 'cgroup.procs'), 'latin1');
    return text.split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The directory and all below it, parents first. Programs may make cgroups below their own. */
export function withBelow(directory: string): readonly string[] {
  const found = [directory];
  for (let index = 0; index < found.length; index += 1) {
    const one = String(found[index]);
    for (const entry of subdirectories(one)) found.push(join(one, entry));
  }
  return found;
}

export function subdirectories(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** Removes an empty cgroup; one that is gone, or not empty yet, is left as it is. */
export function removeCgroup(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Someone else removed it, or a process is still in it.
  }
}

/** cgroup.kill takes all at once; before Linux 5.14 and in cgroup v1 one after another. */
function killOnce(directory: string, processes: readonly number[]): void {
  try {
    writeFileSync(join(directory, 'cgroup.kill'), '1', { flag: 'r+' });
  } catch {
    for (const pid of processes) killProcess(pid);
  }
}

function killProcess(pid: number): void {
  if (pid <= 1 || pid === process.pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone in the meantime.
  }
}
