/** Differences about what must be apart: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { historiesOf, idOf, isTiedTo, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const onlyNode: Explanation = {
  name: 'What must be apart leaves the other its only node',
  explains: (cib, difference) => {
    const names = roomMade(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    return names.size > 0 && all.every(({ resource }) => names.has(plainName(resource)));
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, roomMade(cib, difference)),
};

/** Primitives of pairs that must be apart, of which Holdfast alone moves one out of the other's way. */
function roomMade(cib: XmlElement, difference: Difference): ReadonlySet<string> {
  const found = pairsApart(cib).filter(([dependent, primary]) =>
    leftBy(difference, primary).some((node) => isThere(cib, difference, dependent, node)),
  );
  return new Set(found.flat());
}

/** Nodes where the peer starts or leaves it, and Holdfast starts it elsewhere. */
function leftBy({ missing, extra }: Difference, resource: string): readonly string[] {
  const nodesOf = (side: readonly ComparedAction[], word: string): readonly string[] =>
    side
      .filter((action) => action.operation === word && plainName(action.resource) === resource)
      .map(({ node }) => node);
  return nodesOf(extra, 'start').length === 0
    ? []
    : [...nodesOf(missing, 'start'), ...nodesOf(extra, 'stop')];
}

/** Holdfast starts it there, or it runs there. */
function isThere(
  cib: XmlElement,
  { extra, shared }: Difference,
  resource: string,
  node: string,
): boolean {
  const isStarted = extra.some(
    (action) =>
      action.operation === 'start' &&
      plainName(action.resource) === resource &&
      action.node === node,
  );
  const runs = historiesOf(cib, resource, node).some(({ children }) =>
    children.some(({ attributes }) => attributes['rc-code'] === '0'),
  );
  return isStarted || runs || shared.has(`start ${resource} ${node}`);
}

/** Primitives in each two that a colocation with a negative score keeps apart, dependent first. */
function pairsApart(cib: XmlElement): readonly (readonly [string, string])[] {
  const all = [...walk(cib)].map(([node]) => node);
  const leavesOf = (id: string): readonly string[] =>
    all
      .filter((node) => idOf(node) === id && /^(primitive|group|clone|bundle)$/.test(node.name))
      .flatMap((node) => [...walk(node)].map(([inner]) => inner))
      .filter(({ name }) => name === 'primitive')
      .map(idOf);
  const links = all.filter(
    ({ name, attributes: { score = '' } }) => name === 'rsc_colocation' && score.startsWith('-'),
  );
  return links.flatMap((link) => {
    const { rsc = '', 'with-rsc': partner = '' } = link.attributes;
    const members = link.children.flatMap(({ children }) => children.map(idOf));
    const [dependents, primaries] =
      members.length > 0 ? [members, members] : ([[rsc], [partner]] as const);
    const others = primaries.flatMap(leavesOf);
    return dependents
      .flatMap(leavesOf)
      .flatMap((one) => others.filter((two) => two !== one).map((two) => [one, two] as const));
  });
}

export const APART: readonly Explanation[] = [onlyNode];
