import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tellNodeDown } from '../../src/engine/local/control.ts';
import { nodeName } from '../../src/core/model/ids.ts';
import { removeLocalCgroup } from '../lab/cgroup.ts';
import { descendantsOf, signal } from '../lab/host.ts';
import type { HostProcess } from '../lab/host.ts';
import { createPowerSwitch } from '../lab/power.ts';
import { runOrThrow, start } from '../lab/run.ts';
import { repository, tool } from '../lab/toolchain.ts';
import { claim, localPrefix, sweepLocal } from './local-leftovers.ts';

/** What a local node is: a process of which everything that runs in the node is a descendant. */
export interface LocalNode {
  readonly name: string;
  /** The process that holds the node together; undefined while the node is off. */
  readonly pid: () => number | undefined;
  readonly boot: () => Promise<void>;
  /** Every process of it is gone when this answers; throws when that is not proven. */
  readonly lose: () => Promise<void>;
  /** As `lose`, and the others are told that the node is down: what a power switch does. */
  readonly kill: () => Promise<void>;
  /** The daemon's and the services' processes. */
  readonly processes: () => readonly HostProcess[];
  /** Runs the command on the node and answers what it printed. */
  readonly ask: (argv: readonly string[]) => Promise<string>;
}

/** Daemons of one user on one machine, with a power switch. Needs no root. */
export interface LocalCluster {
  readonly directory: string;
  readonly nodes: readonly LocalNode[];
  /** A port that is free, for the service. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

const names = ['n1', 'n2', 'n3'] as const;

const runDirectoryOf = (directory: string, name: string): string => join(directory, name, 'run');

/** How long a daemon may be away before its node counts as lost; holdfastd's own default is 30 s. */
export const daemonGraceMs = 3000;

/** Everything of it ends with this process, too. */
export async function createLocalCluster(): Promise<LocalCluster> {
  sweepLocal();
  const holder = await tool('node_lab');
  const directory = mkdtempSync(localPrefix);
  claim(directory);
  await layOut(directory);
  const bus = await hold([holder, join(directory, 'bus.out'), '--', ...busProgram(directory)]);
  const nodes = names.map((name) => createLocalNode(holder, directory, name));
  const power = await createPowerSwitch({
    socket: join(directory, 'power.sock'),
    nodes,
    booted: async () => {},
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await power.close();
    await Promise.all(nodes.map((node) => node.lose()));
    await bus.end();
    for (const name of names) removeLocalCgroup(runDirectoryOf(directory, name));
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, nodes, port: await freePort(), close: () => (closing ??= close()) };
}

/** The bus belongs to no node: it stands for what is between them. */
function busProgram(directory: string): readonly string[] {
  return [process.execPath, join(repository, 'src/engine/local/bus.ts'), directory];
}

async function layOut(directory: string): Promise<void> {
  const nodes = names.map((name, at) => ({ name, number: at + 1 }));
  writeFileSync(join(directory, 'cluster.json'), JSON.stringify({ clusterName: 'local', nodes }));
  const grace = `${String(daemonGraceMs)}ms`;
  writeFileSync(join(directory, 'holdfastd.yaml'), `daemon-grace: ${grace}\n`);
  for (const name of [...names, 'agents']) mkdirSync(join(directory, name));
  const agent = join(directory, 'agents', 'fence_lab');
  copyFileSync(await tool('fence_lab'), agent);
  chmodSync(agent, 0o755);
}

function createLocalNode(holder: string, directory: string, name: string): LocalNode {
  const place = join(directory, name);
  const runDirectory = runDirectoryOf(directory, name);
  const argv = [
    join(repository, 'bin', 'holdfastd'),
    '--engine=local',
    `--cluster=${directory}`,
    `--name=${name}`,
    `--state=${join(place, 'state')}`,
    `--run=${runDirectory}`,
    `--config=${join(directory, 'holdfastd.yaml')}`,
  ];
  let held: Held | undefined;
  const lose = async () => {
    await held?.end();
    held = undefined;
  };
  return {
    name,
    pid: () => held?.pid,
    async boot() {
      held ??= await hold([holder, join(place, 'log'), '--', ...argv]);
    },
    lose,
    async kill() {
      await lose();
      await tellNodeDown(directory, nodeName(name));
    },
    processes: () => (held === undefined ? [] : descendantsOf(held.pid)),
    ask: (words) => runOrThrow(words, { environment: { HOLDFAST_RUN: runDirectory } }),
  };
}

interface Held {
  readonly pid: number;
  readonly end: () => Promise<void>;
}

/** Starts tools/node_lab.c; it ends with 0 only when nothing is left of what it held. */
async function hold(argv: readonly string[]): Promise<Held> {
  const child = start(argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  await Promise.race([once(child, 'spawn'), once(child, 'error')]);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${argv[0] ?? ''} does not start`);
  const ended = once(child, 'exit');
  return {
    pid,
    async end() {
      signal(pid, 'SIGTERM');
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new Error(`it is not known whether all of ${argv.join(' ')} is gone`);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
