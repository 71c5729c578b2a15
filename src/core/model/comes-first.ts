/** What a mandatory order puts before a resource (Pacemaker Explained, "Ordering Constraints"). */
import type { Constraint, OrderSets } from './configuration.ts';
import type { ResourceId } from './ids.ts';

export interface ComesFirst {
  readonly resources: readonly ResourceId[];
  /** False: any one of them is enough. */
  readonly requireAll: boolean;
}

/** @param isOwn whether an id is the resource's own, or that of something it is part of */
export function comesFirst(
  constraint: Constraint,
  isOwn: (id: ResourceId) => boolean,
): readonly ComesFirst[] {
  if (constraint.kind === 'order-sets') return comesFirstInSets(constraint, isOwn);
  if (constraint.kind !== 'order' || constraint.orderKind !== 'Mandatory') return [];
  return isOwn(constraint.then) ? [{ resources: [constraint.first], requireAll: true }] : [];
}

/** The set before its own, and in a sequential set the one before it. */
function comesFirstInSets(
  { sets, orderKind }: OrderSets,
  isOwn: (id: ResourceId) => boolean,
): readonly ComesFirst[] {
  return sets.flatMap((set, position) => {
    const at = set.resources.findIndex(isOwn);
    if (at < 0 || (set.orderKind ?? orderKind) !== 'Mandatory') return [];
    const before = sets[position - 1];
    const neighbour = set.sequential ? set.resources[at - 1] : undefined;
    return [
      ...(before === undefined
        ? []
        : [{ resources: before.resources, requireAll: before.requireAll }]),
      ...(neighbour === undefined ? [] : [{ resources: [neighbour], requireAll: true }]),
    ];
  });
}
