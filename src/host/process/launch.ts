/**
 * Runs a program by way of `holdfast-launch` (native/launch.c), which stays with it until every
 * process of it is gone. docs/decisions/operations-gone.md says why a program of its own does this.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type {
  ProcessOutcome,
  ProcessRequest,
  ProcessResult,
  RunningProcess,
  StartProcess,
} from '../../agents/process.ts';
import { LaunchReader } from './protocol.ts';
import { endWithoutLauncher } from './orphans.ts';

export interface LaunchOptions {
  /** Path of the program `holdfast-launch`. */
  readonly launcher: string;
  /** `cgroup.procs` files that the launcher moves to before it starts anything. */
  readonly joins?: readonly string[];
  /** `cgroup.procs` file where the launcher itself then lives. */
  readonly home?: string;
}

/** A pipe's capacity: standard input is given at once, so that no program can block on it. */
const inputBytesMax = 65_536;
const reportBytesMax = 40 << 20;

/** `spawn` blocks the loop about 1 ms. Nothing of the daemon's environment reaches the program. */
export function createStartProcess(options: LaunchOptions): StartProcess {
  return (request) => {
    const startedAt = performance.now();
    const input = Buffer.from(request.standardInput ?? '');
    if (input.length > inputBytesMax) return refused('input', 'EFBIG');
    try {
      const child = spawn(options.launcher, launcherArguments(options, request, input.length), {
        stdio: [input.length > 0 ? 'pipe' : 'ignore', 'ignore', 'ignore', 'pipe'],
        env: request.environment,
        cwd: '/',
      });
      return follow(child, request, input, startedAt);
    } catch (error) {
      return refused('fork', errorCode(error));
    }
  };
}

function launcherArguments(
  options: LaunchOptions,
  request: ProcessRequest,
  inputBytes: number,
): string[] {
  const list: string[] = [];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) list.push(`--${name}`, String(value));
  };
  for (const file of options.joins ?? []) add('join', file);
  add('home', options.home);
  add('cgroup', request.cgroup?.directory);
  add('keep', request.cgroup?.keep);
  add('directory', request.directory);
  add('user', request.user);
  add('group', request.group);
  add('timeout-ms', Math.ceil(request.timeoutMs));
  add('output-max', request.outputBytesMax);
  add('input-bytes', inputBytes);
  add('separate', request.separateErrors === true ? 1 : 0);
  return [...list, '--', ...request.argv];
}

/** Waits for the report, not for the launcher's exit: it may stay to drain a service's output. */
function follow(
  child: ChildProcess,
  request: ProcessRequest,
  input: Buffer,
  startedAt: number,
): RunningProcess {
  const socket = child.stdio[3] as Duplex;
  const reader = new LaunchReader();
  const result = new Promise<ProcessResult>((resolve) => {
    const finish = (outcome: ProcessOutcome, texts?: Partial<ProcessResult>): void => {
      socket.destroy();
      child.unref();
      resolve({
        output: '',
        errorOutput: '',
        outputBytesTotal: 0,
        durationMs: performance.now() - startedAt,
        ...texts,
        outcome,
      });
    };
    child.on('error', (error) =>
      finish({ kind: 'not-run', stage: 'fork', error: errorCode(error) }),
    );
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (!reader.add(chunk, reportBytesMax)) socket.destroy();
    });
    socket.on('close', () => {
      if (child.pid === undefined) return; // 'error' says why
      const report = reader.report();
      if (report) finish(report.outcome, report);
      else void endWithoutLauncher(request.cgroup, reader.started()).then(finish);
    });
  });
  giveInput(child, input);
  return { result, cancel: () => socket.write('c') };
}

function giveInput(child: ChildProcess, input: Buffer): void {
  child.stdin?.on('error', () => undefined); // it may be gone before it has read all
  child.stdin?.end(input);
}

function refused(stage: string, error: string): RunningProcess {
  const outcome = { kind: 'not-run', stage, error } as const;
  const rest = { output: '', errorOutput: '', outputBytesTotal: 0, durationMs: 0 };
  return { result: Promise.resolve({ outcome, ...rest }), cancel: () => undefined };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : String(error);
}
