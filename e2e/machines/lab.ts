/** A laboratory whose nodes have a bridge each, for machines; with what guests are made of. */
import { copyFileSync, existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL } from '../guest/archive.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { kernelWords, packGuest } from './guest.ts';

export interface MachinesLab {
  readonly lab: Lab;
  /** A node that is on. */
  readonly anyNode: () => LabNode;
  /** Puts this configuration's resources into force, and waits until all is at rest. */
  readonly apply: (resources: string) => Promise<void>;
  /** An empty image that all nodes reach; the path that they know it by. */
  readonly image: (name: string, bytes?: number) => string;
  /** On again after it was killed, and a member. */
  readonly restore: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface GuestOptions {
  /** Where its web server listens. */
  readonly address: string;
  readonly memoryMib?: number;
  /** The words of the parameter `disks`. */
  readonly disks?: string;
  /** Further parameters, a line each: `migration_bandwidth: 8`. */
  readonly more?: readonly string[];
  /** Further words for the guest's kernel. */
  readonly words?: string;
  /** How long an operation may take, by its name. Default: what the agent asks for. */
  readonly timeoutsMs?: Readonly<Record<string, number>>;
}

/** A resource of this name, for `apply`. */
export function machineText(name: string, options: GuestOptions): string {
  const { address, memoryMib = 96, disks, more = [], words = '', timeoutsMs = {} } = options;
  const parameters = [
    `memory: ${String(memoryMib)}`,
    'accelerator: tcg',
    'kernel: /run/lab/vmlinuz',
    'initrd: /run/lab/guest.cpio',
    `append: ${kernelWords(words, address).trim()}`,
    ...(disks === undefined ? [] : [`disks: ${disks}`]),
    'networks: br0',
    `http: http://${address}/boot`,
    ...more,
  ];
  const operations = Object.entries(timeoutsMs).map(
    ([operation, ms]) => `${operation}: { timeout: ${String(ms / 1000)}s }`,
  );
  return [
    `  ${name}:`,
    '    agent: vm',
    '    parameters:',
    ...parameters.map((line) => `      ${line}`),
    '    monitor: 1s',
    ...(operations.length === 0 ? [] : [`    operations: { ${operations.join(', ')} }`]),
    '',
  ].join('\n');
}

/** Guests that are executed in software boot slowly on a machine that does something else as well. */
const settleMs = 300_000;

type Prepare = (node: LabNode) => Promise<void>;

/**
 * Up, without resources. An abort ends what there is already; then this rejects.
 * @param prepare what else a node needs each time that it has booted
 */
export async function createMachinesLab(
  abort?: AbortSignal,
  prepare: Prepare = () => Promise.resolve(),
): Promise<MachinesLab> {
  const ready: Prepare = async (node) => {
    await bridged(node);
    await prepare(node);
  };
  const lab = await createLab();
  abort?.addEventListener('abort', () => void lab.close());
  try {
    abort?.throwIfAborted();
    const shared = (name: string): string => join(lab.sharedDirectory, name);
    copyFileSync(KERNEL, shared('vmlinuz'));
    await packGuest(shared('guest.cpio'));
    await Promise.all(lab.nodes.map(ready));
    await lab.startCorosync();
    await Promise.all(lab.nodes.map((node) => product.startDaemon(node)));
    await product.untilSettled(lab.nodes);
  } catch (error) {
    await lab.close();
    throw error;
  }
  return machinesOn(lab, ready);
}

function machinesOn(lab: Lab, ready: Prepare): MachinesLab {
  const running = (): readonly LabNode[] => lab.nodes.filter((node) => node.pid() !== undefined);
  const anyNode = (): LabNode => {
    const [first] = running();
    if (first === undefined) throw new Error('every node is off');
    return first;
  };
  return {
    lab,
    anyNode,
    apply: async (resources) => {
      writeFileSync(
        join(lab.sharedDirectory, 'machines.yaml'),
        `${head}${resources === '' ? '  {}\n' : resources}`,
      );
      await product.holdfastAsk(anyNode(), 'apply', '--yes', '-f', '/run/lab/machines.yaml');
      await product.untilSettled(running(), settleMs);
    },
    image: (name, bytes = 16 << 20) => {
      const path = join(lab.sharedDirectory, name);
      if (!existsSync(path)) writeFileSync(path, '');
      truncateSync(path, bytes);
      return `/run/lab/${name}`;
    },
    restore: async () => {
      for (const node of lab.nodes) {
        if (node.pid() !== undefined) continue;
        await node.boot();
        await ready(node);
        await node.startCorosync();
        await product.startDaemon(node);
      }
      await product.untilSettled(lab.nodes, settleMs);
    },
    close: () => lab.close(),
  };
}

/** Its cable ends in a bridge, where its machines are plugged in as well. */
export async function bridged(node: LabNode): Promise<void> {
  const ip = (text: string): Promise<string> => node.ask(['ip', ...text.split(' ')]);
  const address = `10.77.0.${node.name.slice(1)}/24`;
  await ip('link add br0 type bridge forward_delay 0');
  await ip(`address del ${address} dev eth0`);
  await ip(`address add ${address} dev br0`);
  await ip('link set eth0 master br0');
  await ip('link set br0 up');
}

const head = `
version: 1
cluster: machines
nodes: { n1: {}, n2: {}, n3: {} }
fencing:
  devices:
    power: { agent: fence_lab, action: off, timeout: 2s }
resources:
`;
