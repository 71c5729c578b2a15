/** What really is there: processes, addresses, disks. Nothing of it is asked of the daemons. */
import { statfsSync } from 'node:fs';
import { identify, isAlive } from '../../lab/host.ts';
import type { HostProcess, ProcessIdentity } from '../../lab/host.ts';
import type { LabNode } from '../../lab/node.ts';
import { run } from '../../lab/run.ts';
import { webAddress } from '../../lab/web.ts';
import { together } from '../configuration.ts';
import type { Stage } from '../stage.ts';

/** Every primitive of the configuration; all but `address` are processes. */
export const primitives = [
  'address',
  'server',
  'vault',
  'books',
  'stack-vault',
  'stack-books',
] as const;

export interface Copy {
  readonly primitive: string;
  readonly node: string;
  /** Undefined of an address. */
  readonly process: ProcessIdentity | undefined;
}

/** Which primitive's service this process is. */
export function primitiveOf({ argv: [program = '', name] }: HostProcess): string | undefined {
  if (program.endsWith('/ledger_lab')) return name;
  return program.endsWith('/hello_lab') ? 'server' : undefined;
}

export function processCopies(nodes: readonly LabNode[]): readonly Copy[] {
  return nodes.flatMap((node) =>
    node.processes().flatMap((process) => {
      const primitive = primitiveOf(process);
      const identity = primitive === undefined ? undefined : identify(process.pid);
      if (primitive === undefined || identity === undefined) return [];
      return [{ primitive, node: node.name, process: identity }];
    }),
  );
}

export async function copies(nodes: readonly LabNode[]): Promise<readonly Copy[]> {
  const addresses = await Promise.all(nodes.map(hasAddress));
  const holders = nodes.filter((_, at) => addresses[at]);
  const held = holders.map(({ name }) => ({
    primitive: 'address',
    node: name,
    process: undefined,
  }));
  return [...held, ...processCopies(nodes)];
}

/** Asked of the node's own network, from outside. */
async function hasAddress(node: LabNode): Promise<boolean> {
  const pid = node.pid();
  if (pid === undefined) return false;
  const within = ['nsenter', `--net=/proc/${String(pid)}/ns/net`, '--'];
  const { stdout } = await run([...within, 'ip', '-o', '-4', 'address', 'show']);
  return stdout.includes(` ${webAddress}/`);
}

/** Each primitive once, groups and colocation in one place; `expected` false: nothing anywhere. */
export function whyNotTrue(found: readonly Copy[], expected = true): readonly string[] {
  const where = (primitive: string) =>
    found.filter((copy) => copy.primitive === primitive).map(({ node }) => node);
  const wrong = primitives.flatMap((primitive) => {
    const places = where(primitive);
    if (places.length === (expected ? 1 : 0)) return [];
    return [`${primitive} is there ${String(places.length)} times (${places.join(', ')})`];
  });
  const apart = together.flatMap((members) => {
    const places = members.flatMap((member) => [...new Set(where(member))]);
    if (new Set(places).size <= 1) return [];
    return [`${members.join(' and ')} are apart: ${places.join(', ')}`];
  });
  return [...wrong, ...apart];
}

/** Primitives that run on two nodes at this very moment. */
export function doubles(nodes: readonly LabNode[]): readonly string[] {
  const found = processCopies(nodes);
  return primitives.flatMap((primitive) => {
    const mine = found.filter((copy) => copy.primitive === primitive);
    if (new Set(mine.map(({ node }) => node)).size < 2) return [];
    // One may have ended before the other was looked at: only those that are still there count.
    const alive = mine.filter(({ process }) => process !== undefined && isAlive(process));
    const places = [...new Set(alive.map(({ node }) => node))];
    return places.length < 2 ? [] : [`${primitive} runs on ${places.join(' and ')} at one time`];
  });
}

/** More than this share of a node's disk is never in use: what is not needed is thrown away. */
const usedMax = 0.8;

export function whyNoSpace(stage: Stage): readonly string[] {
  return stage.nodes.flatMap((node) => {
    const { blocks, bavail } = statfsSync(stage.stateOf(node));
    const used = 1 - bavail / blocks;
    if (used <= usedMax) return [];
    return [`${node.name}: ${String(Math.round(used * 100))} % of its disk is in use`];
  });
}
