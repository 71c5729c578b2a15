/**
 * The end of an operation whose launcher was killed by someone else. With a cgroup it is exact.
 * Without one only the session can be ended, and that nothing detached from it cannot be proven.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationCgroup, ProcessOutcome } from '../../agents/process.ts';
import { killCgroup, removeCgroup } from '../cgroup/kill.ts';
import type { ProcessIdentity } from './protocol.ts';

const killWaitMs = 5000;

/**
 * Kills what is left. `signaled` by SIGKILL when all of it is certainly gone, otherwise
 * `unkillable`; an empty list of processes says that nothing is seen, yet nothing is proven.
 */
export async function endWithoutLauncher(
  cgroup: OperationCgroup | undefined,
  program: ProcessIdentity | undefined,
): Promise<ProcessOutcome> {
  if (cgroup) {
    const left = await killCgroup(cgroup.directory, killWaitMs);
    if (left.length > 0) return { kind: 'unkillable', processes: left };
    removeCgroup(cgroup.directory);
    return { kind: 'signaled', signal: 9 };
  }
  if (!program) return { kind: 'unkillable', processes: [] };
  return { kind: 'unkillable', processes: await killSession(program) };
}

/** The agent leads a session of its own (setsid in the launcher's child). */
async function killSession(program: ProcessIdentity): Promise<readonly number[]> {
  const deadline = performance.now() + killWaitMs;
  let left = sessionMembers(program.pid);
  while (left.length > 0 && performance.now() < deadline) {
    for (const pid of left) kill(pid);
    await sleep(20);
    left = sessionMembers(program.pid);
  }
  return left;
}

function sessionMembers(session: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && readProcess(pid)?.session === session);
}

export interface ProcessFacts {
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot (proc(5) `starttime`); with the pid it names a process for good. */
  readonly startTicks: string;
}

/** What /proc/PID/stat says; undefined when there is no such process, or only a zombie of it. */
export function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent, , session] = fields;
    if (state === 'Z' || state === 'X') return undefined;
    return {
      state,
      parent: Number(parent),
      session: Number(session),
      startTicks: fields[19] ?? '',
    };
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone in the meantime.
  }
}
