/** Daemons on this machine with the local engine, as a test starts and ends them. No root needed. */
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  openSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';

import type { EventView, StatusView } from '../../src/core/view/types.ts';
import { removeLocalCgroup } from '../lab/cgroup.ts';

const root = join(import.meta.dirname, '../..');
const daemon = join(root, 'bin/holdfastd');
const command = join(root, 'bin/holdfast');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Followed {
  lines(): readonly string[];
  end(): Promise<void>;
}

export interface LocalCluster {
  readonly directory: string;
  /** Starts the daemon of a node; resolves when its API answers. */
  start(node: string): Promise<ChildProcess>;
  /** Starts one and lets it be: for daemons that are expected to end. */
  launch(node: string, ...words: readonly string[]): ChildProcess;
  holdfast(node: string, ...words: readonly string[]): Promise<Ended>;
  /** As `holdfast`, with something on standard input. */
  feed(node: string, input: string, ...words: readonly string[]): Promise<Ended>;
  /** Runs a command that goes on until it is ended. */
  follow(node: string, ...words: readonly string[]): Followed;
  status(node: string): Promise<StatusView>;
  history(node: string): Promise<readonly EventView[]>;
  /** Writes a configuration and returns its path. */
  file(text: string): string;
  log(node: string): string;
  /** The daemon's process, dead or alive. */
  daemon(node: string): ChildProcess;
  close(): Promise<void>;
}

/** The directory is short: names of sockets are limited to 107 bytes. */
export const localCluster = (...nodes: readonly string[]): LocalCluster =>
  localClusterIn([], nodes);

/** Daemons and commands are started by these words: `nsenter …`. */
export function localClusterIn(enter: readonly string[], nodes: readonly string[]): LocalCluster {
  const directory = mkdtempSync('/tmp/holdfast-');
  const numbered = nodes.map((name, index) => ({ name, number: index + 1 }));
  const cluster = { clusterName: 'local', nodes: numbered };
  writeFileSync(join(directory, 'cluster.json'), JSON.stringify(cluster));
  const children = new Map<string, ChildProcess>();
  let files = 0;

  const launch = (node: string, ...words: readonly string[]): ChildProcess => {
    const place = join(directory, node);
    mkdirSync(place, { recursive: true });
    const log = openSync(join(place, 'log'), 'a');
    const args = ['--engine', 'local', '--cluster', directory, '--name', node];
    const own = ['--state', join(place, 's'), '--run', join(place, 'r')];
    const [program = '', ...rest] = [...enter, daemon, ...args, ...own, ...words];
    const child = spawn(program, rest, {
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] },
    });
    closeSync(log);
    return child;
  };

  const self: LocalCluster = {
    directory,
    launch,
    start: async (node) => {
      const child = launch(node);
      children.set(node, child);
      await until(`the daemon of ${node}`, async () => {
        if (child.exitCode !== null) throw new Error(`${node} has ended: ${self.log(node)}`);
        return (await self.holdfast(node, 'status', '-o', 'json')).code === 0;
      });
      return child;
    },
    holdfast: (node, ...words) => run(join(directory, node, 'r'), words, '', enter),
    feed: (node, input, ...words) => run(join(directory, node, 'r'), words, input, enter),
    follow: (node, ...words) => {
      const child = startCommand(join(directory, node, 'r'), words, enter);
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
      return { lines: () => text.split('\n').slice(0, -1), end: () => end(child, 'SIGINT') };
    },
    status: async (node) =>
      JSON.parse((await self.holdfast(node, 'status', '-o', 'json')).stdout) as StatusView,
    history: async (node) =>
      JSON.parse((await self.holdfast(node, 'history', '-o', 'json')).stdout) as EventView[],
    file: (text) => {
      const path = join(directory, `c${(files += 1)}.yaml`);
      writeFileSync(path, text);
      return path;
    },
    daemon: (node) => {
      const child = children.get(node);
      if (child === undefined) throw new Error(`${node} was not started`);
      return child;
    },
    log: (node) => readFileSync(join(directory, node, 'log'), 'utf8'),
    close: async () => {
      await Promise.all([...children.values()].map((child) => end(child)));
      for (const name of readdirSync(directory))
        for (const place of [name, join(name, 'r')]) removeLocalCgroup(join(directory, place));
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return self;
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

export async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function run(
  runDirectory: string,
  words: readonly string[],
  input: string,
  enter: readonly string[],
): Promise<Ended> {
  const child = startCommand(runDirectory, words, enter);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

function startCommand(
  runDirectory: string,
  words: readonly string[],
  enter: readonly string[],
): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env['PATH'], HOLDFAST_RUN: runDirectory, TZ: 'UTC' };
  const [program = '', ...rest] = [...enter, command, ...words];
  return spawn(program, rest, { env });
}

/** Polls; throws when it has not come true in time. */
export async function until(
  what: string,
  test: () => Promise<boolean> | boolean,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await test()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`);
}

/** Processes of this machine with exactly these words, /proc/PID/cmdline. */
export function processes(...words: readonly string[]): readonly number[] {
  const wanted = `${words.join('\0')}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readIfThere(`/proc/${name}/cmdline`) === wanted)
    .map(Number);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
