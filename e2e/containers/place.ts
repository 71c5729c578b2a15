/** A node with container runtimes, for the tests: namespaces with packages that are only unpacked. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, openStage, startProcess, until, type Stage } from '../agents/stage.ts';

/** Where the packages of the runtimes are, as in a root directory. */
export const unpacked = join(import.meta.dirname, '../../.cache/containers');

export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  return existsSync(join(unpacked, 'usr/bin/podman'))
    ? undefined
    : 'the container runtimes are not unpacked: run ./dev setup';
}

export interface Place {
  readonly stage: Stage;
  /** What runs a program in its namespaces. */
  readonly enter: readonly [string, ...string[]];
  /** A directory with the files of a small system: busybox alone. */
  readonly root: string;
  /** The daemon of the stage is killed, and another one begins in its place. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** `plain`: not with both versions of cgroups at once. */
export async function openPlace(hierarchy: 'plain' | 'asItIs'): Promise<Place> {
  const files = mkdtempSync(join(tmpdir(), 'holdfast-containers-'));
  const script = join(import.meta.dirname, 'place.sh');
  const enterNew = 'unshare --mount --net --propagation private sh'.split(' ');
  const [program, ...words] = [...enterNew, script, unpacked, files, hierarchy];
  const holder = spawn(program, words, { stdio: 'ignore' });
  await until(() => existsSync(join(files, 'ready')) || holder.exitCode !== null, 20_000);
  if (holder.exitCode !== null) throw new Error('the place could not be made');
  const enter: Place['enter'] = ['nsenter', '--net', '--mount', '-t', String(holder.pid), '--'];
  const options = { start: startProcess(enter), again: () => enter };
  let stage = await openStage(options);
  return {
    get stage() {
      return stage;
    },
    enter,
    root: join(files, 'root'),
    restart: async () => {
      await stage.crash();
      stage = await openStage({ ...options, former: stage });
    },
    close: async () => {
      await stage.close();
      holder.kill('SIGKILL');
      await eventually(() => Promise.resolve(rmSync(files, { recursive: true })));
    },
  };
}
