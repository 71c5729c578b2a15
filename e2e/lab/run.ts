import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';

export interface RunOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  /** After this long it gets SIGTERM, half a second later SIGKILL. Default 60 000. */
  readonly timeoutMs?: number;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunResult {
  /** Exit code; 128 + N after signal N; 127 when the program does not exist. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Runs one program to its end. Never a shell: argv goes to the kernel as it is. Never rejects. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(argv, { stdio: ['pipe', 'pipe', 'pipe'] }, options.environment);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on('error', () => {}); // EPIPE: the program did not read its input.
  child.stdin?.end(options.input ?? '');
  return new Promise((resolve) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 500).unref();
    }, options.timeoutMs ?? 60_000);
    const end = (code: number, problem = '') => {
      clearTimeout(timer);
      resolve({ code, stdout: stdout(), stderr: stderr() + problem, timedOut });
    };
    child.on('error', (error) => end(127, error.message));
    child.on('close', (code) => end(code ?? 128 + 9));
  });
}

/** As `run`, but an exit code other than 0 throws with what the program said. */
export async function runOrThrow(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(argv, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr || result.stdout).trim();
  const why = result.timedOut ? 'timed out' : `exit code ${String(result.code)}`;
  throw new Error(`${argv.join(' ')}: ${why}${said === '' ? '' : `: ${said}`}`);
}

/** Starts a program and returns at once. */
export function start(
  argv: readonly string[],
  options: SpawnOptions = {},
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error('nothing to run: the argument list is empty');
  return spawn(program, rest, { ...options, env: { ...process.env, ...environment } });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const pieces: Buffer[] = [];
  stream?.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString('utf8');
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Asks `probe` every `everyMs` until it says yes; throws with `what` after `timeoutMs`. */
export async function until(
  what: string,
  probe: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  everyMs = 10,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await probe())) {
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${String(timeoutMs)} ms`);
    await sleep(everyMs);
  }
}
