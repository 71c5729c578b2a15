/** What random values of the model are made of. */
import * as fc from 'fast-check';
import { incarnation, nodeName, resourceId, wallMs } from '../../model/ids.ts';

/** A record of which the keys after the required ones may be absent. */
export function partly<T extends object, R extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: { [K in keyof R]: fc.Arbitrary<R[K]> },
): fc.Arbitrary<T & Partial<R>> {
  const requiredKeys = Object.keys(required) as (keyof (T & R))[];
  const options = { requiredKeys, noNullPrototype: true } as const;
  return fc.record({ ...required, ...optional }, options as never) as never;
}

export const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(item, { maxLength: 3 });

export const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
export const word = fc.stringMatching(/^[a-z][a-z0-9:_-]{0,6}$/);
export const nodes = fc.constantFrom('n1', 'n2', 'n3').map(nodeName);
export const resources = fc.constantFrom('web', 'db', 'db:1', 'ip').map(resourceId);
export const lives = fc.constantFrom('boot-1 1', 'boot-1 2', '').map(incarnation);
export const times = fc.nat().map(wallMs);
export const scores = fc.integer({ min: -1_000_000, max: 1_000_000 });
export const flag = fc.boolean();
export const texts = fc.dictionary(word, text, { maxKeys: 3, noNullPrototype: true });
