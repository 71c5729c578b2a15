/** Differences in what something is called: docs/decisions/differ.md. */
import type { ComparedAction } from './graph.ts';
import { historiesOf, idOf, isTiedTo, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import type { XmlElement } from './xml.ts';

const surplusName: Explanation = {
  name: 'A surplus instance is called what its history calls it',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const named = extra.filter((action) => isSurplus(cib, action));
    return (
      named.length > 0 &&
      named.length === extra.length &&
      missing.length === extra.length &&
      named.every((action) => missing.some((other) => isWithoutNumber(action, other)))
    );
  },
  couldExplain: (cib, difference) => {
    const named = difference.extra.filter(
      (action) =>
        isSurplus(cib, action) && difference.missing.some((each) => isWithoutNumber(action, each)),
    );
    return isTiedTo(cib, difference, new Set(named.map(({ resource }) => plainName(resource))));
  },
};

/** Its node knows it under this name, and under others. */
function isSurplus(cib: XmlElement, { resource, node }: ComparedAction): boolean {
  const names = historiesOf(cib, plainName(resource), node).map(idOf);
  return resource.includes(':') && names.length > 1 && names.includes(resource);
}

const isWithoutNumber = (action: ComparedAction, other: ComparedAction): boolean =>
  other.resource === plainName(action.resource) &&
  other.operation === action.operation &&
  other.node === action.node &&
  other.intervalMs === action.intervalMs;

export const NAMES: readonly Explanation[] = [surplusName];
