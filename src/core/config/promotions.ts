/** Orders of promotions of what cannot be promoted: they are tolerated, and have no effect. */
import type { Configuration, Order, Resource } from '../model/configuration.ts';
import { parseBoolean } from '../model/value.ts';
import type { ConfigurationFinding } from './finding.ts';
import { valueOf } from './values.ts';
import { eachResource } from './walk.ts';

/**
 * Without its own action the second resource does what the first does (Pacemaker Explained,
 * "Ordering Properties": then-action is by default first-action), which is seldom what was meant.
 */
export function checkPromotions(configuration: Configuration): readonly ConfigurationFinding[] {
  const canPromote = new Map<string, boolean>();
  for (const { resource, within } of eachResource(configuration)) {
    canPromote.set(resource.id, [...within, resource].some(isPromotable));
  }
  return configuration.constraints.flatMap((constraint) =>
    constraint.kind === 'order' ? orderFindings(constraint, canPromote) : [],
  );
}

function isPromotable(resource: Resource): boolean {
  if (resource.kind === 'bundle') return true; // by its child, or by what stands in its image
  if (resource.kind !== 'clone') return false;
  return resource.promotable || parseBoolean(valueOf(resource.meta, 'promotable') ?? '') === true;
}

function orderFindings(
  order: Order,
  canPromote: ReadonlyMap<string, boolean>,
): readonly ConfigurationFinding[] {
  const { id, first, firstAction, then: second, thenAction = firstAction } = order;
  const ends = [
    [first, firstAction],
    [second, thenAction],
  ] as const;
  const wrong = ends.find(
    ([resource, action]) => isVain(action) && canPromote.get(resource) === false,
  );
  if (wrong === undefined) return [];
  const [resource, action] = wrong;
  const told =
    resource === second && order.thenAction === undefined
      ? `"${second}" without an action means "${action} ${second}" here, as for "${first}"; but it cannot be promoted`
      : `"${resource}" cannot be promoted, so "${action} ${resource}" never happens`;
  return [
    {
      code: 'no-promotion',
      severity: 'warning',
      subject: { kind: 'constraint', id },
      text: `${told}: the order has no effect`,
      advice: `write "start ${resource}"`,
    },
  ];
}

const isVain = (action: string): boolean => action === 'promote' || action === 'demote';
