/**
 * Values as they are without any rule holding: for checks, which have no time and no node. Blocks
 * with a rule are left out, of the others the one with the highest score speaks first.
 */
import type { Configuration, Primitive, Resource, Template } from '../model/configuration.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { parseBoolean } from '../model/value.ts';

const templateMaps = new WeakMap<readonly Template[], ReadonlyMap<string, Template>>();

/** Kept per list, so that asking for each of many resources stays cheap. */
export function templateOf(
  configuration: Configuration,
  id: string | undefined,
): Template | undefined {
  if (id === undefined) return undefined;
  const { templates } = configuration;
  let map = templateMaps.get(templates);
  if (!map) {
    // The first of an id counts: the others are reported as duplicates.
    map = new Map(templates.toReversed().map((template) => [template.id, template]));
    templateMaps.set(templates, map);
  }
  return map.get(id);
}

export function valueOf(blocks: readonly AttributeBlock[], name: string): string | undefined {
  let found: { readonly score: number; readonly value: string } | undefined;
  for (const { rule, score, values } of blocks) {
    if (rule || !Object.hasOwn(values, name)) continue;
    const value = values[name];
    if (value !== undefined && (!found || score > found.score)) found = { score, value };
  }
  return found?.value;
}

/** A parameter of a primitive, or of its template. */
export function parameterOf(
  configuration: Configuration,
  primitive: Primitive,
  name: string,
): string | undefined {
  const own = valueOf(primitive.parameters, name);
  if (own !== undefined || primitive.template === undefined) return own;
  const template = templateOf(configuration, primitive.template);
  return template && valueOf(template.parameters, name);
}

/** A meta attribute: the resource's own, its template's, of what it stands in, the default. */
export function metaOf(
  configuration: Configuration,
  resource: Resource,
  within: readonly Resource[],
  name: string,
): string | undefined {
  const own = valueOf(resource.meta, name);
  if (own !== undefined) return own;
  if (resource.kind === 'primitive' && resource.template !== undefined) {
    const template = templateOf(configuration, resource.template);
    const inherited = template && valueOf(template.meta, name);
    if (inherited !== undefined) return inherited;
  }
  for (const outer of within.toReversed()) {
    const inherited = valueOf(outer.meta, name);
    if (inherited !== undefined) return inherited;
  }
  return valueOf(configuration.resourceDefaults, name);
}

/** Whether lost nodes are fenced: on unless switched off, also by the option's old name. */
export function isFencingEnabled(configuration: Configuration): boolean {
  const { options } = configuration;
  const text = valueOf(options, 'fencing-enabled') ?? valueOf(options, 'stonith-enabled');
  return text === undefined ? true : (parseBoolean(text) ?? true);
}
