/** All that the laboratory, the demonstration and the benches need to know of Holdfast itself. */
import type { ChildProcess } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { EventView, NodeView, ResourceView, StatusView } from '../../src/core/view/types.ts';
import { signal } from './host.ts';
import type { HostProcess } from './host.ts';
import { busiest, lastWords } from './last-words.ts';
import type { Lab } from './lab.ts';
import { mustBeOn } from './machine.ts';
import type { Machine } from './machine.ts';
import { followLines } from './membership.ts';
import { run, until } from './run.ts';
import { repository } from './toolchain.ts';

const holdfast = join(repository, 'bin', 'holdfast');
const holdfastd = join(repository, 'bin', 'holdfastd');

/** What is needed of a machine to look at the daemon on it and to ask it: all but its hardware. */
export type Member = Pick<Machine, 'name' | 'pid' | 'processes' | 'ask'> &
  Partial<Pick<Machine, 'directory'>>;

export interface DaemonOptions {
  /** Start it again this long after each end, as the unit does. Default 200; undefined: never. */
  readonly restartAfterMs?: number | undefined;
  /** Another build's `holdfastd`. Default: this checkout's. */
  readonly program?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * What packaging/systemd/holdfastd.service gives the daemon alone. Not its OOM score: root in a
 * container may not lower that.
 */
export const asTheUnit = ['chrt', '--rr', '--reset-on-fork', '1'] as const;

/** Root in a container may be refused real time (sched(7), real-time group scheduling). */
export function mayBeScheduled(): Promise<boolean> {
  return (allowed ??= run([...asTheUnit, 'true']).then(({ code }) => code === 0));
}

let allowed: Promise<boolean> | undefined;

/** Starts the daemon as its unit would, and returns at once. */
export async function startDaemon(node: Machine, options: DaemonOptions = {}): Promise<void> {
  const scheduled = (await mayBeScheduled()) ? asTheUnit : [];
  await node.launch([...scheduled, options.program ?? holdfastd], {
    log: '/var/log/holdfast/holdfastd.log',
    cgroup: 'system.slice/holdfastd.service',
    environment: options.environment ?? {},
    restartAfterMs: 'restartAfterMs' in options ? options.restartAfterMs : 200,
  });
}

/** The daemon's own process on this node; not its supervisor. */
export function daemonProcess(node: Member): HostProcess | undefined {
  return node.processes().find(({ argv }) => argv.some((word) => word.endsWith('/holdfastd.js')));
}

/** SIGKILL to the daemon alone. */
export function killDaemon(node: Member): void {
  const daemon = daemonProcess(node);
  if (daemon === undefined) throw new Error(`no holdfastd runs on ${node.name}`);
  signal(daemon.pid, 'SIGKILL');
}

/** Kills the daemon; answers for how many ms there was none at work on the node. */
export async function restartDaemon(node: Member): Promise<number> {
  const before = daemonProcess(node)?.pid;
  const begin = performance.now();
  killDaemon(node);
  await until(`a new holdfastd on ${node.name}`, () => {
    const now = daemonProcess(node)?.pid;
    return now !== undefined && now !== before;
  });
  await untilSettled([node]);
  return performance.now() - begin;
}

/** Runs the command on the node and answers what it printed. */
export function holdfastAsk(node: Member, ...words: readonly string[]): Promise<string> {
  return node.ask([holdfast, ...words]);
}

/** Applies a configuration file of this machine. */
export async function apply(lab: Lab, node: Machine, file: string): Promise<void> {
  const inside = basename(file);
  copyFileSync(file, join(lab.sharedDirectory, inside));
  await holdfastAsk(node, 'apply', '--yes', '-f', `/run/lab/${inside}`);
}

export async function status(node: Member): Promise<StatusView> {
  return JSON.parse(await holdfastAsk(node, 'status', '-o', 'json')) as StatusView;
}

/** The cluster's own story, oldest first. */
export async function history(node: Member): Promise<readonly EventView[]> {
  return JSON.parse(await holdfastAsk(node, 'history', '-o', 'json')) as readonly EventView[];
}

/** The same as it goes on, as long as the daemon is there or until the child is ended. */
export function followHistory(
  node: Pick<Machine, 'spawn'>,
  each: (event: EventView) => void,
): ChildProcess {
  const child = node.spawn([holdfast, 'events', '--follow', '-o', 'json']);
  followLines(child, (line) => each(JSON.parse(line) as EventView));
  return child;
}

export async function move(node: Member, resource: string, to: string): Promise<void> {
  await holdfastAsk(node, 'resource', 'move', resource, to);
}

/** Takes back what `move` left: it expires by itself, but a measurement does not wait for that. */
export async function clearMove(node: Member, resource: string): Promise<void> {
  await holdfastAsk(node, 'resource', 'clear', resource);
}

/** Waits until the cluster is at rest with these nodes online, as seen from the first of them. */
export async function untilSettled(
  nodes: readonly Member[],
  timeoutMs = 60_000,
): Promise<StatusView> {
  const [first] = nodes;
  if (first === undefined) throw new Error('no nodes to wait for');
  let seen: StatusView | undefined;
  let problem: unknown;
  const settled = async () => {
    mustBeOn(nodes);
    seen = await status(first).catch((error: unknown) => {
      problem = error;
      return undefined;
    });
    return seen !== undefined && isSettled(seen, nodes);
  };
  try {
    await until(`Holdfast at rest on ${first.name}`, settled, timeoutMs, 100);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const words = nodes.map(({ name, directory = '' }) => `${name}: ${lastWords(directory)}`);
    const last = `${what}; last: ${lastWord(seen, problem)}`;
    throw new Error([last, ...words, busiest()].join('\n'), { cause: error });
  }
  return seen!;
}

/** What stood in the way when nobody waited any longer. */
function lastWord(seen: StatusView | undefined, problem: unknown): string {
  if (seen === undefined) return problem instanceof Error ? problem.message : String(problem);
  const nodes = seen.nodes.map(({ name, state }) => `${name} ${state}`).join(', ');
  const steps = seen.underWay.map(({ text }) => text).join(', ');
  return `${seen.quorum.sentence} ${nodes}; under way: ${steps === '' ? 'nothing' : steps}`;
}

function isSettled(seen: StatusView, nodes: readonly Member[]): boolean {
  const members = new Set(seen.nodes.filter(isMember).map((node) => node.name));
  return seen.settled && seen.quorum.acting && nodes.every(({ name }) => members.has(name));
}

/** Online, whatever a command has set. */
const isMember = ({ state }: NodeView) =>
  state === 'online' || state === 'standby' || state === 'maintenance';

/** Where a resource (or the members of a group) runs; undefined when nowhere, or not on one node. */
export function runsOn(seen: StatusView, resource: string): string | undefined {
  const found = find(seen.resources, resource);
  const nodes = new Set(found?.on.filter((i) => i.state === 'running').map((i) => i.node));
  const [only] = nodes;
  return nodes.size === 1 ? only : undefined;
}

function find(resources: readonly ResourceView[], id: string): ResourceView | undefined {
  const all = [...resources];
  for (let at = 0; at < all.length; at++) all.push(...(all[at]?.children ?? []));
  return all.find((resource) => resource.id === id);
}
