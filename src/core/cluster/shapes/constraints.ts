/** Shapes of constraints (model/configuration.ts). */
import type { Constraint, Location, ResourceSet } from '../../model/configuration.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, flag, list, object, optional, union, word } from '../../wire/shape.ts';
import { exactly, key, node, resource, score, whole } from './parts.ts';
import { rule } from './rules.ts';

const SETS_MAX = 1000;
const MEMBERS_MAX = 10_000;
const RULES_MAX = 1000;

const role = word('Stopped', 'Started', 'Unpromoted', 'Promoted');
const action = word('start', 'stop', 'promote', 'demote');
const orderKind = word('Mandatory', 'Optional', 'Serialize');

const set: Shape<ResourceSet> = exactly<ResourceSet>()(
  object({
    id: key,
    resources: list(resource, MEMBERS_MAX),
    sequential: flag,
    requireAll: flag,
    ordering: optional(word('group', 'listed')),
    action: optional(action),
    role: optional(role),
    score: optional(score),
    orderKind: optional(orderKind),
  }),
);
const sets = list(set, SETS_MAX);

const target: Shape<Location['target']> = exactly<Location['target']>()(
  union({
    resource: { resource },
    pattern: { pattern: key, negated: flag },
    sets: { sets },
  }),
);

const common = { id: key, lifetime: optional(rule), expiresAtWallMs: optional(count) };

export const constraint: Shape<Constraint> = exactly<Constraint>()(
  union({
    location: {
      ...common,
      target,
      node: optional(node),
      score: optional(score),
      rules: list(rule, RULES_MAX),
      role: optional(role),
      discovery: word('always', 'never', 'exclusive'),
    },
    colocation: {
      ...common,
      dependent: resource,
      primary: resource,
      score,
      dependentRole: optional(role),
      primaryRole: optional(role),
      dependentInstance: optional(whole),
      primaryInstance: optional(whole),
      nodeAttribute: optional(key),
      influence: optional(flag),
    },
    'colocation-sets': { ...common, sets, score, influence: optional(flag) },
    order: {
      ...common,
      first: resource,
      // oxlint-disable-next-line unicorn/no-thenable -- a shape, and the field's own word
      then: resource,
      firstAction: action,
      thenAction: optional(action),
      firstInstance: optional(whole),
      thenInstance: optional(whole),
      orderKind,
      symmetrical: optional(flag),
      requireAll: flag,
    },
    'order-sets': { ...common, sets, orderKind, symmetrical: optional(flag) },
    ticket: {
      ...common,
      ticket: key,
      lossPolicy: optional(word('stop', 'demote', 'fence', 'freeze')),
      resource: optional(resource),
      role: optional(role),
      sets,
    },
  }),
);
