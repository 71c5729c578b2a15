/** Differences between what is as good, and in roles of what is left alone: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { hasPair, historiesOf, idOf, isTiedTo, onlyMissing, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const named = (within: XmlElement, kind: string): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node).filter(({ name }) => name === kind);

const leavesOf = (within: XmlElement): readonly string[] => named(within, 'primitive').map(idOf);

/** Bundles of which other replicas, whole, start on the same nodes; none of them stops or moves. */
function swappedBundles(cib: XmlElement, { missing, extra }: Difference): readonly string[] {
  const places = (side: readonly ComparedAction[], id: string): string =>
    side
      .filter(({ resource }) => resource.startsWith(`${id}-`))
      .map(({ operation, resource, node, intervalMs }) => {
        const part = /-(docker|podman|ip)-/.exec(resource)?.[1] ?? 'connection';
        return `${operation} ${part} ${node} ${String(intervalMs)}`;
      })
      .toSorted()
      .join();
  return named(cib, 'bundle')
    .map(idOf)
    .filter((id) => {
      const theirs = places(missing, id);
      return (
        theirs.includes('start ') &&
        !/stop|migrate|promote|demote/.test(theirs) &&
        theirs === places(extra, id)
      );
    });
}

const swappedReplicas: Explanation = {
  name: 'Which replica starts where is of no meaning',
  explains: (cib, difference) => {
    const bundles = swappedBundles(cib, difference);
    return (
      bundles.length > 0 &&
      [...difference.missing, ...difference.extra].every(({ resource }) =>
        bundles.some((id) => resource.startsWith(`${id}-`)),
      )
    );
  },
  couldExplain: (cib, difference) =>
    isTiedTo(cib, difference, new Set(swappedBundles(cib, difference))),
};

/** It is promoted there by its history. */
const isPromoted = (cib: XmlElement, resource: string, node: string): boolean =>
  historiesOf(cib, resource, node).some(({ children }) =>
    children.some(
      ({ attributes }) =>
        (attributes['operation'] === 'promote' && attributes['rc-code'] === '0') ||
        attributes['rc-code'] === '8',
    ),
  );

const groupsOfClones = (cib: XmlElement): readonly (readonly string[])[] =>
  named(cib, 'clone')
    .flatMap((clone) => named(clone, 'group'))
    .map(leavesOf);

const secondPromotion = onlyMissing(
  'What is promoted in maintenance counts, of a clone of groups too',
  (cib, { missing }) => {
    const resting = named(cib, 'node')
      .filter((node) => hasPair(node, 'maintenance', 'true'))
      .map(({ attributes }) => attributes['uname'] ?? '');
    const isSecond = ({ operation, resource, node }: ComparedAction): boolean => {
      const members = groupsOfClones(cib).find((each) => each.includes(resource)) ?? [];
      return (
        /^(promote|monitor|cancel|notify)$/.test(operation) &&
        !hasPair(cib, 'promoted-max') &&
        resting.some(
          (other) => other !== node && members.some((each) => isPromoted(cib, each, other)),
        )
      );
    };
    const isAny = missing.some(({ operation }) => operation === 'promote');
    return new Set(isAny ? missing.filter(isSecond) : []);
  },
);

/** The role is given up in reverse: what is left alone in it keeps those before it. */
const keptRole = onlyMissing(
  'A member that is left alone keeps the role of those before it',
  (cib, { missing }) => {
    const isUnmanaged = (id: string): boolean =>
      named(cib, 'primitive').some(
        (each) => idOf(each) === id && hasPair(each, 'is-managed', 'false'),
      );
    const isKept = ({ operation, resource, node }: ComparedAction): boolean => {
      const members = groupsOfClones(cib).find((each) => each.includes(resource)) ?? [];
      const later = members.slice(members.indexOf(resource) + 1);
      return (
        operation === 'demote' &&
        later.some((each) => isUnmanaged(each) && isPromoted(cib, each, node))
      );
    };
    return new Set(missing.filter(isKept));
  },
);

/** A weight that rounds to nothing counts 1; the peer's is positive, whatever the sign. */
function weaklyAdvised(cib: XmlElement, { missing }: Difference): ReadonlySet<string> {
  const within = (id: string): readonly string[] =>
    [...walk(cib)]
      .map(([node]) => node)
      .filter((node) => idOf(node) === id && /^(primitive|group|clone)$/.test(node.name))
      .flatMap(leavesOf);
  const started = missing.filter(({ operation }) => operation === 'start');
  const found = named(cib, 'rsc_colocation').flatMap(({ attributes }) => {
    const { rsc = '', 'with-rsc': primary = '', score = '' } = attributes;
    const against = named(cib, 'rsc_location').filter((location) => {
      const product = Number(score) * Number(location.attributes['score']);
      return location.attributes['rsc'] === rsc && product < 0 && product > -500_000;
    });
    const isChosen = (leaf: string): boolean =>
      Number(score) > 0 &&
      started.some(
        ({ resource, node }) =>
          plainName(resource) === leaf &&
          against.some((location) => location.attributes['node'] === node),
      );
    return within(primary).filter(isChosen);
  });
  return new Set(found);
}

const keptSign: Explanation = {
  name: 'A weak advice against a node stays one',
  explains: (cib, difference) => {
    const names = weaklyAdvised(cib, difference);
    return (
      names.size > 0 &&
      [...difference.missing, ...difference.extra].every(
        ({ operation, resource }) =>
          names.has(plainName(resource)) &&
          /^(start|stop|monitor|migrate_to|migrate_from)$/.test(operation),
      )
    );
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, weaklyAdvised(cib, difference)),
};

export const ALIKE: readonly Explanation[] = [swappedReplicas, secondPromotion, keptRole, keptSign];
