import { join } from 'node:path';
import { createBridge } from './bridge.ts';
import { configureCorosync } from './corosync.ts';
import type { CorosyncOptions } from './corosync-conf.ts';
import { layOutLab, memberPlace, observerPort, planOf, recordOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { createMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import { untilMembers } from './membership.ts';
import { createNode } from './node.ts';
import type { LabNode } from './node.ts';
import { createPowerSwitch } from './power.ts';
import type { PowerSwitch } from './power.ts';
import { erase, sweep, writeRecord } from './registry.ts';

export interface LabOptions extends CorosyncOptions {
  /** 1 to 32. Default 3. */
  readonly nodes?: number;
  /** Where the nodes' state and logs go. Default: a temporary folder that goes with the lab. */
  readonly directory?: string;
  /** OCF agents of provider heartbeat whose begin and end are stamped. Default none. */
  readonly timedAgents?: readonly string[];
  /** What fence agents must tell the power switch. Default: it asks for none. */
  readonly powerPassword?: string;
  /** What a node starts by itself after the power switch booted it. Default nothing. */
  readonly autostart?: (node: LabNode) => Promise<void>;
}

/** A cluster of whole machines on this one: needs root, Linux, iproute2, nftables, a C compiler. */
export interface Lab {
  /** Distinguishes labs that run side by side. */
  readonly id: string;
  readonly directory: string;
  /** Seen by every machine as /run/lab. */
  readonly sharedDirectory: string;
  /** n1, n2, … */
  readonly nodes: readonly LabNode[];
  readonly node: (name: string) => LabNode;
  /** A machine on the same network that is no member: from here clients measure. */
  readonly observer: Machine;
  /** Fence agents reach it from inside at /run/lab/power.sock. */
  readonly power: PowerSwitch;
  /**
   * Nodes hear only those of their own group; who is in none hears all, and so does the observer.
   * The power switch is beside the network. No groups: the network is whole again.
   */
  readonly part: (groups: readonly (readonly LabNode[])[]) => Promise<void>;
  /** Starts Corosync on all nodes that are on; answers when they are one quorate membership. */
  readonly startCorosync: () => Promise<void>;
  /** Ends every process of the lab and removes all it made, in any state. May be called twice. */
  readonly close: () => Promise<void>;
}

/**
 * Builds and boots a lab: a switch, an observer and the nodes, with nothing running in them yet.
 * First ends labs that a dead process left behind. Throws what is missing on this machine.
 */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  if (process.getuid?.() !== 0) throw new Error('a lab needs root: it makes network namespaces');
  await sweep();
  const layout = await layOutLab(options.directory, options.timedAgents ?? []);
  const machines: Machine[] = [];
  try {
    return await bootLab(layout, machines, options);
  } catch (error) {
    await erase(recordOf(layout, machines));
    throw error;
  }
}

async function bootLab(layout: Layout, machines: Machine[], options: LabOptions): Promise<Lab> {
  const { observer, nodes, bridge } = await wire(layout, machines, options.nodes ?? 3);
  configureCorosync(nodes, options, layout.authkey);
  await Promise.all([observer, ...nodes].map((machine) => machine.boot()));
  const power = await createPowerSwitch({
    socket: join(layout.shared, 'power.sock'),
    nodes,
    password: options.powerPassword,
    booted: async (machine) => options.autostart?.(named(nodes, machine.name)),
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await power.close();
    await erase(recordOf(layout, machines));
  };
  return {
    id: layout.id,
    directory: layout.directory,
    sharedDirectory: layout.shared,
    nodes,
    node: (name) => named(nodes, name),
    observer,
    power,
    part: (groups) => bridge.part(groups.map((group) => group.map(({ name }) => name))),
    startCorosync: () => startAll(nodes),
    close: () => (closing ??= close()),
  };
}

/** The switch is booted, the machines at it are described. `machines` grows as they come to be. */
async function wire(layout: Layout, machines: Machine[], count: number) {
  const places = Array.from({ length: count }, (_, index) => memberPlace(index + 1));
  const hosts = places.map(({ address, name }) => `${address}\t${name}\n`).join('');
  const add = async (name: string, wiring: Partial<Parameters<typeof createMachine>[0]>) => {
    const plan = planOf(layout, name);
    const machine = await createMachine({ plan, hosts, changed, ...wiring });
    machines.push(machine);
    return machine;
  };
  const changed = () => writeRecord(recordOf(layout, machines));
  changed();
  const hub = await add('switch', {});
  await hub.boot();
  const bridge = await createBridge(hub.pid() ?? 0);
  const observer = await add('observer', { bridge, port: observerPort });
  const nodes: LabNode[] = [];
  for (const place of places)
    nodes.push(createNode(place, await add(place.name, { bridge, port: place.port })));
  return { observer, nodes, bridge };
}

async function startAll(nodes: readonly LabNode[]): Promise<void> {
  const running = nodes.filter((node) => node.pid() !== undefined);
  await Promise.all(running.map((node) => node.startCorosync()));
  await untilMembers(
    running,
    running.map((node) => node.id),
  );
}

function named(nodes: readonly LabNode[], name: string): LabNode {
  const found = nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`the lab has no node ${name}`);
  return found;
}
