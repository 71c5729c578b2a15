/** One fault, done to real processes, cables, disks and machines. */
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setClock } from '../lab/clock.ts';
import { identify, isAlive, signal } from '../lab/host.ts';
import type { HostProcess } from '../lab/host.ts';
import type { LabNode } from '../lab/node.ts';
import { daemonProcess } from '../lab/product.ts';
import { sleep } from '../lab/run.ts';
import type { RunResult } from '../lab/run.ts';
import { killDevice, killServer, startServer } from '../quorum/qnetd.ts';
import { configuration, resources } from './configuration.ts';
import { ensureDevice, feederOf, reachServer } from './equipment.ts';
import type { Fault, FaultKind } from './plan.ts';
import type { Promises } from './promises.ts';
import type { Stage } from './stage.ts';

/** What a strike has to work with. */
export interface Arena {
  readonly stage: Stage;
  readonly promises: Promises;
}

/** `undefined`: there was nothing to strike. `undo` takes it back after the fault's time. */
export type Struck = { readonly text: string; readonly undo: () => Promise<unknown> } | undefined;

type Strike = (arena: Arena, node: LabNode, fault: Fault) => Promise<Struck>;

export function strike(arena: Arena, fault: Fault): Promise<Struck> {
  const node = arena.stage.nodes[fault.node % arena.stage.nodes.length];
  if (node === undefined) throw new Error('a stage without nodes');
  return strikes[fault.kind](arena, node, fault);
}

const nothing = async () => {};

/** Its service manager starts it again: Corosync too, if the machine still lives by then. */
const strikes: Readonly<Record<FaultKind, Strike>> = {
  'kill-daemon': (_arena, node) => end(node, 'SIGKILL', () => daemonOf(node)),
  'kill-corosync': async ({ stage }, node) => {
    const struck = await end(node, 'SIGKILL', () => named(node, 'corosync'));
    return struck && { ...struck, undo: () => stage.ensureCorosync(node) };
  },
  'kill-daemons': ({ stage }) => endAll(stage, daemonOf),
  'kill-corosyncs': async ({ stage }) => {
    const struck = await endAll(stage, (node) => named(node, 'corosync'));
    return struck && { ...struck, undo: () => Promise.all(stage.nodes.map(stage.ensureCorosync)) };
  },
  'kill-agent': (arena, _node, fault) =>
    endSoon(arena, fault, ({ argv }) => argv.some((word) => word.includes('/resource.d/'))),
  'kill-fence-agent': killFenceAgent,
  'kill-launcher': (arena, _node, fault) =>
    endSoon(arena, fault, ({ argv }) => argv[0]?.endsWith('/holdfast-launch') ?? false),
  'kill-supervisor': (arena, _node, fault) =>
    endSoon(arena, fault, ({ argv }) => argv[0]?.endsWith('/holdfast-supervise') ?? false),
  'kill-service': (arena, _node, fault) =>
    endSoon(arena, fault, ({ argv }) => /\/(ledger|hello)_lab$/.test(argv[0] ?? '')),
  'kill-feeder': (_arena, node) => end(node, 'SIGKILL', () => feederOf(node)),
  'kill-qdevice': async (_arena, node) => {
    if (!killDevice(node)) return undefined;
    return { text: node.name, undo: () => ensureDevice(node) };
  },
  'kill-qnetd': async ({ stage: { lab } }) => {
    if (!killServer(lab)) return undefined;
    return { text: 'the server', undo: () => startServer(lab) };
  },
  'cut-qnetd': async ({ stage: { lab } }) => {
    await reachServer(lab, false);
    return { text: 'the server', undo: () => reachServer(lab, true) };
  },
  'stop-daemon': (arena, node) => standStill(arena, () => daemonOf(node)),
  'stop-corosync': (arena, node) => standStill(arena, () => named(node, 'corosync')),
  freeze: async (_arena, node) => {
    if (!node.freeze(true)) return undefined;
    return { text: node.name, undo: async () => void node.freeze(false) };
  },
  'restart-daemon': (_arena, node) => end(node, 'SIGTERM', () => daemonOf(node)),
  leave: (_arena, node) => command(node, 'node', 'stop', node.name),
  'power-off': async ({ stage }, node) => {
    if (node.pid() === undefined) return undefined;
    await node.kill();
    return { text: node.name, undo: () => stage.powerOn(node) };
  },
  blackout: async ({ stage }) => {
    await Promise.all(stage.nodes.map((node) => node.kill()));
    return { text: 'all', undo: () => Promise.all(stage.nodes.map(stage.powerOn)) };
  },
  'power-switch': async ({ stage: { lab } }) => {
    lab.power.setBroken(true);
    return { text: 'silent', undo: async () => lab.power.setBroken(false) };
  },
  cut: (_arena, node) => cable(node, () => node.cut()),
  drop: (_arena, node) => cable(node, () => node.drop()),
  'drop-in': (_arena, node) => cable(node, () => node.dropOneWay('in')),
  'drop-out': (_arena, node) => cable(node, () => node.dropOneWay('out')),
  flap: (_arena, node, fault) => flap(node, fault),
  partition: async ({ stage: { lab, nodes } }, _node, { pick }) => {
    const groups = drawParts(nodes, pick);
    await lab.part(groups);
    const told = groups.map((group) => group.map(({ name }) => name).join(' ')).join(' | ');
    return { text: told, undo: () => lab.part([]) };
  },
  clock: async ({ stage: { lab } }, node, { pick }) => {
    const stepMs = clockStepsMs[pick % clockStepsMs.length] ?? 1500;
    setClock(lab, node.name, stepMs);
    const undo = async () => setClock(lab, node.name, 0);
    return { text: `${node.name} by ${String(stepMs / 1000)} s`, undo };
  },
  'full-disk': async ({ stage }, node) => {
    const path = join(stage.stateOf(node), 'filler');
    fill(path);
    return { text: node.name, undo: async () => rmSync(path, { force: true }) };
  },
  configure: async ({ stage, promises }, node) => {
    const change = promises.nextChange();
    const text = configuration(
      stage.nodes.map(({ name }) => name),
      change,
    );
    const file = `change-${String(change)}.yaml`;
    writeFileSync(join(stage.lab.sharedDirectory, file), text);
    const told = promises.configure(change, () =>
      holdfast(node, 'apply', '--yes', '-f', `/run/lab/${file}`),
    );
    return { text: `change ${String(change)} on ${node.name}`, undo: () => told };
  },
  move: ({ stage }, node, { pick }) => {
    const to = stage.nodes[pick % stage.nodes.length]?.name ?? node.name;
    const resource = resources[pick % resources.length] ?? 'web';
    return command(node, 'resource', 'move', resource, to, '--for', '20s');
  },
  standby: async (_arena, node) => {
    const struck = await command(node, 'node', 'standby', node.name, '--for', '5s');
    return struck && { ...struck, undo: () => holdfast(node, 'node', 'online', node.name) };
  },
};

/** A small one; one that is told; one with which a machine may not join; summer time. */
const clockStepsMs: readonly number[] = [1500, 20_000, 90_000, 3_600_000].flatMap((ms) => [
  ms,
  -ms,
]);

/** Everybody alone, or two parts of any size. */
function drawParts(nodes: readonly LabNode[], pick: number): readonly (readonly LabNode[])[] {
  if (pick % 5 === 0) return nodes.map((node) => [node]);
  const mask = 1 + (pick % (2 ** nodes.length - 2));
  const isFirst = (at: number) => Math.floor(mask / 2 ** at) % 2 === 1;
  return [nodes.filter((_, at) => isFirst(at)), nodes.filter((_, at) => !isFirst(at))];
}

const daemonOf = (node: LabNode) => daemonProcess(node);

const named = (node: LabNode, name: string): HostProcess | undefined =>
  node.processes().find((process) => process.name === name);

async function end(
  node: LabNode,
  by: NodeJS.Signals,
  find: () => HostProcess | undefined,
): Promise<Struck> {
  const victim = find();
  if (victim === undefined) return undefined;
  signal(victim.pid, by);
  return { text: `${node.name} ${victim.argv.slice(0, 3).join(' ')}`, undo: nothing };
}

/** The same process of every node dies in one moment. */
async function endAll(
  { nodes }: Stage,
  find: (node: LabNode) => HostProcess | undefined,
): Promise<Struck> {
  const victims = nodes.flatMap((node) => find(node)?.pid ?? []);
  for (const pid of victims) signal(pid, 'SIGKILL');
  if (victims.length === 0) return undefined;
  return { text: `${String(victims.length)} nodes`, undo: nothing };
}

/** Agents live for milliseconds: looks again and again for one on any node, for a while. */
async function endSoon(
  { stage: { nodes } }: Arena,
  { node: first, pick }: Fault,
  isVictim: (process: HostProcess) => boolean,
  looks = 60,
): Promise<Struck> {
  const ordered = nodes.map((_, at) => nodes[(at + first) % nodes.length]);
  for (let left = looks; left > 0; left -= 1) {
    for (const node of ordered) {
      const found = node?.processes().filter(isVictim) ?? [];
      const victim = found[pick % Math.max(1, found.length)];
      if (node !== undefined && victim !== undefined) return end(node, 'SIGKILL', () => victim);
    }
    await sleep(25);
  }
  return undefined;
}

/** A switch that takes its time: so long the agent waits, and can be struck. */
const slowSwitchMs = 1500;

/** The node is cut off, so that it is shot; it hears the network again when that is taken back. */
async function killFenceAgent(arena: Arena, node: LabNode, fault: Fault): Promise<Struck> {
  const { power } = arena.stage.lab;
  const others = arena.stage.nodes.filter((other) => other !== node);
  const isShooting = ({ argv }: HostProcess) => argv[0]?.endsWith('/fence_lab') ?? false;
  power.setSlow(slowSwitchMs);
  await node.drop();
  try {
    const struck = await endSoon(
      { ...arena, stage: { ...arena.stage, nodes: others } },
      fault,
      isShooting,
      240,
    );
    if (struck !== undefined) return { ...struck, undo: () => node.heal() };
    await node.heal();
    return undefined;
  } finally {
    power.setSlow(0);
  }
}

async function standStill({ stage }: Arena, find: () => HostProcess | undefined): Promise<Struck> {
  const victim = find();
  const process = victim === undefined ? undefined : identify(victim.pid);
  if (victim === undefined || process === undefined) return undefined;
  signal(process.pid, 'SIGSTOP');
  stage.stopped.add(process);
  const undo = async () => {
    if (isAlive(process)) signal(process.pid, 'SIGCONT');
    stage.stopped.delete(process);
  };
  return { text: `${victim.name} ${String(victim.pid)}`, undo };
}

async function cable(node: LabNode, spoil: () => Promise<void>): Promise<Struck> {
  await spoil();
  return { text: node.name, undo: () => node.heal() };
}

/** Silent and well in turn, until it is taken back. */
async function flap(node: LabNode, { pick }: Fault): Promise<Struck> {
  const until = new AbortController();
  const everyMs = 100 + (pick % 10) * 100;
  const going = (async () => {
    while (!until.signal.aborted) {
      await node.drop();
      await sleep(everyMs);
      await node.heal();
      await sleep(everyMs);
    }
  })();
  const undo = async () => {
    until.abort();
    await going;
  };
  return { text: `${node.name} every ${String(everyMs)} ms`, undo };
}

/** Until not a byte fits. */
function fill(path: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let size = 1 << 16; size >= 1; size = size > 1 ? 1 : 0) {
      const piece = Buffer.alloc(size);
      while (tryWrite(file, piece));
    }
  } finally {
    closeSync(file);
  }
}

function tryWrite(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) > 0;
  } catch {
    return false; // ENOSPC
  }
}

/** Begun now, whatever comes of it: under faults a command may well be refused. */
async function command(node: LabNode, ...words: readonly string[]): Promise<Struck> {
  if (node.pid() === undefined) return undefined;
  const done = holdfast(node, ...words);
  return { text: `${words.join(' ')} (asked ${node.name})`, undo: () => done };
}

/** Runs the command there; code 127 where the machine is off. */
export async function holdfast(node: LabNode, ...words: readonly string[]): Promise<RunResult> {
  try {
    return await node.exec(['holdfast', ...words], { timeoutMs: 15_000 });
  } catch (error) {
    return { code: 127, stdout: '', stderr: String(error), timedOut: false };
  }
}
