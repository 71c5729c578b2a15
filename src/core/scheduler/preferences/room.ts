/**
 * Where disks of machines have no room other nodes are preferred: a preference alone, as a pool that is
 * short is better than no place at all. What images may grow to counts for those that are placed later in
 * the same decision. Nodes where the machine may not run at all are left as they are.
 */
import type { DiskRoom, NewImage } from '../../model/picture.ts';
import { applyLocations, contribute } from '../constraints/location.ts';
import { findUnit } from '../constraints/targets.ts';
import { primitivesOf, topOf } from '../world.ts';
import type { Host, Unit, World } from '../world.ts';

/** What the scores are called where they are told. */
export const ROOM = 'room for its disks';

/** More than the usual stickiness, less than what a rule of a person demands. */
const SHORT_SCORE = 1000;
/** The image may be there already, where nobody has looked for it yet: a person's word counts more. */
const IMAGE_SCORE = 1;

export function readRoom(world: World): void {
  const needs = new Map<Unit, Map<Host, DiskRoom>>();
  for (const each of world.picture.diskRoom ?? []) {
    const unit = findUnit(world, each.resource);
    const host = world.hostByName.get(each.node);
    if (unit === undefined || host === undefined) continue;
    const found = needs.get(unit) ?? new Map<Host, DiskRoom>();
    needs.set(unit, found.set(host, each));
  }
  world.room = { needs, taken: new Map() };
}

/** Before anything is placed. */
export function applyRoom(world: World): void {
  for (const [unit, needs] of world.room.needs) {
    preferOthers(world, unit, SHORT_SCORE, (host) => needs.get(host)?.short === true);
    preferOthers(world, unit, IMAGE_SCORE, (host) => !fits(needs.get(host), host, new Map()));
  }
}

type Avoids = (host: Host) => boolean;

function preferOthers(world: World, unit: Unit, score: number, avoids: Avoids): void {
  const hosts = world.hosts.filter(({ index }) => unit.present[index] === 1);
  const good = hosts.filter((host) => !avoids(host));
  if (good.length === hosts.length) return;
  const scores = good.map((host) => [host, score] as const);
  applyLocations(world, [{ id: ROOM, unit, role: undefined, scores, discovery: 'always' }]);
}

/** Right before the unit is placed: what was given out to others meanwhile counts, too. */
export function heedTaken(world: World, unit: Unit): void {
  const needs = needsOf(world, unit);
  if (needs === undefined) return;
  const { taken } = world.room;
  const hosts = world.hosts.filter(({ index }) => unit.present[index] === 1);
  const at = (given: ReadonlyMap<string, number>): readonly Host[] =>
    hosts.filter((host) => fits(needs.get(host), host, given));
  const before = at(new Map());
  const now = at(taken);
  if (now.length === before.length) return;
  // Those that fitted were preferred already, unless all did.
  const wasPreferred = before.length < hosts.length;
  const [changed, score] = wasPreferred
    ? [before.filter((host) => !now.includes(host)), -IMAGE_SCORE]
    : [now, IMAGE_SCORE];
  for (const host of changed) contribute(world, unit, host, score, ['location', ROOM]);
}

/** The unit is placed on the host; a negative sign takes that back. */
export function takeRoom(world: World, unit: Unit, host: Host, sign = 1): void {
  const { taken } = world.room;
  for (const { pool, bytes } of needsOf(world, unit)?.get(host)?.images ?? []) {
    const name = poolName(host, pool);
    taken.set(name, (taken.get(name) ?? 0) + sign * bytes);
  }
}

/** A group's are counted with its first member, which all others follow. */
function needsOf(world: World, unit: Unit): ReadonlyMap<Host, DiskRoom> | undefined {
  const { needs } = world.room;
  if (needs.size === 0) return undefined;
  const top = topOf(unit);
  return primitivesOf(top)[0] === unit ? needs.get(top) : undefined;
}

function fits(room: DiskRoom | undefined, host: Host, taken: ReadonlyMap<string, number>): boolean {
  const wanted = new Map<string, NewImage>();
  for (const image of room?.images ?? []) {
    const bytes = image.bytes + (wanted.get(image.pool)?.bytes ?? 0);
    wanted.set(image.pool, { ...image, bytes });
  }
  return [...wanted.values()].every(
    ({ pool, bytes, left }) => bytes + (taken.get(poolName(host, pool)) ?? 0) <= left,
  );
}

const poolName = (host: Host, pool: string): string => `${host.index} ${pool}`;
