import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Port } from './bridge.ts';
import { cgroupRoot } from './cgroup.ts';
import { identify } from './host.ts';
import type { ProcessIdentity } from './host.ts';
import type { Machine } from './machine.ts';
import type { NodePlan } from './plan.ts';
import { self } from './registry.ts';
import type { LabRecord } from './registry.ts';
import { repository, tool } from './toolchain.ts';

/** Folders of one lab; its id keeps its cgroup and its record apart from those of other labs. */
export interface Layout {
  readonly id: string;
  readonly directory: string;
  readonly ownsDirectory: boolean;
  readonly cgroup: string | undefined;
  /** Seen by every machine as /run/lab: the switch's socket, the time stamps. */
  readonly shared: string;
  /** Laid over /usr/sbin in every machine. */
  readonly programs: string;
  /** Laid over the OCF agents of provider heartbeat; undefined when none is timed. */
  readonly agents: string | undefined;
  readonly authkey: string;
}

/** Makes the lab's folders. `timedAgents`: OCF agents of provider heartbeat to put stamps around. */
export async function layOutLab(
  given: string | undefined,
  timedAgents: readonly string[],
): Promise<Layout> {
  const id = randomBytes(4).toString('hex');
  const directory = resolve(given ?? mkdtempSync(join(tmpdir(), 'holdfast-lab-')));
  const root = cgroupRoot();
  const layout: Layout = {
    id,
    directory,
    ownsDirectory: given === undefined,
    cgroup: root === undefined ? undefined : join(root, `holdfast-lab-${id}`),
    shared: join(directory, 'shared'),
    programs: join(directory, 'sbin'),
    agents: timedAgents.length === 0 ? undefined : join(directory, 'agents'),
    authkey: join(directory, 'authkey'),
  };
  for (const folder of [layout.shared, layout.programs, layout.agents ?? layout.shared])
    mkdirSync(folder, { recursive: true });
  for (const name of ['fence_lab', 'hello_lab'] as const)
    install(await tool(name), join(layout.programs, name));
  for (const name of ['holdfast', 'holdfastd'])
    link(join(repository, 'bin', name), join(layout.programs, name));
  for (const name of timedAgents)
    install(await tool('stamp'), join(layout.agents ?? layout.shared, name));
  writeFileSync(layout.authkey, randomBytes(256), { mode: 0o400 });
  return layout;
}

function link(to: string, path: string): void {
  rmSync(path, { force: true }); // A directory that was given may have been a lab's before.
  symlinkSync(to, path);
}

function install(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

/** A member's place in the lab's network. */
export interface Place {
  readonly name: string;
  readonly id: number;
  readonly address: string;
  readonly port: Port;
}

/** n1 is 10.77.0.1, and so on; 10.77.0.100 is the observer; from .200 on addresses are for services. */
export function memberPlace(id: number): Place {
  const name = `n${String(id)}`;
  return { name, id, address: `10.77.0.${String(id)}`, port: portAt(name, id) };
}

export const observerPort: Port = portAt('observer', 100);

function portAt(port: string, host: number): Port {
  const mac = `02:00:0a:4d:00:${host.toString(16).padStart(2, '0')}`;
  return { port, address: `10.77.0.${String(host)}/24`, mac };
}

export function planOf(layout: Layout, name: string): NodePlan {
  return {
    name,
    directory: join(layout.directory, name),
    sharedDirectory: layout.shared,
    programsDirectory: layout.programs,
    agentsDirectory: layout.agents,
    cgroup: layout.cgroup === undefined ? undefined : join(layout.cgroup, name),
  };
}

/** What a stranger needs to end this lab. */
export function recordOf(layout: Layout, machines: readonly Machine[]): LabRecord {
  const inits: Record<string, ProcessIdentity> = {};
  for (const machine of machines) {
    const init = identify(machine.pid() ?? 0);
    if (init !== undefined) inits[machine.name] = init;
  }
  const { id, directory, ownsDirectory, cgroup } = layout;
  return { id, directory, ownsDirectory, owner: self(), cgroup, inits };
}
