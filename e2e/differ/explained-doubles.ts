/** Differences about constraints that say something twice: docs/decisions/differ.md. */
import type { Difference } from './graph.ts';
import { idOf, isTiedTo, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const secondOrder: Explanation = {
  name: 'A mandatory order holds beside an optional one',
  explains: (cib, difference) => {
    const followers = followersTwice(cib);
    const all = [...difference.missing, ...difference.extra];
    return (
      isLeftRunning(difference) &&
      all.every(({ resource }) => followers.has(plainName(resource))) &&
      followers.size > 0
    );
  },
  couldExplain: (cib, difference) =>
    isLeftRunning(difference) && isTiedTo(cib, difference, followersTwice(cib)),
};

/** The peer alone starts something, or Holdfast alone stops it. */
const isLeftRunning = ({ missing, extra }: Difference): boolean =>
  missing.some(({ operation }) => operation === 'start') ||
  extra.some(({ operation }) => operation === 'stop');

/** Primitives in what follows the same thing by an optional order and by a later mandatory one. */
function followersTwice(cib: XmlElement): ReadonlySet<string> {
  const optional = new Set<string>();
  const twice = new Set<string>();
  for (const [order] of [...walk(cib)].filter(([{ name }]) => name === 'rsc_order')) {
    const isOptional = (order.attributes['kind'] ?? 'Mandatory') !== 'Mandatory';
    for (const [first, then] of pairsOf(order)) {
      if (isOptional) optional.add(`${first} ${then}`);
      else if (optional.has(`${first} ${then}`)) twice.add(then);
    }
  }
  const followers = [...walk(cib)]
    .map(([node]) => node)
    .filter((node) => twice.has(idOf(node)) && /^(primitive|group|clone)$/.test(node.name));
  const inside = followers.flatMap((node) => [...walk(node)].map(([inner]) => inner));
  return new Set(inside.filter(({ name }) => name === 'primitive').map(idOf));
}

/** What an order puts one after the other: its two, or each member after all before it. */
function pairsOf(order: XmlElement): readonly (readonly [string, string])[] {
  const { first, then } = order.attributes;
  if (first !== undefined && then !== undefined) return [[first, then]];
  const members = order.children.flatMap(({ children }) => children.map(idOf));
  return members.flatMap((later, at) =>
    members.slice(0, at).map((earlier) => [earlier, later] as const),
  );
}

export const DOUBLES: readonly Explanation[] = [secondOrder];
