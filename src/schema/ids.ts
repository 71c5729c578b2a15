/**
 * Ids that cluster.yaml need not say. The same rules when reading and when writing, so that an id
 * is written only where it differs from the one that would be made.
 */
import type {
  Colocation,
  ColocationSets,
  Constraint,
  FencingLevel,
  Location,
  OperationConfiguration,
  Order,
  OrderSets,
  TicketConstraint,
} from '../core/model/configuration.ts';
import { durationText } from '../core/model/value.ts';

export const OPTIONS_ID = 'cib-bootstrap-options';
export const RESOURCE_DEFAULTS_ID = 'rsc_defaults-options';
export const OPERATION_DEFAULTS_ID = 'op_defaults-options';

export type BlockPlace = 'instance_attributes' | 'meta_attributes' | 'utilization';

/** The block of an owner; the second and later ones are numbered. */
export function blockId(base: string, index: number): string {
  return index === 0 ? base : `${base}-${index + 1}`;
}

export function ownedBlockBase(owner: string, place: BlockPlace): string {
  return `${owner}-${place}`;
}

/** `ip-monitor-10s`, `db-monitor-10s-Promoted`. */
export function operationId(
  resource: string,
  operation: Pick<OperationConfiguration, 'name' | 'intervalMs' | 'attributes'>,
): string {
  const role = operation.attributes['role'];
  const suffix = role === undefined ? '' : `-${role}`;
  return `${resource}-${operation.name}-${durationText(operation.intervalMs)}${suffix}`;
}

export function ruleId(owner: string, index: number): string {
  return index === 0 ? `${owner}-rule` : `${owner}-rule-${index + 1}`;
}

export function setId(constraint: string, index: number): string {
  return `${constraint}-set-${index + 1}`;
}

export function levelId(target: FencingLevel['target'], index: number): string {
  return `fencing-${levelTargetText(target)}-${index}`;
}

function levelTargetText(target: FencingLevel['target']): string {
  switch (target.kind) {
    case 'node':
      return target.node;
    case 'pattern':
      return target.pattern;
    case 'attribute':
      return `${target.name}-${target.value}`;
  }
}

type WithoutId<T> = Omit<T, 'id'>;
export type ConstraintWithoutId =
  | WithoutId<Location>
  | WithoutId<Colocation>
  | WithoutId<ColocationSets>
  | WithoutId<Order>
  | WithoutId<OrderSets>
  | WithoutId<TicketConstraint>;

export interface ConstraintIds {
  /** What the constraint is called when nobody names it: different from all taken ones. */
  readonly make: (constraint: Constraint | ConstraintWithoutId) => string;
  readonly take: (id: string) => void;
}

export function constraintIds(): ConstraintIds {
  const taken = new Set<string>();
  const numbers = new Map<string, number>();
  const make = (constraint: Constraint | ConstraintWithoutId): string => {
    const base = constraintBase(constraint);
    if (!taken.has(base)) return base;
    let number = numbers.get(base) ?? 2;
    while (taken.has(`${base}-${number}`)) number += 1;
    numbers.set(base, number);
    return `${base}-${number}`;
  };
  const take = (id: string): void => {
    taken.add(id);
  };
  return { make, take };
}

function constraintBase(constraint: Constraint | ConstraintWithoutId): string {
  switch (constraint.kind) {
    case 'location':
      return locationBase(constraint);
    case 'colocation':
      return `colocation-${constraint.dependent}-${constraint.primary}`;
    case 'colocation-sets':
      return 'colocation-set';
    case 'order':
      return `order-${constraint.first}-${constraint.then}`;
    case 'order-sets':
      return 'order-set';
    case 'ticket':
      return constraint.resource === undefined
        ? `ticket-${constraint.ticket}`
        : `ticket-${constraint.ticket}-${constraint.resource}`;
  }
}

function locationBase(constraint: Pick<Location, 'target' | 'node'>): string {
  const { target, node } = constraint;
  const suffix = node === undefined ? '' : `-${node}`;
  return target.kind === 'resource' ? `location-${target.resource}${suffix}` : `location${suffix}`;
}
