/** Differences about places that are decided to stay: docs/decisions/differ.md says why. */
import { actionText } from './graph.ts';
import type { ComparedAction, Difference } from './graph.ts';
import { hasPair, idOf, isTiedTo, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const advisoryBan: Explanation = {
  name: 'Advice keeps a resource from running at all',
  explains: (cib, difference) => isAbout(difference, advised(cib, difference)),
  couldExplain: (cib, difference) => isTiedTo(cib, difference, advised(cib, difference)),
};

export const frozenRestart: Explanation = {
  name: 'A restart ends half-way without quorum',
  explains: (cib, difference) =>
    isAbout(difference, frozen(cib, difference)) &&
    difference.missing.every(
      ({ operation, resource }) =>
        operation === 'stop' && difference.extra.every((each) => each.resource !== resource),
    ),
  couldExplain: (cib, difference) => isTiedTo(cib, difference, frozen(cib, difference)),
};

export const halfMoved: Explanation = {
  name: 'A half done migration goes on among equals',
  explains: (cib, difference) => isAbout(difference, arriving(cib, difference)),
  couldExplain: (cib, difference) => isTiedTo(cib, difference, arriving(cib, difference)),
};

export const unlikeCapacities: Explanation = {
  name: 'Nodes with other capacities outdo neither',
  explains: (cib, difference) => isAbout(difference, placedBetweenUnlike(cib, difference)),
  couldExplain: (cib, difference) =>
    isTiedTo(cib, difference, placedBetweenUnlike(cib, difference)),
};

/** What both sides start, or one side alone moves, where capacity is balanced between nodes that name others. */
function placedBetweenUnlike(cib: XmlElement, { missing, extra }: Difference): ReadonlySet<string> {
  const nodes = [...walk(cib)].filter(([{ name }]) => name === 'node').map(([node]) => node);
  const capacities = nodes.map((node) =>
    node.children
      .filter(({ name }) => name === 'utilization')
      .flatMap(({ children }) => children.map(({ attributes }) => attributes['name'] ?? ''))
      .toSorted()
      .join(' '),
  );
  const isUnlike = new Set(capacities).size > 1;
  const isBalanced = hasPair(cib, 'placement-strategy', 'balanced');
  const does = (side: readonly ComparedAction[], word: string, name: string): boolean =>
    side.some(({ operation, resource }) => operation === word && resource === name);
  const isPlaced = ({ resource }: ComparedAction): boolean =>
    (does(missing, 'start', resource) && does(extra, 'start', resource)) ||
    [missing, extra].some((side) => does(side, 'start', resource) && does(side, 'stop', resource));
  const placed = isUnlike ? [...missing, ...extra].filter(isPlaced) : [];
  const meant = placed.filter(({ resource }) => isBalanced || isTooBig(cib, nodes, resource));
  return new Set(meant.map(({ resource }) => plainName(resource)));
}

/** A member of its group needs more of something than any node has: no node takes them all. */
function isTooBig(cib: XmlElement, nodes: readonly XmlElement[], resource: string): boolean {
  const group = [...walk(cib)]
    .map(([node]) => node)
    .find(
      ({ name, children }) => name === 'group' && children.map(idOf).includes(plainName(resource)),
    );
  const amounts = (of: XmlElement): readonly (readonly [string, number])[] =>
    [...walk(of)]
      .filter(([{ name }]) => name === 'utilization')
      .flatMap(([{ children }]) => children)
      .map(({ attributes }) => [attributes['name'] ?? '', Number(attributes['value'])] as const);
  const capacities = nodes.flatMap(amounts);
  return (group?.children ?? [])
    .flatMap(amounts)
    .some(([name, needed]) =>
      capacities.every(([other, amount]) => other !== name || amount < needed),
    );
}

/** What Holdfast alone lets arrive where the history says that it was sent, and the peer starts. */
function arriving(cib: XmlElement, { missing, extra }: Difference): ReadonlySet<string> {
  const isSent = ({ resource, node }: ComparedAction): boolean =>
    [...walk(cib)].some(([{ attributes }]) => {
      const { operation_key: key, migrate_target: target, 'rc-code': exit } = attributes;
      return key === `${resource}_migrate_to_0` && target === node && exit === '0';
    });
  const isStarted = ({ resource }: ComparedAction): boolean =>
    missing.some((each) => each.operation === 'start' && each.resource === resource);
  const found = extra.filter(
    (action) => action.operation === 'migrate_from' && isSent(action) && isStarted(action),
  );
  return new Set(found.map(({ resource }) => resource));
}

/** What both sides stop, and Holdfast alone starts again on the same node, frozen without quorum. */
function frozen(cib: XmlElement, { missing, extra, shared }: Difference): ReadonlySet<string> {
  const isFrozen =
    cib.attributes['have-quorum'] !== '1' && hasPair(cib, 'no-quorum-policy', 'freeze');
  const isRestart = (action: ComparedAction): boolean =>
    action.operation === 'start' && shared.has(actionText({ ...action, operation: 'stop' }));
  const restarted = isFrozen ? extra.filter(isRestart) : [];
  const names = new Set(restarted.map(({ resource }) => plainName(resource)));
  // What comes before it in its group goes on, on that node.
  for (const { operation, resource, node } of missing)
    if (operation === 'stop' && restarted.some((each) => isBefore(cib, resource, each, node)))
      names.add(plainName(resource));
  return names;
}

/** An earlier member of the restarted one's group, on the same node. */
function isBefore(
  cib: XmlElement,
  earlier: string,
  { resource, node }: ComparedAction,
  place: string,
): boolean {
  const groups = [...walk(cib)].map(([each]) => each).filter(({ name }) => name === 'group');
  return groups.some(({ children }) => {
    const members = children.map(idOf);
    const at = members.indexOf(plainName(earlier));
    return place === node && at >= 0 && at < members.indexOf(plainName(resource));
  });
}

const isAbout = ({ missing, extra }: Difference, names: ReadonlySet<string>): boolean =>
  missing.length + extra.length > 0 &&
  [...missing, ...extra].every(({ resource }) => names.has(plainName(resource)));

/**
 * Primitives that Holdfast alone starts or the peer alone stops, of what is to be apart from one
 * resource by a finite score and is bound by an infinite one to another.
 */
function advised(cib: XmlElement, { missing, extra }: Difference): ReadonlySet<string> {
  const links = [...walk(cib)].map(([node]) => node).filter((n) => n.name === 'rsc_colocation');
  const dependents = (isMeant: (score: string) => boolean): readonly string[] =>
    links.flatMap(({ attributes: { rsc, score = '' } }) =>
      rsc !== undefined && isMeant(score) ? [rsc] : [],
    );
  const bound = new Set(dependents((score) => score.endsWith('INFINITY')));
  const apart = dependents((score) => /^-\d/.test(score)).filter((id) => bound.has(id));
  const concerned = [
    ...extra.filter(({ operation }) => operation === 'start'),
    ...missing.filter(({ operation }) => operation === 'stop'),
  ].map(({ resource }) => plainName(resource));
  return new Set(primitivesIn(cib, apart).filter((id) => concerned.includes(id)));
}

function primitivesIn(cib: XmlElement, ids: readonly string[]): readonly string[] {
  const roots = [...walk(cib)].map(([node]) => node).filter((node) => ids.includes(idOf(node)));
  return roots
    .filter(({ name }) => /^(primitive|group|clone|bundle)$/.test(name))
    .flatMap((root) => [...walk(root)].map(([inner]) => inner))
    .filter(({ name }) => name === 'primitive')
    .map(idOf);
}
