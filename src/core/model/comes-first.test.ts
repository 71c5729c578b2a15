import { expect, it } from 'vitest';
import { comesFirst } from './comes-first.ts';
import type { Constraint, ResourceSet } from './configuration.ts';
import { resourceId } from './ids.ts';

const set = (id: string, ids: string, more: Partial<ResourceSet> = {}): ResourceSet => ({
  id,
  resources: ids.split(' ').map(resourceId),
  sequential: true,
  requireAll: true,
  ...more,
});

const sets = (
  orderKind: 'Mandatory' | 'Optional',
  ...members: readonly ResourceSet[]
): Constraint => ({
  kind: 'order-sets',
  id: 'o',
  sets: members,
  orderKind,
});

const before = (constraint: Constraint, own: string): readonly string[] =>
  comesFirst(constraint, (id) => id === own).map(
    ({ resources, requireAll }) => `${requireAll ? 'all' : 'any'} of ${resources.join(' ')}`,
  );

it('in a sequential set the neighbour comes first, and all of the set before', () => {
  const order = sets('Mandatory', set('x', 'a b'), set('y', 'c d'));
  expect(before(order, 'a')).toEqual([]);
  expect(before(order, 'b')).toEqual(['all of a']);
  expect(before(order, 'd')).toEqual(['all of a b', 'all of c']);
});

it('in other sets nothing of the own set comes first, and any of the set before may be enough', () => {
  const loose = { sequential: false };
  const order = sets(
    'Mandatory',
    set('x', 'a b', { ...loose, requireAll: false }),
    set('y', 'c d', loose),
  );
  expect(before(order, 'd')).toEqual(['any of a b']);
});

it('an optional order puts nothing first', () => {
  expect(before(sets('Optional', set('x', 'a b')), 'b')).toEqual([]);
});
