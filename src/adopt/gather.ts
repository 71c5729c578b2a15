/** What several nodes have found, put together: whose disks who reaches, and what is there twice. */
import type { Found } from './found.ts';
import { isSame, type Seen } from './storage.ts';

/** What one node has found. */
export interface Report {
  readonly node: string;
  readonly found: readonly Found[];
}

export interface Machine extends Found {
  readonly node: string;
}

/** By node, what is at each path that was asked for. Nodes that did not answer are not in it. */
export type Reach = ReadonlyMap<string, readonly Seen[]>;

/**
 * Each machine once, also where several daemons of one host have found it, or where it runs on one
 * node and is defined on others; by name, then node.
 */
export function together(reports: readonly Report[]): readonly Machine[] {
  const known = new Set<string>();
  const machines: Machine[] = [];
  for (const { node, found } of reports.toSorted((a, b) => order(a.node, b.node))) {
    for (const one of found) {
      if (known.has(one.identity)) continue;
      known.add(one.identity);
      machines.push({ ...one, node });
    }
  }
  const twins = machines.filter((one) => machines.some((other) => isTwin(one, other)));
  return machines
    .filter((one) => !twins.includes(one))
    .map((one) => withSwitches(one, twins))
    .toSorted((a, b) => order(a.name, b.name) || order(a.node, b.node));
}

/** It is the other one, which runs, or was found first. */
function isTwin(one: Machine, other: Machine): boolean {
  if (!one.off || one.uuid === undefined || one.uuid !== other.uuid) return false;
  return !other.off || order(other.node, one.node) < 0;
}

/** What would start it on a node where it is only defined is switched off there as well. */
function withSwitches(machine: Machine, twins: readonly Machine[]): Machine {
  const its = twins.filter(({ uuid }) => uuid === machine.uuid);
  const more = its.flatMap(({ node, switches }) =>
    switches.flatMap((one) =>
      one.kind === 'command' ? [{ ...one, what: `${one.what} on ${node}` }] : [],
    ),
  );
  return { ...machine, switches: [...machine.switches, ...more] };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const pathsOf = (machines: readonly Machine[]): readonly string[] =>
  [
    ...new Set(
      machines.flatMap(({ disks, files }) => [...disks.map(({ path }) => path), ...files]),
    ),
  ].toSorted(order);

/** A sentence for each file that some node has no copy of. */
export function copyNotes({ node, files }: Machine, reach: Reach): readonly string[] {
  return files.flatMap((path) => {
    const lacking = [...reach.keys()]
      .filter((name) => seenOn(reach, name, path)?.there === false)
      .toSorted(order);
    if (lacking.length === 0) return [];
    const verb = lacking.length > 1 ? 'have' : 'has';
    return [
      `${list(lacking)} ${verb} no ${path}: it can neither start nor move there before ` +
        `it is copied from ${node}`,
    ];
  });
}

/** A sentence for each of its disks that not every other node reaches. */
export function reachNotes({ node, disks }: Machine, reach: Reach): readonly string[] {
  return disks.flatMap(({ path }) => {
    const own = seenOn(reach, node, path);
    const others = [...reach.keys()].filter((name) => name !== node).toSorted(order);
    if (own === undefined) return [];
    if (others.length === 0) return own.shared ? [] : [lonely(node, own, [])];
    const lacking = others.filter((name) => !reaches(reach, name, own));
    if (lacking.length === 0) return [];
    const different = lacking.filter((name) => seenOn(reach, name, path)?.there === true);
    if (lacking.length === others.length) return [lonely(node, own, different)];
    return [`${list(lacking)} cannot reach ${path}: it cannot run there${another(different)}`];
  });
}

/** It has a disk that no other node reaches: it can be started nowhere else, and not move. */
export function isFixed({ node, disks }: Machine, reach: Reach): boolean {
  const others = [...reach.keys()].filter((name) => name !== node);
  return disks.some(({ path }) => {
    const own = seenOn(reach, node, path);
    if (own === undefined) return false;
    return others.length === 0 ? !own.shared : !others.some((name) => reaches(reach, name, own));
  });
}

/** Who does not reach a disk of it, or has something else there: it must not be started on them. */
export function keptFrom({ node, disks }: Machine, reach: Reach): readonly string[] {
  const others = [...reach.keys()].filter((name) => name !== node).toSorted(order);
  return others.filter((name) =>
    disks.some(({ path }) => {
      const own = seenOn(reach, node, path);
      return own !== undefined && !reaches(reach, name, own);
    }),
  );
}

const seenOn = (reach: Reach, node: string, path: string): Seen | undefined =>
  reach.get(node)?.find((one) => one.path === path);

function reaches(reach: Reach, node: string, own: Seen): boolean {
  const other = seenOn(reach, node, own.path);
  return other !== undefined && isSame(own, other);
}

function lonely(node: string, { path, type }: Seen, different: readonly string[]): string {
  const what = type === 'device' ? 'a device' : type;
  return (
    `no other node can reach ${path} (${what} of ${node}): it is lost with ${node}, and ` +
    `cannot be started elsewhere${another(different)}`
  );
}

const another = (different: readonly string[]): string =>
  different.length === 0
    ? ''
    : ` (what ${list(different)} ${different.length > 1 ? 'have' : 'has'} at that path is something else)`;

const list = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/**
 * Sentences about pairs that cannot both be resources: what one of them runs, the other one would be
 * taken for, or would destroy.
 */
export function conflictsOf(
  machines: readonly Machine[],
  reach: Reach,
  isWanted: (machine: Machine) => boolean = () => true,
): readonly string[] {
  const counts = (machine: Machine): boolean => !machine.off || isWanted(machine);
  return machines.flatMap((one, index) =>
    machines.slice(index + 1).flatMap((other) => {
      if (!isWanted(one) && !isWanted(other)) return [];
      // What is off harms nobody's disk; what is started by its name would be the wrong one.
      const both = counts(one) && counts(other);
      const common = both ? inCommon(one, other, reach) : sameWord(one, other);
      return common.length === 0
        ? []
        : [
            `${one.name} on ${one.node} and ${other.name} on ${other.node} have ${list(common.map(same))}`,
          ];
    }),
  );
}

const same = (words: string): string => words.replace(/^the/, 'the same');

function inCommon(one: Machine, other: Machine, reach: Reach): readonly string[] {
  const disks = one.disks.filter(
    (disk) => disk.own && other.disks.some((its) => its.own && isOneDisk(disk.path, its.path)),
  );
  function isOneDisk(path: string, its: string): boolean {
    const [mine, theirs] = [seenOn(reach, one.node, path), seenOn(reach, other.node, its)];
    return mine !== undefined && theirs !== undefined && isSame(mine, theirs);
  }
  const macs = one.macs.filter((mac) => other.macs.includes(mac));
  return [
    ...disks.map(({ path }) => `the disk ${path}`),
    ...macs.map((mac) => `the address ${mac}`),
    ...sameWord(one, other),
  ];
}

/** By these a probe finds them: it would find the other one as well. */
function sameWord(one: Machine, other: Machine): readonly string[] {
  if (one.agent !== other.agent || one.node === other.node) return [];
  const name = ['command_line', 'config', 'name'].find((key) => key in one.parameters);
  if (name === undefined || one.parameters[name] !== other.parameters[name]) return [];
  return [name === 'command_line' ? 'the command line' : `the name ${one.name}`];
}
