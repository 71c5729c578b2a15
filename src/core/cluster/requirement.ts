/** Whether a resource needs access to what nodes share: looked at right before it is started. */
import { childrenOf } from '../model/children.ts';
import type { Configuration, Resource } from '../model/configuration.ts';
import type { ResourceId } from '../model/ids.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { baseName } from './fail-counts.ts';

/**
 * Its own word, its template's, that of what it is in, the default; unless one of them says otherwise
 * it does. What depends on a rule, which needs a time and a node, is the scheduler's alone.
 */
export function needsAccess(configuration: Configuration, resource: ResourceId): boolean {
  const blocks = blocksOf(configuration, baseName(resource));
  const said = blocks.filter(({ values }) => values['requires'] !== undefined);
  if (said.some(({ rule }) => rule !== undefined)) return false;
  const word = said[0]?.values['requires'];
  return word === undefined || word === 'unfencing';
}

/** Of a primitive all that may say something, the nearest first. */
function blocksOf(configuration: Configuration, id: string): readonly AttributeBlock[] {
  const path = configuration.resources.map((top) => pathTo(top, id)).find(({ length }) => length);
  const [primitive] = path ?? [];
  const template =
    primitive?.kind === 'primitive'
      ? configuration.templates.find((each) => each.id === primitive.template)
      : undefined;
  const [own = [], ...outer] = (path ?? []).map(({ meta }) => byScore(meta));
  const defaults = byScore(configuration.resourceDefaults);
  return [...own, ...byScore(template?.meta ?? []), ...outer.flat(), ...defaults];
}

const byScore = (blocks: readonly AttributeBlock[]): readonly AttributeBlock[] =>
  blocks.toSorted((left, right) => right.score - left.score);

/** The resource itself and what it is in, outwards; empty: it is not in there. */
function pathTo(resource: Resource, id: string): readonly Resource[] {
  if (resource.id === id) return [resource];
  const inner = childrenOf(resource).map((child) => pathTo(child, id));
  const path = inner.find(({ length }) => length > 0);
  return path === undefined ? [] : [...path, resource];
}
