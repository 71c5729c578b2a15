/**
 * Where disks of machines run out of space, or would by what a newcomer may grow to, for the scheduler
 * (scheduler/preferences/room.ts): for machines that are to be started or moved, and for those that can
 * take their disks along before the pool is full.
 */
import type { Primitive, Resource } from '../model/configuration.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { SPACE_ATTRIBUTE, parseSpace, shortageOf } from '../model/space.ts';
import type { Pool } from '../model/space.ts';
import { OCF } from '../model/operation.ts';
import type { DiskRoom, NewImage, ResourceHistory } from '../model/picture.ts';
import { isActive } from './activity.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

interface Told {
  readonly node: NodeRecord;
  readonly pools: readonly Pool[];
}

export function diskRoom(state: ClusterState): readonly DiskRoom[] {
  const nodes = sortedValues(state.nodes).filter(({ condition }) => condition === 'online');
  const told = nodes.map((node) => ({ node, pools: parseSpace(node.attributes[SPACE_ATTRIBUTE]) }));
  return state.configuration.model.resources.flatMap((top) => {
    const machines = machinesIn(top);
    if (machines.length === 0) return [];
    return told.flatMap((each) => roomOn(top, machines, each));
  });
}

function roomOn(top: Resource, machines: readonly Primitive[], told: Told): readonly DiskRoom[] {
  const short = machines.some((machine) => isShortFor(machine, told));
  const images = machines.flatMap((machine) => newImages(machine, told));
  if (!short && images.length === 0) return [];
  return [{ resource: top.id, node: told.node.name, short, images }];
}

function isShort(pool: Pool): boolean {
  const shortage = shortageOf(pool);
  return shortage === 'short' || shortage === 'critical';
}

/** Of a group, what moves with it. Clones run everywhere anyway. */
function machinesIn(top: Resource): readonly Primitive[] {
  const members = top.kind === 'primitive' ? [top] : top.kind === 'group' ? top.members : [];
  return members.filter(({ agent }) => agent?.class === 'vm');
}

/** What several nodes share is as short elsewhere: nothing is won by another node. */
const ownPools = (disks: readonly Disk[], pools: readonly Pool[]): readonly Pool[] => [
  ...new Set(
    disks.flatMap(({ path }) => innermost(path, pools) ?? []).filter((pool) => !pool.shared),
  ),
];

function isShortFor(machine: Primitive, { node, pools }: Told): boolean {
  const own = ownPools(disksOf(machine), pools);
  if (!isActive(node.history[machine.id])) return own.some(isShort);
  // It runs there: only what takes its disks along is better off elsewhere, and only if it must be.
  const isUrgent = own.some((pool) => shortageOf(pool) === 'critical');
  return isUrgent && valueOf(machine.parameters, 'migration_storage') === 'copy';
}

/** Of one that has never run there: those that may be made for it, and would take room. */
function newImages(machine: Primitive, { node, pools }: Told): readonly NewImage[] {
  const history = node.history[machine.id];
  if (isActive(history) || hasRun(history)) return [];
  return disksOf(machine).flatMap(({ path, bytes }) => {
    const pool = innermost(path, pools);
    if (bytes === 0 || pool === undefined || pool.shared) return [];
    return [{ pool: pool.at, bytes, left: pool.free - pool.growth }];
  });
}

/** Its images are there then, and what they may grow by is in what the node has told. */
const hasRun = (history: ResourceHistory | undefined): boolean =>
  (history?.operations ?? []).some(
    ({ operation, status, exitCode }) =>
      (operation === 'start' || operation === 'migrate_from') &&
      status === 'done' &&
      exitCode === OCF.ok,
  );

interface Disk {
  readonly path: string;
  /** Of one that is made where there is none; 0: it is to be there. */
  readonly bytes: number;
}

const disksOf = ({ parameters }: Primitive): readonly Disk[] =>
  (valueOf(parameters, 'disks') ?? '')
    .split(/\s+/)
    .map((word) => word.split(','))
    .filter(([path = '']) => path.startsWith('/'))
    .map(([path = '', ...options]) => ({ path, bytes: bytesIn(options) }));

/** `size=20G`, as the agent takes it. */
function bytesIn(options: readonly string[]): number {
  const size = options.map((word) => /^size=(\d{1,16})([KMGT]?)$/.exec(word)).find((one) => one);
  const power = 'KMGT'.indexOf(size?.[2] || '-') + 1;
  return Number(size?.[1] ?? 0) * 1024 ** power;
}

function innermost(path: string, pools: readonly Pool[]): Pool | undefined {
  if (path.startsWith('/dev/')) return thinPoolOf(path, pools);
  let found: Pool | undefined;
  for (const pool of pools) {
    const { at } = pool;
    if (at !== '/' && !path.startsWith(`${at}/`)) continue;
    if (found === undefined || at.length > found.at.length) found = pool;
  }
  return found;
}

/** Of a volume `/dev/group/volume`, where its group has one thin pool; which of several it is in, nobody has told. */
function thinPoolOf(path: string, pools: readonly Pool[]): Pool | undefined {
  const group = /^\/dev\/([^/]+)\/[^/]+$/.exec(path)?.[1] ?? '';
  const own = pools.filter(({ at, type }) => type === 'thin' && at.startsWith(`${group}/`));
  return own.length === 1 ? own[0] : undefined;
}

function valueOf(blocks: readonly AttributeBlock[], name: string): string | undefined {
  return blocks.find(({ rule, values }) => rule === undefined && values[name] !== undefined)
    ?.values[name];
}
