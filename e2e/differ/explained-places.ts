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
    difference.missing.length === 0 && isAbout(difference, frozen(cib, difference)),
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
  const isUnlike = new Set(capacities).size > 1 && hasPair(cib, 'placement-strategy', 'balanced');
  const does = (side: readonly ComparedAction[], word: string, name: string): boolean =>
    side.some(({ operation, resource }) => operation === word && resource === name);
  const isPlaced = ({ resource }: ComparedAction): boolean =>
    (does(missing, 'start', resource) && does(extra, 'start', resource)) ||
    [missing, extra].some((side) => does(side, 'start', resource) && does(side, 'stop', resource));
  const placed = isUnlike ? [...missing, ...extra].filter(isPlaced) : [];
  return new Set(placed.map(({ resource }) => plainName(resource)));
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
function frozen(cib: XmlElement, { extra, shared }: Difference): ReadonlySet<string> {
  const isFrozen =
    cib.attributes['have-quorum'] !== '1' && hasPair(cib, 'no-quorum-policy', 'freeze');
  const isRestart = (action: ComparedAction): boolean =>
    action.operation === 'start' && shared.has(actionText({ ...action, operation: 'stop' }));
  const restarted = isFrozen ? extra.filter(isRestart) : [];
  return new Set(restarted.map(({ resource }) => plainName(resource)));
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
