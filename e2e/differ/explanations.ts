/** Explains a difference: as a whole, or part by part. */
import { EXPLANATIONS } from './explained.ts';
import type { ComparedAction, Difference } from './graph.ts';
import { connectedWith, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import type { XmlElement } from './xml.ts';

/** The heading of what accounts for all of it; of several the first. */
export const explanationOf = (cib: XmlElement, difference: Difference): string | undefined =>
  nameOf(cib, difference) ?? together(partsOf(cib, difference).map((part) => nameOf(cib, part)));

/** As `explanationOf`, for a picture in which more may follow from what is explained. */
export function possibleExplanationOf(cib: XmlElement, difference: Difference): string | undefined {
  const possible = (part: Difference): string | undefined =>
    nameOf(cib, part) ?? findName(({ couldExplain }) => couldExplain(cib, part));
  const parts = partsOf(cib, difference).map((part) => ({ part, name: possible(part) }));
  const left = parts.filter(({ part, name }) => name !== undefined || !isElsewhere(part));
  return possible(difference) ?? together(left.map(({ name }) => name));
}

const findName = (isMeant: (explanation: Explanation) => boolean): string | undefined =>
  EXPLANATIONS.find(isMeant)?.name;

const nameOf = (cib: XmlElement, difference: Difference): string | undefined =>
  findName(({ explains }) => explains(cib, difference));

const together = (names: readonly (string | undefined)[]): string | undefined =>
  names.includes(undefined) ? undefined : names[0];

/** What differs, in parts that no constraint ties together; of a mere order each pair is one. */
function partsOf(cib: XmlElement, difference: Difference): readonly Difference[] {
  const { missing, extra, unordered, overOrdered } = difference;
  const none = { ...difference, missing: [], extra: [], unordered: [], overOrdered: [] };
  if (missing.length + extra.length === 0) {
    return [
      ...unordered.map((pair) => ({ ...none, unordered: [pair] })),
      ...overOrdered.map((pair) => ({ ...none, overOrdered: [pair] })),
    ];
  }
  const left = new Set([...missing, ...extra].map(({ resource }) => plainName(resource)));
  const parts: Difference[] = [];
  for (const name of left) {
    const tied = connectedWith(cib, [name]);
    for (const other of tied) left.delete(other);
    const isOfPart = ({ resource }: ComparedAction): boolean => tied.has(plainName(resource));
    parts.push({ ...none, missing: missing.filter(isOfPart), extra: extra.filter(isOfPart) });
  }
  return parts;
}

/** Starts on another node, or moves: how many resources a node has by then is reason enough. */
function isElsewhere({ missing, extra }: Difference): boolean {
  const all = [...missing, ...extra];
  return (
    all.some(({ operation }) => /^(start|migrate_from)$/.test(operation)) &&
    all.every(({ operation }) => /^(start|stop|monitor|migrate_to|migrate_from)$/.test(operation))
  );
}
