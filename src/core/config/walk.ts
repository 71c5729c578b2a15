/** Every resource of a configuration, with what it stands in. */
import { childrenOf } from '../model/children.ts';
import type { Configuration, Primitive, Resource } from '../model/configuration.ts';

export interface PlacedResource {
  readonly resource: Resource;
  /** From the outermost inwards; empty for a top-level resource. */
  readonly within: readonly Resource[];
}

/** Outer ones come before what is in them. */
export function* eachResource(configuration: Configuration): Generator<PlacedResource> {
  for (const resource of configuration.resources) yield* placed(resource, []);
}

/** Three levels at most: a clone of a group of primitives. */
function* placed(resource: Resource, within: readonly Resource[]): Generator<PlacedResource> {
  yield { resource, within };
  const inner = [...within, resource];
  for (const child of childrenOf(resource)) yield* placed(child, inner);
}

export interface PlacedPrimitive {
  readonly primitive: Primitive;
  readonly within: readonly Resource[];
}

export function* eachPrimitive(configuration: Configuration): Generator<PlacedPrimitive> {
  for (const { resource, within } of eachResource(configuration)) {
    if (resource.kind === 'primitive') yield { primitive: resource, within };
  }
}
