/** Differences about access to shared storage that are decided to stay: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { connectedWith, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Holdfast alone gives a node access that never had it since its start, and starts anew what runs there. */
const withoutAccess: Explanation = {
  name: 'What runs without access starts anew',
  explains: (cib, difference) => {
    const nodes = nodesGivenAccess(cib, difference);
    const { missing, extra } = difference;
    const isThere = ({ node, operation }: ComparedAction): boolean =>
      nodes.has(node) && BEGINS_ANEW.has(operation);
    return nodes.size > 0 && missing.length === 0 && extra.every(isThere);
  },
  couldExplain: (cib, difference) => {
    const nodes = nodesGivenAccess(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    const there = all.filter(({ node }) => nodes.has(node)).map(({ resource }) => resource);
    const connected = connectedWith(cib, there.map(plainName));
    return (
      nodes.size > 0 &&
      all.every(({ node, resource }) => nodes.has(node) || connected.has(plainName(resource)))
    );
  },
};

const BEGINS_ANEW = new Set([
  'fence',
  'stop',
  'start',
  'monitor',
  'cancel',
  'demote',
  'promote',
  'notify',
]);

/** Nodes that Holdfast alone unfences, of which nothing says that they have been. */
function nodesGivenAccess(cib: XmlElement, { extra }: Difference): ReadonlySet<string> {
  const unfenced = extra.filter(
    ({ operation, detail }) => operation === 'fence' && detail === 'on',
  );
  return new Set(unfenced.map(({ node }) => node).filter((node) => !hadAccess(cib, node)));
}

const hadAccess = (cib: XmlElement, node: string): boolean =>
  [...walk(cib)]
    .map(([each]) => each)
    .filter(
      ({ name, attributes }) =>
        (name === 'node_state' || name === 'node') && attributes['uname'] === node,
    )
    .flatMap((each) => [...walk(each)].map(([inner]) => inner))
    .some(
      ({ attributes }) => attributes['name'] === '#node-unfenced' && attributes['value'] !== '0',
    );

export const ACCESS: readonly Explanation[] = [withoutAccess];
