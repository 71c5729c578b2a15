import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** One process as the host's /proc shows it. */
export interface HostProcess {
  readonly pid: number;
  /** The kernel's short name, at most 15 bytes (proc_pid_comm(5)). */
  readonly name: string;
  readonly argv: readonly string[];
}

/**
 * Is it this server (`nginx: master process …`, or started as `/usr/sbin/hello_lab`)? Not the agent of
 * that name, nor what that runs to test the configuration: they come and go with each monitor.
 */
export function isServer({ argv: [first = '', ...rest] }: HostProcess, name: string): boolean {
  if (first.startsWith(`${name}: `)) return true;
  return first.endsWith(`/${name}`) && !first.startsWith('/usr/lib/ocf/') && !rest.includes('-t');
}

/** A process for ever: a pid alone may come back as another process. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/PID/stat (proc_pid_stat(5)). */
  readonly startTicks: string;
}

/** Who `pid` is; undefined when there is none or it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = read(`/proc/${String(pid)}/stat`);
  // The second field is a name in parentheses and may hold spaces and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z') return undefined;
  return { pid, startTicks: fields[19] ?? '' };
}

/** Is this very process still there? */
export function isAlive(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTicks === process.startTicks;
}

/** All processes in the pid namespace of `pid` itself (not in those below it). */
export function processesBeside(pid: number): readonly HostProcess[] {
  const namespace = pidNamespace(pid);
  if (namespace === undefined) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && pidNamespace(Number(entry)) === namespace)
    .map((entry) => describe(Number(entry)))
    .filter((found) => found !== undefined);
}

/** All descendants of `pid`, the nearer ones first. */
export function descendantsOf(pid: number): readonly HostProcess[] {
  const all = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const parents = new Map(all.map((entry) => [Number(entry), parentOf(Number(entry))]));
  const found = [pid];
  for (let at = 0; at < found.length; at++)
    for (const [child, parent] of parents) if (parent === found[at]) found.push(child);
  return found.slice(1).flatMap((each) => describe(each) ?? []);
}

/** Field 4 of /proc/PID/stat (proc_pid_stat(5)). */
function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${String(pid)}/stat`);
  const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

function describe(pid: number): HostProcess | undefined {
  const name = read(`/proc/${String(pid)}/comm`)?.trim();
  const line = read(`/proc/${String(pid)}/cmdline`);
  if (name === undefined || line === undefined) return undefined;
  return { pid, name, argv: line.split('\0').slice(0, -1) };
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/pid`);
  } catch {
    return undefined; // It ended meanwhile.
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // It ended meanwhile.
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
