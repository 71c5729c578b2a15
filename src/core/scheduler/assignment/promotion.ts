/** Which instances of a promotable clone are promoted. */
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import type { LocationLink } from '../constraints/location.ts';
import { promotionForbidden } from '../constraints/tickets.ts';
import { readScore } from '../values/text.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { ColocationLink, Host, Unit, World } from '../world.ts';
import { instanceHosts, placedHost } from './colocated.ts';
import { attributeOf, isAvailable, physicalHost, scoreOn } from './hosts.ts';
import { mergeScores, newWalk } from './influence.ts';
import type { Table } from './influence.ts';
import { compareInstances } from './instances.ts';
import { hasInfluence, thisWithOf, withThisOf } from './links.ts';
import type { Assigner } from './primitive.ts';

const promotedLocations = new WeakMap<World, readonly LocationLink[]>();

/** Location constraints for the role Promoted, kept for the promotion. */
export function rememberPromotedLocations(world: World, links: readonly LocationLink[]): void {
  promotedLocations.set(
    world,
    links.filter((link) => link.role === ROLE.promoted),
  );
}

/** What a missing promotion score counts as: not to be promoted for its own sake. */
const NO_SCORE = -1;

/**
 * Promotion score that the agents have set for an instance on a host: a group's is the sum of its
 * members'. Undefined: none of them has set one.
 */
export function promotionScore(world: World, instance: Unit, host: Host): number | undefined {
  const scores = primitivesOf(instance).map((part) => partScore(world, part, host));
  if (scores.every((score) => score === undefined)) return undefined;
  return scores.reduce<number>((sum, score) => addScores(sum, score ?? NO_SCORE), 0);
}

/** The attribute under the history's name of the instance, then under the bare name. */
function partScore(world: World, part: Unit, host: Host): number | undefined {
  const source = attributeHost(world, part, host);
  if (source === host && !scoreApplies(part, host)) return undefined;
  const names = part.unique ? [part.id] : [part.historyName ?? part.id, part.configId];
  for (const name of names) {
    const text = source.attributes.get(`master-${name}`);
    if (text !== undefined) return readScore(text);
  }
  return undefined;
}

/**
 * A host's score counts while this instance has been looked for nowhere, where it runs, and where
 * none runs though one has been looked for (which one says nothing where numbers mean nothing).
 * What is kept at a container's host outlives the container.
 */
function scoreApplies(part: Unit, host: Host): boolean {
  if (part.histories.size === 0 || part.activeOn.includes(host)) return true;
  if (part.unique) return part.histories.has(host.index);
  const siblings = cloneOf(part)?.children.flatMap(primitivesOf) ?? [part];
  const alike = siblings.filter(({ configId }) => configId === part.configId);
  return (
    alike.some(({ histories }) => histories.has(host.index)) &&
    !alike.some(({ activeOn }) => activeOn.includes(host))
  );
}

/** Attributes of a guest may be kept on its host (container-attribute-target=host). */
function attributeHost(_world: World, part: Unit, host: Host): Host {
  if (part.meta.get('container-attribute-target') !== 'host' || host.kind !== 'guest') return host;
  const machine = host.container;
  return machine?.assigned ?? machine?.activeOn[0] ?? host;
}

/** Before placement: instances prefer hosts by their promotion scores. */
export function addPromotionScores(world: World, clone: Unit): void {
  for (const instance of clone.children) {
    for (const host of world.hosts) {
      if (instance.present[host.index] !== 1 || !isAvailable(host)) continue;
      const score = promotionScore(world, instance, host);
      if (score === undefined || score <= 0) continue;
      instance.promotionScore = Math.max(score, instance.promotionScore);
      // A group's place is that of its first member, which the group's own score does not reach.
      instance.scores[host.index] = addScores(scoreOn(instance, host), score);
      world.contributions.push({
        unit: instance.index,
        host: host.index,
        source: 'promotion',
        from: `promotion score of ${instance.configId}`,
        score,
      });
    }
  }
}

interface Candidate {
  readonly instance: Unit;
  readonly host: Host;
  order: number;
}

/** Promotes the best candidates, `promoted-max` in all and `promoted-node-max` on each host. */
export function promoteInstances(assigner: Assigner, clone: Unit): void {
  const { world } = assigner;
  const settings = clone.clone;
  if (settings === undefined) return;
  const candidates = rank(assigner, clone);
  const perHost = new Int32Array(world.hosts.length);
  const promoted = new Set<Unit>();
  for (const { instance, host, order } of candidates) {
    instance.promotionScore = order;
    if (promoted.size >= settings.promotedMax) continue;
    if (!mayPromote(world, clone, instance, host, order)) continue;
    if ((perHost[host.index] ?? 0) >= settings.promotedPerNodeMax) continue;
    perHost[host.index] = (perHost[host.index] ?? 0) + 1;
    promoted.add(instance);
    setRole(instance, ROLE.promoted);
  }
  for (const { instance } of candidates) {
    if (promoted.has(instance)) continue;
    const isOneTooMany = promoted.size >= settings.promotedMax && wouldBeManaged(instance);
    if (instance.nextRole !== ROLE.promoted || isOneTooMany) setRole(instance, ROLE.unpromoted);
  }
}

/** Managed, but for the missing fence device. */
const wouldBeManaged = (instance: Unit): boolean =>
  primitivesOf(instance).every(({ wantedManaged }) => wantedManaged);

function setRole(instance: Unit, role: 3 | 4): void {
  instance.nextRole = role;
  for (const part of instance.children) if (part.assigned !== undefined) part.nextRole = role;
}

function mayPromote(world: World, clone: Unit, instance: Unit, host: Host, order: number): boolean {
  const part = primitivesOf(instance)[0] ?? instance;
  if (order < 0 || primitivesOf(instance).some((entry) => entry.assigned === undefined))
    return false;
  if (!part.managed && part.role !== ROLE.promoted) return false;
  if (!isAvailable(host, true) && part.managed) return false;
  if (part.nextRole === ROLE.unpromoted || part.targetRole === ROLE.unpromoted) return false;
  if (promotionForbidden(part) !== undefined || promotionForbidden(clone) !== undefined)
    return false;
  // Where all is stopped, the monitors of the old role end with the choice, and nothing is promoted.
  const { quorumPolicy } = world.options;
  if (world.quorate || !/^(freeze|demote)$/.test(quorumPolicy)) return true;
  return part.role === ROLE.promoted && quorumPolicy !== 'demote';
}

function rank(assigner: Assigner, clone: Unit): readonly Candidate[] {
  const { world } = assigner;
  const candidates: Candidate[] = [];
  for (const instance of clone.children) {
    const host = placedHost(instance);
    if (host === undefined || instance.nextRole === ROLE.stopped) continue;
    const order = initialOrder(assigner, clone, instance, host);
    candidates.push({ instance, host, order });
  }
  addColocated(world, clone, candidates);
  return candidates.sort(
    (a, b) =>
      b.order - a.order ||
      roleOf(b.instance) - roleOf(a.instance) ||
      compareInstances(world, clone, a.instance, b.instance),
  );
}

const roleOf = (instance: Unit): number =>
  Math.max(ROLE.stopped, ...primitivesOf(instance).map((part) => part.role));

/** Nobody takes the role from what is left alone, wherever it is: it counts before all others. */
function staysPromoted(instance: Unit): boolean {
  const part = primitivesOf(instance)[0] ?? instance;
  return !part.managed && part.role === ROLE.promoted;
}

/** Agent's score, promoted-role locations, and dependents' or primaries' claims on the role. */
function initialOrder(assigner: Assigner, clone: Unit, instance: Unit, host: Host): number {
  const { world } = assigner;
  if (staysPromoted(instance)) return INFINITY_SCORE;
  if (primitivesOf(instance).some((each) => each.promotionFailed)) return -INFINITY_SCORE;
  let order = promotionScore(world, instance, host) ?? NO_SCORE;
  for (const link of promotedLocations.get(world) ?? []) {
    if (link.unit !== clone && link.unit !== clone.parent) continue;
    for (const [target, score] of link.scores) {
      if (target === host) order = addScores(order, score);
    }
  }
  for (const link of [...thisWithOf(clone), ...(clone.parent?.thisWith ?? [])]) {
    if (link.dependentRole === undefined) continue;
    assigner.assign(link.primary);
    if (link.dependentRole === ROLE.promoted) order = withPrimary(order, host, link);
    else if (isWithPrimary(host, link)) order = addScores(order, -link.score);
  }
  return order;
}

/** Colocation of the promoted role with a placed primary changes who is promoted. */
function withPrimary(order: number, host: Host, link: ColocationLink): number {
  const hosts = primaryHosts(link);
  const base = order;
  const values = hosts.map((at) => attributeOf(physicalHost(at), link.attribute));
  const matches = values.includes(attributeOf(physicalHost(host), link.attribute));
  if (hosts.length === 0) return link.score >= INFINITY_SCORE ? -INFINITY_SCORE : base;
  if (matches) return addScores(base, link.score);
  return link.score >= INFINITY_SCORE ? -INFINITY_SCORE : base;
}

/** Whether the host is where a colocation of the unpromoted role wants an unpromoted instance. */
function isWithPrimary(host: Host, link: ColocationLink): boolean {
  const values = primaryHosts(link).map((at) => attributeOf(physicalHost(at), link.attribute));
  return values.includes(attributeOf(physicalHost(host), link.attribute));
}

function primaryHosts(link: ColocationLink): readonly Host[] {
  const { primary } = link;
  if (primary.bundle !== undefined) {
    return primary.bundle.replicas
      .filter(
        (replica) => link.primaryRole === undefined || replica.child?.nextRole === link.primaryRole,
      )
      .flatMap((replica) => replica.container.assigned ?? []);
  }
  if (primary.kind === 'clone') return instanceHosts(primary, link.primaryRole);
  const host = primary.kind === 'group' ? primary.children.at(-1)?.assigned : primary.assigned;
  return host === undefined ? [] : [host];
}

/** Resources colocated with the promoted role pull it to where they would run. */
function addColocated(world: World, clone: Unit, candidates: readonly Candidate[]): void {
  const links = [...withThisOf(clone), ...(clone.parent?.withThis ?? [])].filter(
    (link) => link.primaryRole === ROLE.promoted,
  );
  const scores = new Int32Array(world.hosts.length);
  const present = new Uint8Array(world.hosts.length);
  const counted = new Set<number>();
  for (const { host, order } of candidates) {
    if (order < 0) continue;
    const { index } = physicalHost(host);
    present[index] = 1;
    const base = counted.has(index) ? (scores[index] ?? 0) : scoreOn(clone, host);
    counted.add(index);
    scores[index] = addScores(base, order);
  }
  let table: Table = { scores, present };
  for (const link of links) {
    if (!hasInfluence(link, clone)) continue;
    // Where a dependent cannot go is no reason to demote; where it must go apart from it is one.
    const walk = newWalk(world, { ...clone, present }, 'dependents', link.score > 0);
    table = mergeScores(
      walk,
      link.dependent,
      table,
      link,
      Math.fround(link.score / INFINITY_SCORE),
    );
  }
  for (const candidate of candidates) {
    if (candidate.order >= 0 && !staysPromoted(candidate.instance))
      candidate.order = table.scores[physicalHost(candidate.host).index] ?? -1;
  }
}
