/** Makes constraints of their shapes. */
import type {
  Colocation,
  ColocationSets,
  Constraint,
  Location,
  Order,
  OrderedAction,
  OrderSets,
  ResourceSet,
  TicketConstraint,
} from '../../core/model/configuration.ts';
import { nodeName, resourceId } from '../../core/model/ids.ts';
import { INFINITY_SCORE } from '../../core/model/score.ts';
import type { Score } from '../../core/model/score.ts';
import { constraintIds, ruleId, setId } from '../ids.ts';
import type { ConstraintIds, ConstraintWithoutId } from '../ids.ts';
import type {
  ColocationShape,
  ConstraintShape,
  LocationShape,
  OrderShape,
  PreferencesShape,
  SetShape,
  TicketShape,
} from '../shape/constraints.ts';
import type { Path } from '../tree/tree.ts';
import { optional, orderedEntries } from './context.ts';
import type { BuildContext } from './context.ts';
import { buildRule } from './rules.ts';

export function buildConstraints(
  context: BuildContext,
  shapes: readonly ConstraintShape[],
  path: Path,
): readonly Constraint[] {
  const ids = constraintIds();
  return shapes.flatMap((shape, index) => {
    const made = buildConstraint({ context, ids, path: [...path, index] }, shape);
    for (const { id } of made) context.place('constraint', id, [...path, index]);
    return made;
  });
}

/** Where one constraint is made. */
interface Place {
  readonly context: BuildContext;
  readonly ids: ConstraintIds;
  readonly path: Path;
}

function buildConstraint(place: Place, shape: ConstraintShape): readonly Constraint[] {
  if ('location' in shape) return buildLocations(place, shape);
  if ('colocate' in shape) return [buildColocation(place, shape)];
  if ('order' in shape) return [buildOrder(place, shape)];
  return [buildTicket(place, shape)];
}

/** The constraint's id, from here on taken. */
function claimId(place: Place, given: string | undefined, constraint: ConstraintWithoutId): string {
  const id = given ?? place.ids.make(constraint);
  place.ids.take(id);
  return id;
}

function lifetime(
  place: Place,
  shape: ConstraintShape,
  id: string,
): { readonly lifetime?: Constraint['lifetime'] & {} } {
  if (!shape.lifetime) return {};
  const path = [...place.path, 'lifetime'];
  return { lifetime: buildRule(place.context, shape.lifetime, ruleId(`${id}-lifetime`, 0), path) };
}

/** One constraint per preferred or avoided node; otherwise one. */
function buildLocations(place: Place, shape: LocationShape): readonly Location[] {
  const scores = [
    ...preferredNodes(place, 'prefers', shape.prefers),
    ...preferredNodes(place, 'avoids', shape.avoids),
    ...(shape.node === undefined ? [] : [[shape.node, shape.score] as const]),
  ];
  if (shape.id !== undefined && scores.length > 1) {
    place.context.problem(
      [...place.path, 'id'],
      'several nodes make several constraints',
      'leave the id out',
    );
  }
  if (scores.length === 0) return [buildLocation(place, shape, undefined, shape.score)];
  return scores.map(([node, score]) => buildLocation(place, shape, node, score));
}

function preferredNodes(
  place: Place,
  key: 'prefers' | 'avoids',
  shape: PreferencesShape | undefined,
): readonly (readonly [node: string, score: Score])[] {
  if (shape === undefined) return [];
  const sign = key === 'prefers' ? 1 : -1;
  if (typeof shape === 'string') return [[shape, sign * INFINITY_SCORE]];
  if (Array.isArray(shape)) return shape.map((node) => [node, sign * INFINITY_SCORE]);
  // `+ 0` makes the negation of 0 a plain 0.
  const entries = orderedEntries(place.context, shape, [...place.path, key]);
  return entries.map(([node, score]) => [node, sign * score + 0]);
}

function buildLocation(
  place: Place,
  shape: LocationShape,
  node: string | undefined,
  score: Score | undefined,
): Location {
  const common = {
    kind: 'location',
    ...(node !== undefined && { node: nodeName(node) }),
    ...optional('score', score),
    ...optional('role', shape.role),
    discovery: shape['resource-discovery'] ?? 'always',
  } as const;
  // The id is made of resource and node alone, and the ids of sets and rules of the id.
  const plain = { ...common, rules: [], target: locationTarget(shape, '') };
  const id = claimId(place, shape.id, plain);
  return {
    ...common,
    id,
    target: locationTarget(shape, id),
    rules: (shape.rules ?? []).map((rule, index) =>
      buildRule(place.context, rule, ruleId(id, index), [...place.path, 'rules', index]),
    ),
    ...lifetime(place, shape, id),
  };
}

function locationTarget(shape: LocationShape, id: string): Location['target'] {
  const { location } = shape;
  if (typeof location === 'string') return { kind: 'resource', resource: resourceId(location) };
  if ('sets' in location) return { kind: 'sets', sets: buildSets(location.sets, id) };
  if ('pattern' in location) return { kind: 'pattern', pattern: location.pattern, negated: false };
  return { kind: 'pattern', pattern: location['not-pattern'], negated: true };
}

function buildColocation(place: Place, shape: ColocationShape): Colocation | ColocationSets {
  const common = {
    score: shape.score ?? INFINITY_SCORE,
    ...optional('influence', shape.influence),
  };
  if (typeof shape.colocate !== 'string') {
    const { sets } = shape.colocate;
    const id = claimId(place, shape.id, { kind: 'colocation-sets', ...common, sets: [] });
    const life = lifetime(place, shape, id);
    return { kind: 'colocation-sets', id, ...common, sets: buildSets(sets, id), ...life };
  }
  if (shape.with === undefined) {
    place.context.problem(place.path, '"with" is missing', 'write with which resource it runs');
  }
  const colocation = {
    kind: 'colocation',
    ...common,
    dependent: resourceId(shape.colocate),
    primary: resourceId(shape.with ?? ''),
    ...optional('dependentRole', shape.role),
    ...optional('primaryRole', shape['with-role']),
    ...optional('dependentInstance', shape.instance),
    ...optional('primaryInstance', shape['with-instance']),
    ...optional('nodeAttribute', shape['node-attribute']),
  } as const;
  const id = claimId(place, shape.id, colocation);
  return { id, ...colocation, ...lifetime(place, shape, id) };
}

function buildOrder(place: Place, shape: OrderShape): Order | OrderSets {
  const common = {
    orderKind: shape.kind ?? 'Mandatory',
    ...optional('symmetrical', shape.symmetrical),
  } as const;
  const { order } = shape;
  if (Array.isArray(order) ? order.length !== 2 : 'sets' in order) {
    return buildOrderSets(place, shape, common);
  }
  const pair = {
    kind: 'order',
    ...common,
    ...(Array.isArray(order) ? orderPair(order) : orderFields(order as OrderFields)),
    requireAll: shape['require-all'] ?? true,
  } as const;
  const id = claimId(place, shape.id, pair);
  return { id, ...pair, ...lifetime(place, shape, id) };
}

type OrderFields = Extract<OrderShape['order'], { first: string }>;
type OrderPair = Pick<
  Order,
  'first' | 'then' | 'firstAction' | 'thenAction' | 'firstInstance' | 'thenInstance'
>;

function orderPair([first = '', second = '']: readonly string[]): OrderPair {
  const before = actionAndResource(first);
  const after = actionAndResource(second);
  return {
    first: resourceId(before.resource),
    firstAction: before.action ?? 'start',
    // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
    then: resourceId(after.resource),
    ...optional('thenAction', after.action),
  };
}

function orderFields(order: OrderFields): OrderPair {
  return {
    first: resourceId(order.first),
    firstAction: order['first-action'] ?? 'start',
    // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
    then: resourceId(order.then),
    ...optional('thenAction', order['then-action']),
    ...optional('firstInstance', order['first-instance']),
    ...optional('thenInstance', order['then-instance']),
  };
}

const ACTION_AND_RESOURCE = /^(start|stop|promote|demote) (.*)$/s;

/** `db`, or `promote db`. */
function actionAndResource(text: string): {
  readonly action?: OrderedAction;
  readonly resource: string;
} {
  const match = ACTION_AND_RESOURCE.exec(text);
  if (!match) return { resource: text };
  return { action: match[1] as OrderedAction, resource: match[2] ?? '' };
}

/** `[a, b, c]` is one set: each after the one before it. */
function buildOrderSets(
  place: Place,
  shape: OrderShape,
  common: Pick<OrderSets, 'orderKind' | 'symmetrical'>,
): OrderSets {
  const { order } = shape;
  const sets: readonly SetShape[] = Array.isArray(order)
    ? [[...order]]
    : 'sets' in order
      ? order.sets
      : [];
  if (Array.isArray(order)) checkChain(place, order);
  if (shape['require-all'] !== undefined) {
    const advice = 'say it in each of the sets';
    place.context.problem([...place.path, 'require-all'], 'it belongs to a pair', advice);
  }
  const id = claimId(place, shape.id, { kind: 'order-sets', ...common, sets: [] });
  const life = lifetime(place, shape, id);
  return { kind: 'order-sets', id, ...common, sets: buildSets(sets, id), ...life };
}

function checkChain(place: Place, order: readonly string[]): void {
  const path = [...place.path, 'order'];
  if (order.length < 2) place.context.problem(path, 'an order needs at least two resources');
  for (const [index, text] of order.entries()) {
    if (!ACTION_AND_RESOURCE.test(text)) continue;
    const advice = 'write pairs, or sets with an action';
    place.context.problem([...path, index], 'actions can be named in pairs only', advice);
  }
}

function buildTicket(place: Place, shape: TicketShape): TicketConstraint {
  const ticket = {
    kind: 'ticket',
    ticket: shape.ticket,
    ...optional('lossPolicy', shape['loss-policy']),
    ...(shape.resource !== undefined && { resource: resourceId(shape.resource) }),
    ...optional('role', shape.role),
  } as const;
  const id = claimId(place, shape.id, { ...ticket, sets: [] });
  return { id, ...ticket, sets: buildSets(shape.sets ?? [], id), ...lifetime(place, shape, id) };
}

function buildSets(shapes: readonly SetShape[], constraint: string): readonly ResourceSet[] {
  return shapes.map((shape, index) => {
    const set = Array.isArray(shape) ? { resources: shape } : shape;
    return {
      id: set.id ?? setId(constraint, index),
      resources: set.resources.map(resourceId),
      sequential: set.sequential ?? true,
      requireAll: set['require-all'] ?? true,
      ...optional('ordering', set.ordering),
      ...optional('action', set.action),
      ...optional('role', set.role),
      ...optional('score', set.score),
      ...optional('orderKind', set.kind),
    };
  });
}
