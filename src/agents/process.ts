/**
 * What agents need from the host to run a program: the request, and what came of it. The host
 * provides `StartProcess` (src/host/process/); tests and the simulator may provide another.
 */

/** The cgroup of one operation; see docs/decisions/operations-gone.md. */
export interface OperationCgroup {
  /**
   * Made for this operation alone; gone with it, unless the operation leaves processes behind: the
   * service. Absolute path.
   */
  readonly directory: string;
}

export interface ProcessRequest {
  /** The program's absolute path, then its arguments. Never a shell's text. */
  readonly argv: readonly [string, ...string[]];
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute; the root directory without it. */
  readonly directory?: string;
  /** At most 64 KiB of UTF-8; without it standard input is empty. */
  readonly standardInput?: string;
  /** 0: no limit. */
  readonly timeoutMs: number;
  readonly user?: string;
  readonly group?: string;
  readonly cgroup?: OperationCgroup;
  /** Of each stream the last part of this size is kept; at most 16 MiB. */
  readonly outputBytesMax: number;
  /** Standard error apart from standard output; otherwise both are one text, in true order. */
  readonly separateErrors?: boolean;
  /** A file that gets the first mebibyte of the output as it comes. */
  readonly liveFile?: string;
}

/**
 * - `exited`, `signaled`: the end of the program itself; what it started may go on.
 * - `timed-out`, `cancelled`: the program and everything that descends from it is gone.
 * - `unkillable`: something of it was still there 5 s after SIGKILL; no processes named means that
 *   their absence could not be proven.
 * - `not-run`: it never ran. `stage` says where it failed (`exec`, `user`, `group`, `directory`,
 *   `cgroup`, `fork` …), `error` is the name of the error number (`ENOENT`).
 */
export type ProcessOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signaled'; readonly signal: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unkillable'; readonly processes: readonly number[] }
  | { readonly kind: 'not-run'; readonly stage: string; readonly error: string };

export interface ProcessResult {
  readonly outcome: ProcessOutcome;
  /** The last part of standard output, with standard error in it unless `separateErrors`. */
  readonly output: string;
  /** The last part of standard error with `separateErrors`, otherwise empty. */
  readonly errorOutput: string;
  /** How much was printed in all, standard output and standard error. */
  readonly outputBytesTotal: number;
  /** From the spawn to the end. */
  readonly durationMs: number;
}

export interface RunningProcess {
  /** Never rejects: what goes wrong is an outcome. */
  readonly result: Promise<ProcessResult>;
  /** Ends everything of it; `result` then says `cancelled` (or what came first). */
  cancel(): void;
}

export type StartProcess = (request: ProcessRequest) => RunningProcess;
