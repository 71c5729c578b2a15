/** Which histories belong to what a command names: a primitive, a group, a clone, a bundle. */
import type { Configuration, Primitive, Resource } from '../model/configuration.ts';
import { baseName } from './fail-counts.ts';

/**
 * The names of the primitives of `id` (without instance numbers), wherever in the tree it stands;
 * of something that is not configured, its own name.
 */
export function primitivesOf(configuration: Configuration, id: string): readonly string[] {
  const found = findResource(configuration, id);
  return found === undefined ? [id] : leaves(found).map((leaf) => leaf.id);
}

/** Whether a name of a history (`web`, `web:1`, `box-podman-0`) is of `id` or of a part of it. */
export function partOf(configuration: Configuration, id: string): (name: string) => boolean {
  const names = new Set(primitivesOf(configuration, id));
  const isBundle = findResource(configuration, id)?.kind === 'bundle';
  return (name) => {
    const base = baseName(name);
    return base === id || names.has(base) || (isBundle && base.startsWith(`${id}-`));
  };
}

/** Whether this configuration has a resource of this id, wherever in the tree. */
export const isConfigured = (configuration: Configuration, id: string): boolean =>
  findResource(configuration, id) !== undefined;

function findResource(configuration: Configuration, id: string): Resource | undefined {
  for (const top of configuration.resources) {
    if (top.id === id) return top;
    const inner = insideOf(top).find((each) => each.id === id);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function insideOf(top: Resource): readonly Resource[] {
  if (top.kind === 'primitive') return [];
  if (top.kind === 'group') return top.members;
  if (top.child === undefined) return [];
  return top.child.kind === 'group' ? [top.child, ...top.child.members] : [top.child];
}

function leaves(resource: Resource): readonly Primitive[] {
  if (resource.kind === 'primitive') return [resource];
  if (resource.kind === 'group') return resource.members;
  return resource.child === undefined ? [] : leaves(resource.child);
}
