/** What some clusters of chaos have besides: watchdogs in their machines, a quorum device beside them. */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HostProcess } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { run, sleep } from '../lab/run.ts';
import { repository, tool } from '../lab/toolchain.ts';
import {
  deviceLines,
  makeCertificates,
  runsDevice,
  startDevice,
  startServer,
} from '../quorum/qnetd.ts';
import type { Equipment } from './plan.ts';

/** Lines of `quorum { }`. */
export const corosyncLines = (equipment: readonly Equipment[]): readonly string[] =>
  equipment.includes('qdevice') ? deviceLines : [];

/** Before any node starts Corosync. Throws where a program is not installed. */
export async function prepareEquipment(lab: Lab, equipment: readonly Equipment[]): Promise<void> {
  if (equipment.includes('watchdog')) {
    copyFileSync(await tool('watchdog_lab'), join(lab.sharedDirectory, 'watchdog_lab.so'));
    mkdirSync(resetsOf(lab));
  }
  if (equipment.includes('qdevice')) {
    if ((await run(['corosync-qnetd', '-v'])).code === 127)
      throw new Error('corosync-qnetd is not installed: --with watchdog, or none, goes without');
    await makeCertificates(lab);
    await startServer(lab);
  }
}

/** Seconds. A ring takes up to two on a busy machine: what is fed and proved must outlast that. */
const times = ['--timeout', '5', '--proof-age', '5'] as const;

/**
 * As its unit has it. The cluster is not told to count on it: a machine that chaos lets stand still
 * (`freeze`) is not reset meanwhile, and goes on for a moment when it may; as in a virtual machine.
 */
export async function startFeeder(node: LabNode): Promise<void> {
  const feeder = join(repository, 'native/build/holdfast-watchdog');
  await node.launch([feeder, '--device', '/dev/null', '--node', node.name, ...times], {
    log: '/var/log/holdfast/watchdog.log',
    environment: { LD_PRELOAD: '/run/lab/watchdog_lab.so' },
    restartAfterMs: 100,
  });
}

/** Not the laboratory's timer, which it has started and which outlives it. */
export const feederOf = (node: LabNode): HostProcess | undefined =>
  node.processes().find(({ name }) => name.startsWith('holdfast-watch'));

/** Where the machine is on: it ends with Corosync, and before that answers it does not begin. */
export async function ensureDevice(node: LabNode): Promise<void> {
  for (let left = 10; left > 0 && node.pid() !== undefined; left -= 1) {
    if (runsDevice(node)) return;
    await startDevice(node).catch(() => {}); // Off at this moment.
    await sleep(300);
  }
}

/** Whether the nodes and the server of the quorum device hear each other. */
export async function reachServer({ observer }: Lab, isReached: boolean): Promise<void> {
  const cut = `table inet qnetd {
    chain in { type filter hook input priority 0; tcp dport 5403 drop; }
    chain out { type filter hook output priority 0; tcp sport 5403 drop; }
  }`;
  const forget = 'table inet qnetd {}\ndelete table inet qnetd\n';
  await observer.ask(['nft', '-f', '-'], { input: isReached ? forget : `${forget}${cut}\n` });
}

/** Where the timers of the laboratory leave word (lab/tools/watchdog_lab.c). */
const resetsOf = (lab: Lab): string => join(lab.sharedDirectory, 'resets');

/** A machine that was reset boots by itself. Answers the names of those that have ended. */
export async function bootReset({
  lab,
  equipment,
  powerOn,
}: {
  readonly lab: Lab;
  readonly equipment: readonly Equipment[];
  readonly powerOn: (node: LabNode) => Promise<void>;
}): Promise<readonly string[]> {
  if (!equipment.includes('watchdog')) return [];
  const names = readdirSync(resetsOf(lab)).filter((name) => !name.startsWith('.'));
  const ended = names.filter((name) => {
    const word = readFileSync(join(resetsOf(lab), name), 'utf8').trim();
    const node = lab.node(name);
    // It is left right before the end; the power switch may have booted the machine since.
    const boot = readFileSync(join(node.directory, 'boot_id'), 'utf8').trim();
    return word !== boot || node.pid() === undefined;
  });
  for (const name of ended) rmSync(join(resetsOf(lab), name));
  for (const name of ended) await powerOn(lab.node(name));
  return ended;
}
