/** What an explanation of a difference is, and what in a picture is tied to what. */
import type { ComparedAction, Difference } from './graph.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

export interface Explanation {
  /** The heading in the document. */
  readonly name: string;
  /** Whether this alone accounts for the whole difference of a picture that was made small. */
  readonly explains: (cib: XmlElement, difference: Difference) => boolean;
  /** Whether all that differs is this, or could follow from it by way of constraints. */
  readonly couldExplain: (cib: XmlElement, difference: Difference) => boolean;
}

/** Actions that only the peer has, each of which is accounted for by itself. */
export const onlyMissing = (
  name: string,
  find: (cib: XmlElement, difference: Difference) => ReadonlySet<ComparedAction>,
): Explanation => ({
  name,
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const found = find(cib, difference);
    return extra.length === 0 && missing.length > 0 && missing.every((each) => found.has(each));
  },
  couldExplain: (cib, difference) => {
    const names = [...find(cib, difference)].map(({ resource }) => plainName(resource));
    return isTiedTo(cib, difference, new Set(names));
  },
});

/** Everything that differs is of these, or tied to them by constraints. */
export function isTiedTo(
  cib: XmlElement,
  { missing, extra }: Difference,
  names: ReadonlySet<string>,
): boolean {
  const connected = connectedWith(cib, [...names]);
  return (
    names.size > 0 &&
    [...missing, ...extra].every(({ resource }) => connected.has(plainName(resource)))
  );
}

/** Names that are tied to these by constraints, groups, clones and tags, in any number of steps. */
export function connectedWith(cib: XmlElement, names: readonly string[]): ReadonlySet<string> {
  const ties = [...walk(cib)].map(([node]) => tied(node)).filter((tie) => tie.length > 1);
  const connected = new Set(names);
  for (let size = 0; size < connected.size;) {
    size = connected.size;
    for (const tie of ties) {
      if (tie.some((name) => connected.has(name))) for (const name of tie) connected.add(name);
    }
  }
  return connected;
}

function tied(node: XmlElement): readonly string[] {
  const inside = [...walk(node)].map(([inner]) => inner);
  if (/^(group|clone|bundle)$/.test(node.name)) {
    return inside.filter(({ name }) => /^(primitive|group|clone|bundle)$/.test(name)).map(idOf);
  }
  if (!/^rsc_(colocation|order)$/.test(node.name)) return [];
  const { rsc, 'with-rsc': other, first, then } = node.attributes;
  const members = inside.filter(({ name }) => name === 'resource_ref').map(idOf);
  return [rsc, other, first, then, ...members].filter((name) => name !== undefined);
}

export function historiesOf(
  cib: XmlElement,
  resource: string,
  node: string,
): readonly XmlElement[] {
  return [...walk(cib)]
    .filter(([{ name, attributes }]) => name === 'node_state' && attributes['uname'] === node)
    .flatMap(([state]) => [...walk(state)])
    .map(([found]) => found)
    .filter((found) => found.name === 'lrm_resource' && plainName(idOf(found)) === resource);
}

export const pairsOf = (within: XmlElement, name: string): readonly string[] =>
  [...walk(within)]
    .filter(([{ attributes }]) => attributes['name'] === name)
    .map(([{ attributes }]) => attributes['value'] ?? '');

export const hasPair = (within: XmlElement, name: string, value?: string): boolean =>
  pairsOf(within, name).some((found) => value === undefined || found === value);

export const plainName = (resource: string): string => resource.split(':')[0] ?? '';

export const idOf = ({ attributes }: XmlElement): string => attributes['id'] ?? '';
