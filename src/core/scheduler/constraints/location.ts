/** Location constraints → scores per host, or promotion scores where they are for the role Promoted. */
import type { Location, Role } from '../../model/configuration.ts';
import type { Rule } from '../../model/rule.ts';
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import { roleLevel } from '../configuration/blank.ts';
import { unitParameters } from '../digests/parameters.ts';
import type { Values } from '../values/blocks.ts';
import { ruleHolds } from '../values/rules.ts';
import type { RuleContext } from '../values/rules.ts';
import { readScore } from '../values/text.ts';
import { changesAt, note, ROLE } from '../world.ts';
import type { Host, RoleLevel, Unit, World } from '../world.ts';
import { findTargets } from './targets.ts';

/** One location constraint (or rule of one) with the hosts that it names. */
export interface LocationLink {
  readonly id: string;
  readonly unit: Unit;
  readonly role: RoleLevel | undefined;
  readonly scores: readonly (readonly [Host, number])[];
  readonly discovery: Location['discovery'];
}

/** All location constraints, resolved; sorted by id where their order matters. */
export function readLocations(world: World): readonly LocationLink[] {
  const links: LocationLink[] = [];
  for (const constraint of world.picture.configuration.constraints) {
    if (constraint.kind !== 'location') continue;
    if (constraint.lifetime !== undefined && !holds(world, constraint.lifetime)) continue;
    if (expired(world, constraint.expiresAtWallMs)) continue;
    for (const target of targets(world, constraint)) {
      links.push(...readLocation(world, constraint, target));
    }
  }
  return links;
}

export function expired(world: World, atMs: number | undefined): boolean {
  if (atMs === undefined) return false;
  changesAt(world, atMs);
  return atMs <= world.nowMs;
}

interface LocationTarget {
  readonly unit: Unit;
  readonly submatches: readonly string[] | undefined;
  readonly role?: Role | undefined;
}

function targets(world: World, constraint: Location): readonly LocationTarget[] {
  const target = constraint.target;
  switch (target.kind) {
    case 'resource':
      return findTargets(world, target.resource, constraint.id).map((unit) => ({
        unit,
        submatches: undefined,
      }));
    case 'pattern':
      return matching(world, constraint.id, target.pattern, target.negated);
    case 'sets':
      return target.sets.flatMap((set) =>
        set.resources.flatMap((id) =>
          findTargets(world, id, constraint.id).map((unit) => ({
            unit,
            submatches: undefined,
            role: set.role,
          })),
        ),
      );
  }
}

/** Top-level resources whose id matches; a pattern that cannot be read matches nothing. */
function matching(
  world: World,
  about: string,
  pattern: string,
  negated: boolean,
): readonly LocationTarget[] {
  const expression = readPattern(pattern);
  if (expression === undefined) {
    note(world, 'pattern', about, `${about} has a pattern that cannot be read: ${pattern}`);
    return [];
  }
  const found: LocationTarget[] = [];
  for (const unit of world.roots) {
    const match = expression.exec(unit.id);
    if ((match !== null) === negated) continue;
    found.push({ unit, submatches: match === null ? undefined : match.map((part) => part ?? '') });
  }
  return found;
}

const PATTERN_LENGTH_MAX = 200;

function readPattern(pattern: string): RegExp | undefined {
  if (pattern.length > PATTERN_LENGTH_MAX) return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

function readLocation(
  world: World,
  constraint: Location,
  target: LocationTarget,
): readonly LocationLink[] {
  const { unit } = target;
  const base = { unit, discovery: constraint.discovery };
  const role = roleLevel(target.role ?? constraint.role);
  if (constraint.node !== undefined) {
    const host = world.hostByName.get(constraint.node) ?? world.hostById.get(constraint.node);
    if (host === undefined) {
      note(
        world,
        'dangling',
        constraint.id,
        `${constraint.id} names the node ${constraint.node}, which does not exist.`,
      );
      return [];
    }
    return [{ ...base, id: constraint.id, role, scores: [[host, constraint.score ?? 0]] }];
  }
  return constraint.rules.map((rule) => ({
    ...base,
    id: rule.id,
    role: roleLevel(rule.role) ?? role,
    scores: ruleScores(world, rule, target),
  }));
}

function ruleScores(
  world: World,
  rule: Rule,
  target: LocationTarget,
): readonly (readonly [Host, number])[] {
  const scores: (readonly [Host, number])[] = [];
  for (const host of world.hosts) {
    const attribute = (name: string): string | undefined => host.attributes.get(name);
    if (!ruleHolds(rule, ruleContext(world, target, host))) continue;
    scores.push([host, ruleScore(rule, attribute, target.submatches)]);
  }
  return scores;
}

function ruleContext(world: World, target: LocationTarget, host: Host): RuleContext {
  const { unit } = target;
  let parameters: Values | undefined;
  return {
    nowMs: world.nowMs,
    attribute: (name) => host.attributes.get(name),
    submatches: target.submatches,
    parameter: (name) => (parameters ??= unitParameters(world, unit, host)).get(name),
    meta: (name) => unit.meta.get(name),
    changesAt: (ms) => {
      changesAt(world, ms);
    },
  };
}

/** Where the score attribute is missing, the rule cannot speak for the host: it is ruled out. */
function ruleScore(
  rule: Rule,
  attribute: (name: string) => string | undefined,
  submatches: readonly string[] | undefined,
): number {
  if (rule.scoreAttribute === undefined) return rule.score ?? 0;
  const name = rule.scoreAttribute.replace(
    /%([0-9])/g,
    (all, digit: string) => submatches?.[Number(digit)] ?? all,
  );
  const text = attribute(name);
  return text === undefined ? -INFINITY_SCORE : readScore(text);
}

function holds(world: World, rule: Rule): boolean {
  return ruleHolds(rule, {
    nowMs: world.nowMs,
    changesAt: (ms) => {
      changesAt(world, ms);
    },
  });
}

/** Adds the scores of placement; those for the role Promoted are left to the promotion. */
export function applyLocations(world: World, links: readonly LocationLink[]): void {
  for (const link of links) {
    if (link.role === ROLE.promoted && isPromotable(link.unit)) continue;
    for (const part of affected(link.unit)) {
      for (const [host, score] of link.scores) {
        contribute(world, part.unit, host, part.full || score === 0 ? score : 0, [
          'location',
          link.id,
        ]);
      }
      applyDiscovery(world, part.unit, link);
    }
  }
}

const isPromotable = (unit: Unit): boolean => unit.clone?.promotable ?? unit.bundle !== undefined;

interface Affected {
  readonly unit: Unit;
  /** Members of a group after the first take part with 0: the first one's score moves them all. */
  readonly full: boolean;
}

function affected(unit: Unit): readonly Affected[] {
  const found: Affected[] = [{ unit, full: true }];
  for (let i = 0; i < found.length; i += 1) {
    const at = found[i];
    if (at === undefined) break;
    at.unit.children.forEach((child, position) => {
      // Of a bundle only containers and addresses are placed; the rest follows them.
      const follows = child.kind === 'clone' || child.connectionOf !== undefined;
      if (at.unit.kind === 'bundle' && follows) return;
      found.push({ unit: child, full: at.full && (at.unit.kind !== 'group' || position === 0) });
    });
  }
  return found;
}

/** Adds to a unit's score on a host and remembers from where. */
export function contribute(
  world: World,
  unit: Unit,
  host: Host,
  score: number,
  [source, from]: readonly [string, string],
): void {
  const { index } = host;
  unit.scores[index] = addScores(unit.present[index] === 1 ? (unit.scores[index] ?? 0) : 0, score);
  unit.present[index] = 1;
  if (score !== 0 && world.contributions.length < CONTRIBUTIONS_MAX) {
    world.contributions.push({ unit: unit.index, host: index, source, from, score });
  }
}

const CONTRIBUTIONS_MAX = 1_000_000;

function applyDiscovery(world: World, unit: Unit, link: LocationLink): void {
  if (link.discovery === 'always') return;
  const hosts = world.hosts.length;
  for (const [host] of link.scores) {
    if (link.discovery === 'never') {
      unit.discoveryNever ??= new Uint8Array(hosts);
      unit.discoveryNever[host.index] = 1;
    } else {
      unit.discoveryExclusive ??= new Uint8Array(hosts);
      unit.discoveryExclusive[host.index] = 1;
    }
  }
}
