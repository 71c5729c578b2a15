/** Writes constraints and resource sets. */
import type {
  Colocation,
  Constraint,
  Location,
  Order,
  ResourceSet,
} from '../../core/model/configuration.ts';
import { scoreText } from '../../core/model/score.ts';
import type { Score } from '../../core/model/score.ts';
import { element } from '../xml/write.ts';
import type { XmlElement } from '../xml/write.ts';
import { writeRule } from './write-blocks.ts';
import type { IdMaker } from './write-ids.ts';

export function writeConstraint(constraint: Constraint, ids: IdMaker): XmlElement {
  const lifetime = constraint.lifetime
    ? [element('lifetime', {}, [writeRule(constraint.lifetime, ids)])]
    : [];
  const { id } = constraint;
  switch (constraint.kind) {
    case 'location':
      return writeLocation(constraint, lifetime, ids);
    case 'colocation':
      return writeColocation(constraint, lifetime);
    case 'colocation-sets': {
      const { score, influence, sets } = constraint;
      const attributes = { id, score: scoreText(score), influence: flag(influence) };
      return element('rsc_colocation', attributes, [
        ...sets.map((set) => writeSet(set, ids)),
        ...lifetime,
      ]);
    }
    case 'order':
      return writeOrder(constraint, lifetime);
    case 'order-sets': {
      const { orderKind, symmetrical, sets } = constraint;
      const attributes = { id, kind: orderKind, symmetrical: flag(symmetrical) };
      return element('rsc_order', attributes, [
        ...sets.map((set) => writeSet(set, ids)),
        ...lifetime,
      ]);
    }
    case 'ticket': {
      const { ticket, lossPolicy, resource, role, sets } = constraint;
      const who = { rsc: resource, 'rsc-role': role };
      const attributes = { id, ticket, 'loss-policy': lossPolicy, ...who };
      return element(
        'rsc_ticket',
        attributes,
        sets.map((set) => writeSet(set, ids)),
      );
    }
  }
}

const flag = (value: boolean | undefined): string | undefined => value?.toString();
const optionalScore = (score: Score | undefined): string | undefined =>
  score === undefined ? undefined : scoreText(score);

function writeLocation(
  constraint: Location,
  lifetime: readonly XmlElement[],
  ids: IdMaker,
): XmlElement {
  const { id, target, node, score, rules, role, discovery } = constraint;
  const attributes = {
    id,
    rsc: target.kind === 'resource' ? target.resource : undefined,
    'rsc-pattern':
      target.kind === 'pattern' ? `${target.negated ? '!' : ''}${target.pattern}` : undefined,
    node,
    score: optionalScore(score),
    role,
    'resource-discovery': discovery === 'always' ? undefined : discovery,
  };
  return element('rsc_location', attributes, [
    ...(target.kind === 'sets' ? target.sets.map((set) => writeSet(set, ids)) : []),
    ...rules.map((rule) => writeRule(rule, ids)),
    ...lifetime,
  ]);
}

function writeColocation(constraint: Colocation, lifetime: readonly XmlElement[]): XmlElement {
  const { id, score, influence } = constraint;
  const attributes = {
    id,
    score: scoreText(score),
    rsc: constraint.dependent,
    'with-rsc': constraint.primary,
    'rsc-role': constraint.dependentRole,
    'with-rsc-role': constraint.primaryRole,
    'rsc-instance': constraint.dependentInstance?.toString(),
    'with-rsc-instance': constraint.primaryInstance?.toString(),
    'node-attribute': constraint.nodeAttribute,
    influence: flag(influence),
  };
  return element('rsc_colocation', attributes, lifetime);
}

function writeOrder(constraint: Order, lifetime: readonly XmlElement[]): XmlElement {
  const { id, first, then: second, firstAction, thenAction } = constraint;
  const attributes = {
    id,
    first,
    // oxlint-disable-next-line unicorn/no-thenable -- an XML attribute, and a string
    then: second,
    'first-action': firstAction,
    'then-action': thenAction,
    'first-instance': constraint.firstInstance?.toString(),
    'then-instance': constraint.thenInstance?.toString(),
    kind: constraint.orderKind,
    symmetrical: flag(constraint.symmetrical),
    'require-all': constraint.requireAll ? undefined : 'false',
  };
  return element('rsc_order', attributes, lifetime);
}

function writeSet(set: ResourceSet, ids: IdMaker): XmlElement {
  const { sequential, requireAll, ordering, action, role, score, orderKind } = set;
  const attributes = {
    id: ids.keep(set.id),
    sequential: sequential ? undefined : 'false',
    'require-all': requireAll ? undefined : 'false',
    ordering,
    action,
    role,
    score: optionalScore(score),
    kind: orderKind,
  };
  const references = set.resources.map((resource) => element('resource_ref', { id: resource }));
  return element('resource_set', attributes, references);
}
