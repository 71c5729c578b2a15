/**
 * Where disks of machines run out of space, or would by what a newcomer may grow to, other nodes are
 * preferred: for machines that are to be started, and for those that can take their disks along before the pool is full. A preference
 * alone: a pool that is short is better than no place at all.
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
const SPACE_SCORE = 1000;

export function spaceWishes(state: ClusterState): readonly Location[] {
  const nodes = sortedValues(state.nodes).filter(({ condition }) => condition === 'online');
  const told = nodes.map((node) => ({ node, pools: parseSpace(node.attributes[SPACE_ATTRIBUTE]) }));
  return state.configuration.model.resources.flatMap((top) => {
    const machines = machinesIn(top);
    const bad = new Set(
      told
        .filter(({ node, pools }) => machines.some((one) => isToAvoid(one, node, pools)))
        .map(({ node }) => node.name),
    );
    if (bad.size === 0) return [];
    const good = nodes.filter(({ name }) => !bad.has(name));
    return good.map(({ name }) => wish(top.id, name));
  });
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
function isToAvoid(machine: Primitive, node: NodeRecord, pools: readonly Pool[]): boolean {
  const disks = disksOf(machine);
  const own = new Set(disks.flatMap(({ path }) => innermost(path, pools) ?? []));
  const bad = [...own].filter((pool) => !pool.shared);
  if (!isActive(node.history[machine.id])) {
    const isNew = !hasRun(node.history[machine.id]);
    return bad.some((pool) => isShort(pool) || (isNew && wouldOverflow(pool, disks, pools)));
  }
  // It runs there: only what takes its disks along is better off elsewhere, and only if it must be.
  const isUrgent = bad.some((pool) => shortageOf(pool) === 'critical');
  return isUrgent && valueOf(machine.parameters, 'migration_storage') === 'copy';
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

const wish = (resource: ResourceId, node: NodeName): Location => ({
  kind: 'location',
  id: `space:${resource}:${node}`,
  target: { kind: 'resource', resource },
  node,
  score: SPACE_SCORE,
  rules: [],
  discovery: 'always',
});
