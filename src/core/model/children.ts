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

/** Is a resource of this name among them, or within one of them? Nesting is at most clone → group → primitive. */
export const isAmong = (resources: readonly Resource[], id: string): boolean =>
  resources.some((each) => each.id === id || isAmong(childrenOf(each), id));
