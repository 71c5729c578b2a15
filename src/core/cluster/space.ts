/**
 * Where disks of machines run out of space, or would by what a newcomer may grow to, other nodes are
 * preferred: for machines that are to be started, and for those that can take their disks along before
 * the pool is full. A preference alone: a pool that is short is better than no place at all.
 */
import type { Location, Primitive, Resource } from '../model/configuration.ts';
import type { NodeName, ResourceId } from '../model/ids.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { SPACE_ATTRIBUTE, parseSpace, shortageOf } from '../model/space.ts';
import type { Pool } from '../model/space.ts';
import { OCF } from '../model/operation.ts';
import type { ResourceHistory } from '../model/picture.ts';
import { isActive } from './activity.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

/** More than the usual stickiness, less than what a rule of a person demands. */
const SHORT_SCORE = 1000;
/** Its image may be on one of the nodes already, where nobody has looked for it yet: a person's word counts more. */
const NEWCOMER_SCORE = 1;

interface Told {
  readonly node: NodeRecord;
  readonly pools: readonly Pool[];
}

type Avoids = (machine: Primitive, told: Told) => boolean;

export function spaceWishes(state: ClusterState): readonly Location[] {
  const nodes = sortedValues(state.nodes).filter(({ condition }) => condition === 'online');
  const told = nodes.map((node) => ({ node, pools: parseSpace(node.attributes[SPACE_ATTRIBUTE]) }));
  return state.configuration.model.resources.flatMap((top) => {
    const wishes = wishesFor(top, told, isShortFor, { name: 'space', score: SHORT_SCORE });
    if (wishes.length > 0) return wishes;
    return wishesFor(top, told, isTooSmallFor, { name: 'room', score: NEWCOMER_SCORE });
  });
}

/** For the other nodes, where one is to be avoided. */
function wishesFor(
  top: Resource,
  told: readonly Told[],
  avoids: Avoids,
  how: Pick<Wish, 'name' | 'score'>,
): readonly Location[] {
  const machines = machinesIn(top);
  const good = told.filter((each) => !machines.some((machine) => avoids(machine, each)));
  if (good.length === told.length) return [];
  return good.map(({ node }) => wish({ ...how, resource: top.id, node: node.name }));
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

/** For one that has never run there. */
function isTooSmallFor(machine: Primitive, { node, pools }: Told): boolean {
  const history = node.history[machine.id];
  if (isActive(history) || hasRun(history)) return false;
  const disks = disksOf(machine);
  return ownPools(disks, pools).some((pool) => wouldOverflow(pool, disks, pools));
}

/** Its images are there then, and what they may grow by is in what the node has told. */
const hasRun = (history: ResourceHistory | undefined): boolean =>
  (history?.operations ?? []).some(
    ({ operation, status, exitCode }) =>
      (operation === 'start' || operation === 'migrate_from') &&
      status === 'done' &&
      exitCode === OCF.ok,
  );

/** By images that would be made there for it. */
function wouldOverflow(pool: Pool, disks: readonly Disk[], pools: readonly Pool[]): boolean {
  const there = disks.filter(({ path }) => innermost(path, pools) === pool);
  const more = there.reduce((sum, { bytes }) => sum + bytes, 0);
  return more > 0 && pool.growth + more > pool.free;
}

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
  let found: Pool | undefined;
  for (const pool of pools) {
    const { at } = pool;
    if (at !== '/' && !path.startsWith(`${at}/`)) continue;
    if (found === undefined || at.length > found.at.length) found = pool;
  }
  return found;
}

function valueOf(blocks: readonly AttributeBlock[], name: string): string | undefined {
  return blocks.find(({ rule, values }) => rule === undefined && values[name] !== undefined)
    ?.values[name];
}

interface Wish {
  readonly name: string;
  readonly score: number;
  readonly resource: ResourceId;
  readonly node: NodeName;
}

const wish = ({ name, score, resource, node }: Wish): Location => ({
  kind: 'location',
  id: `${name}:${resource}:${node}`,
  target: { kind: 'resource', resource },
  node,
  score,
  rules: [],
  discovery: 'always',
});
