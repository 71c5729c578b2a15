/** What a placed primary does to the scores (or the role) of its dependent. */
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import { cloneOf, ROLE } from '../world.ts';
import type { ColocationLink, Host, Unit, World } from '../world.ts';
import { compareInstances } from './instances.ts';
import { anyAvailable, attributeOf, isAvailable, scoreOn } from './hosts.ts';

export type Effect = 'nothing' | 'location' | 'role';

/** Roles limit a colocation to instances that have (or will have) the role. */
export function effectOf(dependent: Unit, primary: Unit, link: ColocationLink): Effect {
  if (primary.provisional) return 'nothing';
  const promotable = cloneOf(dependent)?.clone?.promotable === true;
  if (link.dependentRole !== undefined && promotable && !dependent.provisional) return 'role';
  if (!dependent.provisional) return 'nothing';
  if (link.dependentRole !== undefined && link.dependentRole !== dependent.nextRole)
    return 'nothing';
  if (link.primaryRole !== undefined && link.primaryRole !== primary.nextRole) return 'nothing';
  return 'location';
}

/** Applies a link of a dependent primitive to its scores. */
export function applyColocation(world: World, dependent: Unit, link: ColocationLink): void {
  if (link.dependentRole !== undefined && link.dependentRole !== dependent.nextRole) return;
  applyPrimary(world, dependent, link.primary, link);
}

function applyPrimary(world: World, dependent: Unit, primary: Unit, link: ColocationLink): void {
  switch (primary.kind) {
    case 'primitive':
      if (effectOf(dependent, primary, link) === 'location')
        applyHost(world, dependent, primary, link);
      return;
    case 'group':
      applyGroup(world, dependent, primary, link);
      return;
    case 'clone':
      applyClone(world, dependent, primary, link);
      return;
    case 'bundle':
      applyBundle(world, dependent, primary, link);
      return;
  }
}

/** Who needs a group needs its last member: only with that the whole is there. It is where it begins. */
function applyGroup(world: World, dependent: Unit, group: Unit, link: ColocationLink): void {
  if (group.provisional) return;
  const member = group.children.at(link.score >= INFINITY_SCORE ? -1 : 0);
  if (member !== undefined) applyPrimary(world, dependent, member, link);
}

/** A dependent of one placed primitive (or of none, if that is not placed). */
function applyHost(world: World, dependent: Unit, primary: Unit, link: ColocationLink): void {
  const { score, attribute } = link;
  const placed = primary.assigned;
  if (placed === undefined && score < 0) return;
  const value = placed === undefined ? undefined : attributeOf(placed, attribute);
  const work = dependent.scores.slice();
  for (const host of world.hosts) {
    const { index } = host;
    if (dependent.present[index] !== 1) continue;
    if (placed === undefined) work[index] = addScores(work[index] ?? 0, -score);
    else if (attributeOf(host, attribute) === value) {
      if (score < INFINITY_SCORE) work[index] = addScores(work[index] ?? 0, score);
    } else if (score >= INFINITY_SCORE) work[index] = -INFINITY_SCORE;
  }
  if (isBinding(dependent, link) || anyAvailable(world, work, dependent.present))
    commit(world, dependent, work, link);
}

/** Mandatory, and not of a later member of the group: if that cannot run, the earlier ones can. */
const isBinding = (dependent: Unit, link: ColocationLink): boolean =>
  Math.abs(link.score) >= INFINITY_SCORE && !isOfLaterMember(dependent, link);

const isOfLaterMember = (unit: Unit, { dependent }: ColocationLink): boolean =>
  unit !== dependent && unit.parent?.kind === 'group' && unit.parent.children.includes(dependent);

function commit(world: World, dependent: Unit, work: Int32Array, link: ColocationLink): void {
  for (const host of world.hosts) {
    const before = dependent.scores[host.index] ?? 0;
    const after = work[host.index] ?? 0;
    if (before === after) continue;
    world.contributions.push({
      unit: dependent.index,
      host: host.index,
      source: 'colocation',
      from: link.id,
      score: after <= -INFINITY_SCORE ? -INFINITY_SCORE : after - before,
    });
  }
  dependent.scores.set(work);
}

function applyClone(world: World, dependent: Unit, clone: Unit, link: ColocationLink): void {
  if (clone.provisional) return;
  if (clone.clone?.promotable === true && link.primaryRole !== undefined) {
    applyRoleInstances(world, dependent, clone, link);
    return;
  }
  const own = cloneOf(dependent);
  if (own !== undefined && own !== clone && own.clone?.interleave === true) {
    const partner = compatibleInstance(world, dependent, clone, undefined);
    if (partner !== undefined) applyPrimary(world, dependent, partner, link);
    else if (link.score >= INFINITY_SCORE) refuse(dependent, clone);
    return;
  }
  if (link.score >= INFINITY_SCORE) {
    intersect(world, dependent, instanceHosts(clone, undefined), link, false);
    return;
  }
  for (const instance of inOrderOfPlacement(world, clone, link)) {
    if (instance.kind === 'primitive') applyPrimary(world, dependent, instance, link);
    else applyGroup(world, dependent, instance, link);
  }
}

/** Advice that cannot be followed about all of them is followed about those that were placed first. */
const inOrderOfPlacement = (
  world: World,
  clone: Unit,
  { score }: ColocationLink,
): readonly Unit[] =>
  score > 0
    ? clone.children
    : [...clone.children].sort((a, b) => compareInstances(world, clone, a, b));

function refuse(dependent: Unit, clone: Unit): void {
  dependent.provisional = false;
  dependent.assigned = undefined;
  dependent.nextRole = ROLE.stopped;
  dependent.unplacedReason = `no instance of ${clone.id} is where ${dependent.id} could be`;
}

/** Hosts where the primary has (or will have) an instance in the link's role. */
function applyRoleInstances(
  world: World,
  dependent: Unit,
  clone: Unit,
  link: ColocationLink,
): void {
  const hosts = instanceHosts(clone, link.primaryRole);
  intersect(world, dependent, hosts, link, true);
  const later = dependent.parent?.kind === 'group' && dependent.parent.children[0] !== dependent;
  if (link.score < INFINITY_SCORE || later) return;
  for (const instance of clone.children) {
    const host = placedHost(instance);
    if (host === undefined || instance.nextRole !== link.primaryRole) continue;
    const { index } = host;
    if (dependent.present[index] !== 1) continue;
    dependent.scores[index] = addScores(
      dependent.scores[index] ?? 0,
      scoreOn(firstPart(instance), host),
    );
  }
}

const firstPart = (instance: Unit): Unit => instance.children[0] ?? instance;

export function instanceHosts(clone: Unit, role: number | undefined): readonly Host[] {
  const hosts: Host[] = [];
  for (const instance of clone.children) {
    const host = placedHost(instance);
    if (host === undefined) continue;
    if (role !== undefined && instance.nextRole !== role) continue;
    if (!hosts.includes(host)) hosts.push(host);
  }
  return hosts;
}

/** Where an instance is placed; a group as far as its first placed member. */
export function placedHost(instance: Unit): Host | undefined {
  if (instance.kind === 'primitive') return instance.assigned;
  for (const child of instance.children) {
    const host = placedHost(child);
    if (host !== undefined) return host;
  }
  return undefined;
}

function intersect(
  world: World,
  dependent: Unit,
  hosts: readonly Host[],
  link: ColocationLink,
  merge: boolean,
): void {
  const { score, attribute } = link;
  const values = new Set(hosts.map((host) => attributeOf(host, attribute)));
  const work = dependent.scores.slice();
  for (const host of world.hosts) {
    const { index } = host;
    if (dependent.present[index] !== 1) continue;
    const matches = values.has(attributeOf(host, attribute));
    if (matches) {
      if (merge && score < INFINITY_SCORE) work[index] = addScores(work[index] ?? 0, score);
    } else if (score >= INFINITY_SCORE) {
      work[index] = -INFINITY_SCORE;
    } else if (score > 0 && merge && hosts.length === 0) {
      work[index] = addScores(work[index] ?? 0, -score);
    }
  }
  if (isBinding(dependent, link) || anyAvailable(world, work, dependent.present))
    commit(world, dependent, work, link);
}

function applyBundle(world: World, dependent: Unit, bundle: Unit, link: ColocationLink): void {
  if (bundle.provisional) return;
  const replicas = (bundle.bundle?.replicas ?? []).filter(
    (replica) =>
      replica.container.assigned !== undefined &&
      (link.primaryRole === undefined || replica.child?.nextRole === link.primaryRole),
  );
  if (link.score >= INFINITY_SCORE) {
    const hosts = replicas.flatMap((replica) => replica.container.assigned ?? []);
    intersect(world, dependent, hosts, link, false);
    return;
  }
  const anyRole: ColocationLink = { ...link, primaryRole: undefined };
  for (const replica of replicas) applyPrimary(world, dependent, replica.container, anyRole);
}

/**
 * The instance of a clone that a dependent instance pairs with: on its host, or, while it has none,
 * on the best of its allowed hosts.
 */
export function compatibleInstance(
  world: World,
  dependent: Unit,
  clone: Unit,
  role: number | undefined,
): Unit | undefined {
  const at = (host: Host): Unit | undefined =>
    clone.children.find(
      (instance) =>
        placedHost(instance) === host && (role === undefined || instance.nextRole === role),
    );
  const own = placedHost(dependent);
  if (own !== undefined) return at(own);
  const candidates = world.hosts
    .filter((host) => isAvailable(host) && scoreOn(dependent, host) >= 0)
    .sort(
      (a, b) =>
        scoreOn(dependent, b) - scoreOn(dependent, a) ||
        Number(dependent.activeOn.includes(b)) - Number(dependent.activeOn.includes(a)) ||
        a.index - b.index,
    );
  for (const host of candidates) {
    const found = at(host);
    if (found !== undefined) return found;
  }
  return undefined;
}
