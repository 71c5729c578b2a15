/**
 * Runs a program by way of `holdfast-launch` (native/launch.c), which stays with it until every
 * process of it is gone. docs/decisions/operations-gone.md says why a program of its own does this.
 */
import type { Socket } from 'node:net';
import type {
  ProcessOutcome,
  ProcessRequest,
  ProcessResult,
  RunningProcess,
  StartProcess,
} from '../../agents/process.ts';
import { LaunchReader } from './protocol.ts';
import { endWithoutLauncher } from './orphans.ts';
import type { Spares } from './spare.ts';

export interface LaunchOptions {
  /** The program `holdfast-launch`. */
  readonly launchers: Spares;
}

/** A pipe's capacity: the launcher gives it at once, so that no program can block on it. */
const inputBytesMax = 65_536;
const reportBytesMax = 40 << 20;

/** Blocks the loop at most about 0.5 ms. Nothing of the daemon's environment reaches the program. */
export function createStartProcess(options: LaunchOptions): StartProcess {
  return (request) => {
    const startedAt = performance.now();
    const input = Buffer.from(request.standardInput ?? '');
    if (input.length > inputBytesMax) return refused('input', 'EFBIG');
    try {
      const argv = launcherArguments(request, input.length);
      const socket = options.launchers.start(argv, request.environment, input);
      return follow(socket, request, startedAt);
    } catch (error) {
      return refused('fork', errorCode(error));
    }
  };
}

function launcherArguments(request: ProcessRequest, inputBytes: number): string[] {
  const list: string[] = [];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) list.push(`--${name}`, String(value));
  };
  add('cgroup', request.cgroup?.directory);
  if (request.cgroup) add('fresh', 1);
  add('directory', request.directory);
  add('user', request.user);
  add('group', request.group);
  add('timeout-ms', Math.ceil(request.timeoutMs));
  add('output-max', request.outputBytesMax);
  add('input-bytes', inputBytes);
  add('separate', request.separateErrors === true ? 1 : 0);
  add('live', request.liveFile);
  return [...list, '--', ...request.argv];
}

/** Waits for the report, not for the launcher's exit: it may stay to drain a service's output. */
function follow(socket: Socket, request: ProcessRequest, startedAt: number): RunningProcess {
  const reader = new LaunchReader();
  const result = new Promise<ProcessResult>((resolve) => {
    const finish = (outcome: ProcessOutcome, texts?: Partial<ProcessResult>): void => {
      socket.destroy();
      resolve({
        output: '',
        errorOutput: '',
        outputBytesTotal: 0,
        durationMs: performance.now() - startedAt,
        ...texts,
        outcome,
      });
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (!reader.add(chunk, reportBytesMax)) socket.destroy();
    });
    socket.on('close', () => {
      const report = reader.report();
      if (report) finish(report.outcome, report);
      else void endWithoutLauncher(request.cgroup, reader.started()).then(finish);
    });
  });
  return { result, cancel: () => socket.write('c') };
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
