/** What stands in a resource: three levels at most, a clone of a group of primitives. */
import type { Group, Primitive, Resource } from './configuration.ts';

/** Directly in it, in the order of the configuration. */
export function childrenOf(resource: Resource): readonly (Primitive | Group)[] {
  switch (resource.kind) {
    case 'primitive':
      return [];
    case 'group':
      return resource.members;
    case 'clone':
      return [resource.child];
    case 'bundle':
      return resource.child === undefined ? [] : [resource.child];
  }
}
