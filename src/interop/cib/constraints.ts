/** Reads `constraints` (Pacemaker Explained, "Resource Constraints"). */
import type {
  Constraint,
  Location,
  OrderedAction,
  ResourceSet,
  TicketConstraint,
} from '../../core/model/configuration.ts';
import { nodeName, resourceId } from '../../core/model/ids.ts';
import type { Rule } from '../../core/model/rule.ts';
import type { Attributes, ElementReader, ReadContext } from './draft.ts';
import { ruleReader } from './rules.ts';
import { readOrderKind, resourceSetReader } from './sets.ts';
import { optional, readAction, readBoolean, readInteger, readRole, readScore } from './values.ts';

export function constraintsReader(context: ReadContext, into: Constraint[]): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    switch (name) {
      case 'rsc_location':
        return locationReader(context, attributes, into);
      case 'rsc_colocation':
        return colocationReader(context, attributes, into);
      case 'rsc_order':
        return orderReader(context, attributes, into);
      case 'rsc_ticket':
        return ticketReader(context, attributes, into);
      default:
        return undefined;
    }
  };
  return { open };
}

/** What may stand inside a constraint; `end` makes the constraint of it. */
interface Inner {
  readonly sets: ResourceSet[];
  readonly rules: Rule[];
  lifetime?: Rule;
}

/** The constraint takes its place when its element ends: only then it is known to have sets. */
function innerReader(context: ReadContext, finish: (inner: Inner) => void): ElementReader {
  const inner: Inner = { sets: [], rules: [] };
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    switch (name) {
      case 'resource_set':
        return resourceSetReader(context, attributes, inner.sets);
      case 'rule':
        return ruleReader(context, attributes, (rule) => inner.rules.push(rule));
      case 'lifetime':
        return lifetimeReader(context, inner);
      default:
        return undefined;
    }
  };
  return { open, end: () => finish(inner) };
}

function lifetimeReader(context: ReadContext, inner: Inner): ElementReader {
  const open = (name: string, attributes: Attributes): ElementReader | undefined =>
    name === 'rule'
      ? ruleReader(context, attributes, (rule) => {
          inner.lifetime ??= rule;
        })
      : undefined;
  return { open };
}

function locationReader(
  context: ReadContext,
  attributes: Attributes,
  into: Constraint[],
): ElementReader {
  const discovery = attributes['resource-discovery'];
  const node = attributes['node'];
  return innerReader(context, ({ sets, rules, lifetime }) => {
    into.push({
      kind: 'location',
      id: attributes['id'] ?? '',
      target: locationTarget(attributes, sets),
      ...(node !== undefined && { node: nodeName(node) }),
      ...optional('score', readScore(context, attributes, 'score')),
      rules,
      ...optional('role', readRole(context, attributes, 'role')),
      discovery: discovery === 'never' || discovery === 'exclusive' ? discovery : 'always',
      ...optional('lifetime', lifetime),
    });
  });
}

function locationTarget(attributes: Attributes, sets: readonly ResourceSet[]): Location['target'] {
  const { rsc } = attributes;
  const pattern = attributes['rsc-pattern'];
  if (rsc !== undefined) return { kind: 'resource', resource: resourceId(rsc) };
  if (pattern === undefined) return { kind: 'sets', sets };
  const negated = pattern.startsWith('!');
  return { kind: 'pattern', pattern: negated ? pattern.slice(1) : pattern, negated };
}

function colocationReader(
  context: ReadContext,
  attributes: Attributes,
  into: Constraint[],
): ElementReader {
  return innerReader(context, ({ sets, lifetime }) => {
    const common = {
      id: attributes['id'] ?? '',
      score: readScore(context, attributes, 'score') ?? 0,
      ...optional('influence', readBoolean(context, attributes, 'influence')),
      ...optional('lifetime', lifetime),
    };
    if (attributes['rsc'] === undefined) {
      into.push({ kind: 'colocation-sets', ...common, sets });
      return;
    }
    into.push({
      kind: 'colocation',
      ...common,
      dependent: resourceId(attributes['rsc']),
      primary: resourceId(attributes['with-rsc'] ?? ''),
      ...optional('dependentRole', readRole(context, attributes, 'rsc-role')),
      ...optional('primaryRole', readRole(context, attributes, 'with-rsc-role')),
      ...optional('dependentInstance', readInteger(context, attributes, 'rsc-instance')),
      ...optional('primaryInstance', readInteger(context, attributes, 'with-rsc-instance')),
      ...optional('nodeAttribute', attributes['node-attribute']),
    });
  });
}

function orderReader(
  context: ReadContext,
  attributes: Attributes,
  into: Constraint[],
): ElementReader {
  return innerReader(context, ({ sets, lifetime }) => {
    const common = {
      id: attributes['id'] ?? '',
      orderKind: readOrderKind(context, attributes) ?? 'Mandatory',
      ...optional('symmetrical', readBoolean(context, attributes, 'symmetrical')),
      ...optional('lifetime', lifetime),
    } as const;
    if (attributes['first'] === undefined) {
      into.push({ kind: 'order-sets', ...common, sets });
      return;
    }
    const firstAction: OrderedAction = readAction(context, attributes, 'first-action') ?? 'start';
    into.push({
      kind: 'order',
      ...common,
      first: resourceId(attributes['first']),
      // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
      then: resourceId(attributes['then'] ?? ''),
      firstAction,
      ...optional('thenAction', readAction(context, attributes, 'then-action')),
      ...optional('firstInstance', readInteger(context, attributes, 'first-instance')),
      ...optional('thenInstance', readInteger(context, attributes, 'then-instance')),
      requireAll: readBoolean(context, attributes, 'require-all') ?? true,
    });
  });
}

function ticketReader(
  context: ReadContext,
  attributes: Attributes,
  into: Constraint[],
): ElementReader {
  return innerReader(context, ({ sets }) => {
    into.push({
      kind: 'ticket',
      id: attributes['id'] ?? '',
      ticket: attributes['ticket'] ?? '',
      ...optional('lossPolicy', lossPolicy(context, attributes)),
      ...(attributes['rsc'] !== undefined && { resource: resourceId(attributes['rsc']) }),
      ...optional('role', readRole(context, attributes, 'rsc-role')),
      sets,
    });
  });
}

function lossPolicy(
  context: ReadContext,
  attributes: Attributes,
): TicketConstraint['lossPolicy'] | undefined {
  const policy = attributes['loss-policy'];
  switch (policy) {
    case 'stop':
    case 'demote':
    case 'fence':
    case 'freeze':
    case undefined:
      return policy;
    default:
      context.note('bad-value', attributes['id'] ?? '', `loss-policy="${policy}" is unknown`);
      return undefined;
  }
}
