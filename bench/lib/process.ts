/** A whole process from its start to its end: wall time and the most memory that it had. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessCost {
  readonly seconds: number;
  /** VmHWM of proc_pid_status(5), read until the end; 1 MB is 1 000 000 bytes. */
  readonly peakMb: number;
}

const POLL_MS = 10;

/** Its output goes nowhere. Throws when it fails or does not end in time. */
export async function costOf(argv: readonly string[], timeoutMs: number): Promise<ProcessCost> {
  const [program = '', ...rest] = argv;
  const begin = performance.now();
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'ignore'], timeout: timeoutMs });
  let peakMb = 0;
  const look = (): void => {
    peakMb = Math.max(peakMb, highWaterMb(child.pid));
  };
  const timer = setInterval(look, POLL_MS);
  try {
    const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (status, signal) => resolve(status ?? signal));
    });
    const seconds = (performance.now() - begin) / 1000;
    if (code !== 0) throw new Error(`${argv.join(' ')}: ended with ${String(code)}`);
    return { seconds, peakMb };
  } finally {
    clearInterval(timer);
  }
}

function highWaterMb(pid: number | undefined): number {
  try {
    const text = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0; // It has ended.
  }
}
