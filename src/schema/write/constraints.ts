/** Writes constraints: the inverse of `build/constraints.ts`. */
import type {
  Colocation,
  ColocationSets,
  Constraint,
  Location,
  Order,
  OrderSets,
  ResourceSet,
  TicketConstraint,
} from '../../core/model/configuration.ts';
import { INFINITY_SCORE, scoreText } from '../../core/model/score.ts';
import { constraintIds, ruleId, setId } from '../ids.ts';
import { plainList, plainMap } from './plain.ts';
import type { Plain, PlainMap } from './plain.ts';
import { writeRule } from './rules.ts';

type Field = readonly [key: string, value: Plain | undefined];

/** Constraints that a command made for a time are left out: they are not the administrator's. */
export function writeConstraints(constraints: readonly Constraint[]): readonly PlainMap[] {
  const ids = constraintIds();
  const written: PlainMap[] = [];
  const kept = constraints.filter((own) => own.expiresAtWallMs === undefined);
  let merged: Location[] = [];
  const flush = (): void => {
    if (merged.length > 0) written.push(writePreferences(merged));
    merged = [];
  };
  for (const constraint of kept) {
    const ownId = constraint.id !== ids.make(constraint);
    ids.take(constraint.id);
    if (!isPreference(constraint)) {
      flush();
      written.push(plainMap(writeConstraint(constraint, ownId), 'block'));
    } else if (ownId) {
      flush();
      written.push(writePreferences([constraint], constraint.id));
    } else {
      if (!canJoin(merged, constraint)) flush();
      merged.push(constraint);
    }
  }
  flush();
  return written;
}

/** A resource's liking of a node by score, and no more. */
function isPreference(constraint: Constraint): constraint is Location {
  return (
    constraint.kind === 'location' &&
    constraint.target.kind === 'resource' &&
    constraint.node !== undefined &&
    constraint.score !== undefined &&
    constraint.rules.length === 0 &&
    constraint.role === undefined &&
    constraint.discovery === 'always' &&
    constraint.lifetime === undefined
  );
}

const isAvoidance = ({ score }: Location): boolean => (score ?? 0) < 0;

function canJoin(merged: readonly Location[], next: Location): boolean {
  const [first] = merged;
  if (first?.target.kind !== 'resource' || next.target.kind !== 'resource') return false;
  return (
    first.target.resource === next.target.resource &&
    isAvoidance(first) === isAvoidance(next) &&
    merged.every(({ node }) => node !== next.node)
  );
}

function writePreferences(locations: readonly Location[], id?: string): PlainMap {
  const [first] = locations;
  const target = first?.target.kind === 'resource' ? first.target.resource : '';
  const avoids = first !== undefined && isAvoidance(first);
  const nodes = locations.map(({ node, score = 0 }): Field => {
    return [node ?? '', scoreText(avoids ? -score : score)];
  });
  return plainMap(
    [
      ['location', target],
      ['id', id],
      [avoids ? 'avoids' : 'prefers', plainMap(nodes)],
    ],
    'block',
  );
}

function writeConstraint(constraint: Constraint, ownId: boolean): readonly Field[] {
  const { id, lifetime } = constraint;
  const [first, ...rest] = kindFields(constraint);
  return [
    ...(first ? [first] : []),
    ['id', ownId ? id : undefined],
    ...rest,
    ['lifetime', lifetime && writeRule(lifetime, ruleId(`${id}-lifetime`, 0))],
  ];
}

function kindFields(constraint: Constraint): readonly Field[] {
  switch (constraint.kind) {
    case 'location':
      return locationFields(constraint);
    case 'colocation':
      return colocationFields(constraint);
    case 'colocation-sets':
      return colocationSetsFields(constraint);
    case 'order':
      return orderFields(constraint);
    case 'order-sets':
      return orderSetsFields(constraint);
    case 'ticket':
      return ticketFields(constraint);
  }
}

function locationFields(constraint: Location): readonly Field[] {
  const { id, target, node, score, rules, role, discovery } = constraint;
  return [
    ['location', locationTarget(target, id)],
    ['node', node],
    ['score', score === undefined ? undefined : scoreText(score)],
    ['role', role],
    ['resource-discovery', discovery === 'always' ? undefined : discovery],
    [
      'rules',
      rules.length === 0
        ? undefined
        : plainList(rules.map((rule, index) => writeRule(rule, ruleId(id, index)))),
    ],
  ];
}

function locationTarget(target: Location['target'], id: string): Plain {
  switch (target.kind) {
    case 'resource':
      return target.resource;
    case 'pattern':
      return plainMap([[target.negated ? 'not-pattern' : 'pattern', target.pattern]]);
    case 'sets':
      return writeSets(target.sets, id);
  }
}

function influenceField(influence: boolean | undefined): Field {
  return ['influence', influence === undefined ? undefined : String(influence)];
}

function colocationFields(constraint: Colocation): readonly Field[] {
  const { dependentInstance, primaryInstance, score, influence } = constraint;
  return [
    ['colocate', constraint.dependent],
    ['with', constraint.primary],
    ['score', score === INFINITY_SCORE ? undefined : scoreText(score)],
    ['role', constraint.dependentRole],
    ['with-role', constraint.primaryRole],
    ['instance', dependentInstance?.toString()],
    ['with-instance', primaryInstance?.toString()],
    ['node-attribute', constraint.nodeAttribute],
    influenceField(influence),
  ];
}

function colocationSetsFields(constraint: ColocationSets): readonly Field[] {
  const { id, sets, score, influence } = constraint;
  return [
    ['colocate', writeSets(sets, id)],
    ['score', score === INFINITY_SCORE ? undefined : scoreText(score)],
    influenceField(influence),
  ];
}

function orderFields(constraint: Order): readonly Field[] {
  const { orderKind, symmetrical, requireAll } = constraint;
  return [
    ['order', orderPair(constraint)],
    ['kind', orderKind === 'Mandatory' ? undefined : orderKind],
    ['symmetrical', symmetrical === undefined ? undefined : String(symmetrical)],
    ['require-all', requireAll ? undefined : 'false'],
  ];
}

/** `[promote db, app]`; in full where ids have blanks or instances are meant. */
function orderPair(constraint: Order): Plain {
  const { first, then: second, firstAction, thenAction } = constraint;
  const { firstInstance, thenInstance } = constraint;
  const isShort = !/\s/.test(first + second) && (firstInstance ?? thenInstance) === undefined;
  if (isShort) {
    return plainList([
      firstAction === 'start' ? first : `${firstAction} ${first}`,
      thenAction === undefined ? second : `${thenAction} ${second}`,
    ]);
  }
  return plainMap([
    ['first', first],
    ['then', second],
    ['first-action', firstAction === 'start' ? undefined : firstAction],
    ['then-action', thenAction],
    ['first-instance', firstInstance?.toString()],
    ['then-instance', thenInstance?.toString()],
  ]);
}

function orderSetsFields(constraint: OrderSets): readonly Field[] {
  const { id, sets, orderKind, symmetrical } = constraint;
  return [
    ['order', orderChain(sets, id) ?? writeSets(sets, id)],
    ['kind', orderKind === 'Mandatory' ? undefined : orderKind],
    ['symmetrical', symmetrical === undefined ? undefined : String(symmetrical)],
  ];
}

/** `[a, b, c]`, where that says all. */
function orderChain(sets: readonly ResourceSet[], constraint: string): Plain | undefined {
  const [set] = sets;
  if (!set || sets.length > 1 || set.resources.length < 3) return undefined;
  if (set.resources.some((resource) => /\s/.test(resource))) return undefined;
  return isPlainSet(set, setId(constraint, 0)) ? plainList(set.resources) : undefined;
}

function ticketFields(constraint: TicketConstraint): readonly Field[] {
  const { id, ticket, resource, role, lossPolicy, sets } = constraint;
  return [
    ['ticket', ticket],
    ['resource', resource],
    ['role', role],
    ['loss-policy', lossPolicy],
    ['sets', sets.length === 0 ? undefined : setList(sets, id)],
  ];
}

function writeSets(sets: readonly ResourceSet[], constraint: string): PlainMap {
  return plainMap([['sets', setList(sets, constraint)]]);
}

function setList(sets: readonly ResourceSet[], constraint: string): Plain {
  return plainList(sets.map((set, index) => writeSet(set, setId(constraint, index))));
}

function isPlainSet(set: ResourceSet, otherwise: string): boolean {
  const { id, sequential, requireAll, ordering, action, role, score, orderKind } = set;
  const others = [ordering, action, role, score, orderKind];
  return id === otherwise && sequential && requireAll && others.every((own) => own === undefined);
}

function writeSet(set: ResourceSet, otherwise: string): Plain {
  if (isPlainSet(set, otherwise)) return plainList(set.resources);
  return plainMap([
    ['id', set.id === otherwise ? undefined : set.id],
    ['resources', plainList(set.resources)],
    ['sequential', set.sequential ? undefined : 'false'],
    ['require-all', set.requireAll ? undefined : 'false'],
    ['ordering', set.ordering],
    ['action', set.action],
    ['role', set.role],
    ['score', set.score === undefined ? undefined : scoreText(set.score)],
    ['kind', set.orderKind],
  ]);
}
