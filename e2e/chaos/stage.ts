/** The lab in which chaos strikes: machines, daemons, small disks for their state, a client. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollService } from '../lab/client.ts';
import type { ServiceClient } from '../lab/client.ts';
import { clockEnvironment, installClocks, setClock } from '../lab/clock.ts';
import { isAlive, signal } from '../lab/host.ts';
import type { ProcessIdentity } from '../lab/host.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { startDaemon } from '../lab/product.ts';
import { run, runOrThrow, sleep } from '../lab/run.ts';
import { tool } from '../lab/toolchain.ts';
import { webAddress } from '../lab/web.ts';
import { whyNotWhole } from './ask.ts';
import { configuration } from './configuration.ts';
import {
  corosyncLines,
  ensureDevice,
  prepareEquipment,
  reachServer,
  startFeeder,
} from './equipment.ts';
import type { Equipment } from './plan.ts';

export interface Stage {
  readonly lab: Lab;
  readonly nodes: readonly LabNode[];
  readonly equipment: readonly Equipment[];
  /** Asks the web service every 50 ms. */
  readonly client: ServiceClient;
  /** The folder of the node's state on this machine: a small file system of its own. */
  readonly stateOf: (node: LabNode) => string;
  /** Boots it if it is off, and starts what a machine starts by itself. */
  readonly powerOn: (node: LabNode) => Promise<void>;
  /** Corosync is started where the machine is on and it does not run. */
  readonly ensureCorosync: (node: LabNode) => Promise<void>;
  /** Stopped with SIGSTOP and to be continued: they are, whatever happens. */
  readonly stopped: Set<ProcessIdentity>;
  /** Cables, disks, clocks, power switch, stopped processes, machines, Corosync: all is well again. */
  readonly heal: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const stateSize = '24m';

/** Builds the lab in `directory`, which keeps logs and ledgers, and brings the services up. */
export async function createStage(
  directory: string,
  count: number,
  equipment: readonly Equipment[] = [],
): Promise<Stage> {
  const names = Array.from({ length: count }, (_, at) => `n${String(at + 1)}`);
  const disks = names.map((name) => join(directory, name, 'lib-holdfast'));
  await freeFolder(directory, disks);
  await prepareFolder(directory, disks);
  /** Which life of a machine was started: the power switch and `powerOn` may both mean to. */
  const started = new Map<string, number>();
  const autostart = async (node: LabNode): Promise<void> => {
    const life = node.pid();
    if (life === undefined || started.get(node.name) === life) return;
    started.set(node.name, life);
    await startPrograms(node, equipment);
  };
  const quorum = corosyncLines(equipment);
  const lab = await createLab({
    nodes: count,
    directory,
    timedAgents: ['IPaddr2'],
    autostart,
    quorum,
  });
  await installClocks(lab, names);
  const close = async () => {
    await lab.close();
    await unmount(disks);
  };
  try {
    await prepareEquipment(lab, equipment);
    await Promise.all(lab.nodes.map(autostart));
    const stage = stageOn(lab, { directory, equipment, autostart, close });
    await untilWhole(stage, 60_000, false);
    writeFileSync(join(lab.sharedDirectory, 'chaos.yaml'), configuration(names, 0));
    await lab.nodes[0]?.ask(['holdfast', 'apply', '--yes', '-f', '/run/lab/chaos.yaml']);
    await untilWhole(stage, 60_000);
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

function stageOn(
  lab: Lab,
  given: {
    readonly directory: string;
    readonly equipment: readonly Equipment[];
    readonly autostart: (node: LabNode) => Promise<void>;
    readonly close: () => Promise<void>;
  },
): Stage {
  const stopped = new Set<ProcessIdentity>();
  const stateOf = (node: LabNode) => join(given.directory, node.name, 'lib-holdfast');
  const powerOn = async (node: LabNode) => {
    await node.boot();
    // It may be fenced at any moment: then the power switch starts its next life.
    await given.autostart(node).catch(() => {});
  };
  const hasDevice = given.equipment.includes('qdevice');
  const ensureCorosync = async (node: LabNode) => {
    if (node.pid() === undefined) return;
    if (!node.processes().some(({ name }) => name === 'corosync'))
      await node.startCorosync(clockEnvironment(node.name)).catch(() => {}); // Off at this moment.
    if (hasDevice) await ensureDevice(node);
  };
  return {
    lab,
    nodes: lab.nodes,
    equipment: given.equipment,
    client: pollService(lab.observer, { address: webAddress, intervalMs: 50, timeoutMs: 200 }),
    stateOf,
    powerOn,
    ensureCorosync,
    stopped,
    async heal() {
      lab.power.setBroken(false);
      await lab.part([]);
      if (hasDevice) await reachServer(lab, true);
      for (const process of stopped) if (isAlive(process)) signal(process.pid, 'SIGCONT');
      stopped.clear();
      for (const node of lab.nodes) {
        rmSync(join(stateOf(node), 'filler'), { force: true });
        setClock(lab, node.name, 0);
        node.freeze(false);
      }
      await Promise.all(lab.nodes.map((node) => node.heal()));
      await Promise.all(lab.nodes.map(powerOn));
      await Promise.all(lab.nodes.map(ensureCorosync));
    },
    close: given.close,
  };
}

async function startPrograms(node: LabNode, equipment: readonly Equipment[]): Promise<void> {
  await node.startCorosync(clockEnvironment(node.name));
  await startDaemonOn(node);
  if (equipment.includes('watchdog')) await startFeeder(node);
  if (equipment.includes('qdevice')) await ensureDevice(node);
}

/** With the wall clock of its node, which can be set. */
export function startDaemonOn(node: LabNode): Promise<void> {
  return startDaemon(node, { environment: clockEnvironment(node.name) });
}

/** A fault that nobody has noticed yet looks whole: only what stays so for this long counts. */
const steadyMs = 700;

/**
 * Waits until every node says that all is whole, or (`all` false) at least answers with quorum, and
 * stays so; answers after how many milliseconds that began. Throws what is missing; machines that a
 * fence agent switches off and on meanwhile are waited for as well.
 */
export async function untilWhole(
  { nodes, ensureCorosync, powerOn }: Pick<Stage, 'nodes' | 'ensureCorosync' | 'powerOn'>,
  timeoutMs: number,
  all = true,
  signalled?: AbortSignal,
): Promise<number> {
  const begin = performance.now();
  let since: number | undefined;
  for (let at = 0; ; at += 1) {
    const why = await whyNotWhole(nodes);
    const isWhole = why === undefined || (!all && !/does not answer|quor/i.test(why));
    since = isWhole ? (since ?? performance.now()) : undefined;
    if (since !== undefined && performance.now() > since + steadyMs) return since - begin;
    signalled?.throwIfAborted();
    if (since === undefined && performance.now() > begin + timeoutMs)
      throw new Error(`not whole within ${String(timeoutMs)} ms: ${why ?? ''}`);
    // What an administrator, or systemd, would do: start again what has ended.
    if (at % 20 === 19)
      for (const node of nodes) await powerOn(node).then(() => ensureCorosync(node));
    await sleep(100);
  }
}

/** What an earlier run of the same seed left, mounts too. */
async function freeFolder(directory: string, disks: readonly string[]): Promise<void> {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  await unmount([...disks, ...mounted]);
  rmSync(directory, { recursive: true, force: true });
}

async function unmount(disks: readonly string[]): Promise<void> {
  for (const disk of disks) await run(['umount', '--lazy', disk]);
}

/** Before the lab is built, so that every life of a machine has the same small disk. */
async function prepareFolder(directory: string, disks: readonly string[]): Promise<void> {
  for (const disk of disks) {
    mkdirSync(disk, { recursive: true });
    await runOrThrow(['mount', '-t', 'tmpfs', '-o', `size=${stateSize},mode=700`, 'chaos', disk]);
  }
  for (const folder of ['agents', 'sbin']) mkdirSync(join(directory, folder), { recursive: true });
  const agent = join(directory, 'agents', 'chaos-ledger');
  copyFileSync(join(import.meta.dirname, 'chaos-ledger'), agent);
  const writer = join(directory, 'sbin', 'ledger_lab');
  copyFileSync(await tool('ledger_lab'), writer);
  for (const program of [agent, writer]) chmodSync(program, 0o755);
}
