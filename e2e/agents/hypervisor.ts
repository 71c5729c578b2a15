/** A machine with libvirt and sshd, of packages that are only unpacked (hypervisor.sh). Needs root. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, until } from './stage.ts';

export const UNPACKED = join(import.meta.dirname, '../../.cache/hypervisor');
const START_MS = 60_000;

export interface Hypervisor {
  /** Where it and the test share files. */
  readonly files: string;
  /** Its process 1, whose namespaces are its own. */
  readonly pid: number;
  /** Processes of machines with this name. */
  readonly machines: (name: string) => readonly number[];
  close(): Promise<void>;
}

/** Why there can be none; undefined: there can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  return existsSync(UNPACKED) ? undefined : 'libvirt is not unpacked: run ./dev setup';
}

/** Resolves when libvirt answers; a machine named n1 runs there. */
export async function startHypervisor(): Promise<Hypervisor> {
  const files = mkdtempSync(join(tmpdir(), 'holdfast-virsh-'));
  mkdirSync(join(files, 'private'));
  const enter = 'unshare --mount --uts --net --ipc --pid --fork --kill-child --mount-proc';
  const script = join(import.meta.dirname, 'hypervisor.sh');
  const [program = '', ...words] = `${enter} --propagation private sh`.split(' ');
  const child = spawn(program, [...words, script, UNPACKED, files], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = (): boolean => child.exitCode !== null;
  await until(() => existsSync(join(files, 'ready')) || ended(), START_MS);
  if (ended()) throw new Error(`the hypervisor ended with ${String(child.exitCode)}`);
  return {
    files,
    pid: await processOne(child.pid ?? 0),
    machines: (name) =>
      readdirSync('/proc')
        .filter((pid) => isMachine(pid, name))
        .map(Number),
    // Process 1 of its namespace goes, and everything there with it.
    close: async () => {
      child.kill('SIGKILL');
      await eventually(() => Promise.resolve(rmSync(files, { recursive: true })));
    },
  };
}

/** The shell below unshare. */
function processOne(pid: number): Promise<number> {
  return eventually(() => {
    const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
    const child = Number(readFileSync(path, 'utf8').trim());
    return child > 0 ? Promise.resolve(child) : Promise.reject(new Error('no child yet'));
  });
}

function isMachine(pid: string, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0guest=${name},`);
  } catch {
    return false;
  }
}
