/** Colocation constraints, single and in sets, as links between units. */
import type { Colocation, ColocationSets, ResourceSet } from '../../model/configuration.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { roleLevel } from '../configuration/blank.ts';
import { ruleHolds } from '../values/rules.ts';
import { note, ROLE, timeOf } from '../world.ts';
import type { ColocationLink, RoleLevel, Unit, World } from '../world.ts';
import { expired } from './location.ts';
import { compareDependents, comparePrimaries } from './precedence.ts';
import { findTargets } from './targets.ts';

/** Reads all colocations and adds those that groups and guests imply. */
export function readColocations(world: World): void {
  for (const constraint of world.picture.configuration.constraints) {
    if (constraint.kind !== 'colocation' && constraint.kind !== 'colocation-sets') continue;
    if (expired(world, constraint.expiresAtWallMs)) continue;
    const lifetime = constraint.lifetime;
    if (lifetime !== undefined && !ruleHolds(lifetime, timeOf(world))) continue;
    if (constraint.kind === 'colocation') readSingle(world, constraint);
    else readSets(world, constraint);
  }
  for (const unit of world.units) if (unit.kind === 'group') linkGroup(world, unit);
  for (const unit of world.units) linkContained(world, unit, unit.containerUnit);
  for (const unit of world.units) if (unit.bundle !== undefined) linkReplicas(world, unit);
  for (const unit of world.units) sortLinks(unit);
}

interface Terms {
  readonly id: string;
  readonly score: number;
  readonly dependentRole?: RoleLevel | undefined;
  readonly primaryRole?: RoleLevel | undefined;
  readonly attribute?: string | undefined;
  readonly influence?: boolean | undefined;
}

/** Links two units; without an explicit influence the dependent's `critical` decides. */
export function colocate(world: World, dependent: Unit, primary: Unit, terms: Terms): void {
  if (dependent === primary || terms.score === 0) return;
  const link: ColocationLink = {
    id: terms.id,
    dependent,
    primary,
    score: terms.score,
    dependentRole: placementRole(terms.dependentRole),
    primaryRole: placementRole(terms.primaryRole),
    attribute: terms.attribute ?? '#uname',
    influence: terms.influence ?? dependent.critical,
    order: world.colocations.length,
  };
  world.colocations.push(link);
  dependent.thisWith.push(link);
  primary.withThis.push(link);
}

/** "Started" is every running instance: the same as no role. */
const placementRole = (role: RoleLevel | undefined): RoleLevel | undefined =>
  role === ROLE.started ? undefined : role;

function readSingle(world: World, constraint: Colocation): void {
  const dependents = findTargets(world, constraint.dependent, constraint.id);
  const primaries = findTargets(world, constraint.primary, constraint.id);
  for (const dependent of dependents) {
    for (const primary of primaries) {
      if (dependent === primary) {
        note(
          world,
          'self',
          constraint.id,
          `${constraint.id} colocates ${dependent.id} with itself.`,
        );
        continue;
      }
      colocate(world, dependent, primary, {
        id: constraint.id,
        score: constraint.score,
        dependentRole: roleLevel(constraint.dependentRole),
        primaryRole: roleLevel(constraint.primaryRole),
        attribute: constraint.nodeAttribute,
        influence: constraint.influence,
      });
    }
  }
}

function readSets(world: World, constraint: ColocationSets): void {
  let previous: ResourceSet | undefined;
  for (const set of constraint.sets) {
    linkInside(world, constraint, set);
    if (previous !== undefined) linkBetween(world, constraint, previous, set);
    previous = set;
  }
}

const members = (world: World, set: ResourceSet, about: string): readonly Unit[] =>
  set.resources.flatMap((id) => findTargets(world, id, about));

/** In a sequential set each member with the one before it; a negative score keeps all apart. */
function linkInside(world: World, constraint: ColocationSets, set: ResourceSet): void {
  const units = members(world, set, constraint.id);
  const score = set.score ?? constraint.score;
  const role = roleLevel(set.role);
  const terms: Terms = {
    id: set.id,
    score,
    dependentRole: role,
    primaryRole: role,
    influence: constraint.influence,
  };
  if (!set.sequential && score >= 0) return;
  units.forEach((unit, position) => {
    if (score >= 0) {
      const before = units[position - 1];
      if (before === undefined) return;
      if (set.ordering === 'listed') colocate(world, before, unit, terms);
      else colocate(world, unit, before, terms);
      return;
    }
    for (const before of units.slice(0, position)) colocate(world, unit, before, terms);
  });
}

/** The set that is listed first with the next one. */
function linkBetween(
  world: World,
  constraint: ColocationSets,
  dependents: ResourceSet,
  primaries: ResourceSet,
): void {
  const firsts = members(world, dependents, constraint.id);
  const seconds = members(world, primaries, constraint.id);
  const chosen = dependents.sequential ? firsts.slice(0, 1) : firsts;
  const onto = primaries.sequential ? seconds.slice(-1) : seconds;
  for (const dependent of chosen) {
    for (const primary of onto) {
      colocate(world, dependent, primary, {
        id: `${constraint.id} ${dependents.id}`,
        score: constraint.score,
        dependentRole: roleLevel(dependents.role),
        primaryRole: roleLevel(primaries.role),
        influence: constraint.influence,
      });
    }
  }
}

/** Each member with the one before it; after a member that is not critical none is. */
function linkGroup(world: World, group: Unit): void {
  if (group.meta.get('collocated') === 'false') return;
  let critical = true;
  group.children.forEach((member, position) => {
    critical &&= member.critical;
    const before = group.children[position - 1];
    if (before === undefined) return;
    colocate(world, member, before, {
      id: `${group.id} member`,
      score: INFINITY_SCORE,
      influence: critical,
    });
  });
}

/** What is inside a machine or container runs where that runs. */
function linkContained(world: World, inner: Unit, machine: Unit | undefined): void {
  if (machine === undefined || machine.parent?.kind === 'bundle') return;
  colocate(world, inner, machine, {
    id: `${inner.id} in ${machine.id}`,
    score: INFINITY_SCORE,
    influence: true,
  });
}

/** Addresses are with their containers; connections should be, but need not. */
function linkReplicas(world: World, bundle: Unit): void {
  for (const { container, address, connection } of bundle.bundle?.replicas ?? []) {
    if (address !== undefined) {
      colocate(world, address, container, {
        id: `${address.id} with ${container.id}`,
        score: INFINITY_SCORE,
        influence: true,
      });
    }
    if (connection === undefined) continue;
    colocate(world, connection, container, {
      id: `${connection.id} in ${container.id}`,
      score: CONNECTION_SCORE,
      influence: false,
    });
  }
}

const CONNECTION_SCORE = 10_000;

function sortLinks(unit: Unit): void {
  if (unit.thisWith.length > 1) unit.thisWith.sort(comparePrimaries);
  if (unit.withThis.length > 1) unit.withThis.sort(compareDependents);
}
