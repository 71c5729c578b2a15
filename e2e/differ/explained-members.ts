/** Differences about members of groups, numbers of instances, and guests: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { hasPair, historiesOf, idOf, isTiedTo, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const named = (within: XmlElement, kind: string): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node).filter(({ name }) => name === kind);

const leavesOf = (within: XmlElement): readonly string[] => named(within, 'primitive').map(idOf);

const allOf = ({ missing, extra }: Difference): readonly ComparedAction[] => [...missing, ...extra];

const startsOf = (actions: readonly ComparedAction[], leaf: string): readonly ComparedAction[] =>
  actions.filter(({ operation, resource }) => operation === 'start' && resource === leaf);

/** Explains what is done with these and nothing else. */
const aboutLeaves = (
  name: string,
  find: (cib: XmlElement, difference: Difference) => ReadonlySet<string>,
): Explanation => ({
  name,
  explains: (cib, difference) => {
    const leaves = find(cib, difference);
    return (
      leaves.size > 0 && allOf(difference).every(({ resource }) => leaves.has(plainName(resource)))
    );
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, find(cib, difference)),
});

/** Groups of which Holdfast alone runs a later member that a mandatory colocation binds. */
const laterMember = aboutLeaves(
  'A group goes where a later member must',
  (cib, { missing, extra }) => {
    const bound = named(cib, 'rsc_colocation')
      .filter(({ attributes }) => attributes['score'] === 'INFINITY')
      .map(({ attributes }) => attributes['rsc'] ?? '');
    const groups = named(cib, 'group').filter((group) =>
      leavesOf(group)
        .slice(1)
        .some(
          (member) =>
            bound.includes(member) &&
            startsOf(extra, member).length > 0 &&
            startsOf(missing, member).length === 0,
        ),
    );
    return new Set(groups.flatMap(leavesOf));
  },
);

/** Unique clones, advised to be with others, whose new instances go to the same nodes on both sides. */
const swappedNumbers = aboutLeaves(
  'Which number an instance gets is of no meaning to a colocation',
  (cib, { missing, extra }) => {
    const advised = named(cib, 'rsc_colocation')
      .filter(({ attributes }) => !(attributes['score'] ?? '').includes('INFINITY'))
      .flatMap((link) => [link.attributes['rsc'] ?? '', ...named(link, 'resource_ref').map(idOf)]);
    const placesOf = (actions: readonly ComparedAction[], leaves: readonly string[]): string =>
      actions
        .filter(({ resource }) => leaves.includes(plainName(resource)))
        .map(({ operation, node, intervalMs }) => `${operation} ${node} ${String(intervalMs)}`)
        .toSorted()
        .join();
    const clones = named(cib, 'clone').filter((clone) => {
      const leaves = leavesOf(clone);
      const places = placesOf(missing, leaves);
      return (
        hasPair(clone, 'globally-unique', 'true') &&
        advised.some((id) => id === idOf(clone) || leaves.includes(id)) &&
        places.includes('start') &&
        !/stop|promote|demote|migrate/.test(places) &&
        places === placesOf(extra, leaves)
      );
    });
    return new Set(clones.flatMap(leavesOf));
  },
);

/** Fence devices that Holdfast alone starts, beside a machine that is frozen on a fenced node. */
const deviceBesideGuest = aboutLeaves(
  'A fence device does not wait for a guest that cannot be fenced',
  (cib, { missing, extra, shared }) => {
    const lost = [...shared].flatMap((text) => /^fence \S+ (\S+)$/.exec(text)?.[1] ?? []);
    const frozen = named(cib, 'rsc_ticket')
      .filter(({ attributes }) => attributes['loss-policy'] === 'freeze')
      .map(({ attributes }) => attributes['rsc'] ?? '');
    const isStuck = named(cib, 'primitive').some(
      (machine) =>
        pairsOf(machine, 'remote-node').length > 0 &&
        (frozen.includes(idOf(machine)) || hasPair(machine, 'is-managed', 'false')) &&
        lost.some((node) => historiesOf(cib, idOf(machine), node).length > 0),
    );
    const devices = named(cib, 'primitive')
      .filter(({ attributes }) => attributes['class'] === 'stonith')
      .map(idOf)
      .filter((device) => startsOf(extra, device).length > 0);
    return new Set(isStuck && missing.length === 0 ? devices : []);
  },
);

export const MEMBERS: readonly Explanation[] = [laterMember, swappedNumbers, deviceBesideGuest];
