/** Differences about bundles that are decided to stay: docs/decisions/differ.md says why. */
import type { ComparedAction, Difference } from './graph.ts';
import { historiesOf, idOf, isTiedTo, onlyMissing, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const named = (cib: XmlElement, kind: string): readonly XmlElement[] =>
  [...walk(cib)].map(([node]) => node).filter(({ name }) => name === kind);

const primitivesIn = (roots: readonly XmlElement[]): readonly string[] =>
  roots.flatMap((root) => named(root, 'primitive')).map(idOf);

const allOf = ({ missing, extra }: Difference): readonly ComparedAction[] => [...missing, ...extra];

/** Everything that differs is of a bundle of which the peer exchanges replicas. */
const shuffledReplicas: Explanation = {
  name: "A bundle's replicas change places",
  explains: (cib, difference) => {
    const bundles = shuffledBundles(cib, difference);
    const isPart = ({ resource, node }: ComparedAction): boolean =>
      bundles.some((id) => isOfBundle(cib, id, resource) || node.startsWith(`${id}-`));
    return bundles.length > 0 && allOf(difference).every(isPart);
  },
  couldExplain: (cib, difference) => {
    const bundles = shuffledBundles(cib, difference);
    const parts = allOf(difference).filter(({ resource }) =>
      bundles.some((id) => isOfBundle(cib, id, resource)),
    );
    const names = [...bundles, ...parts.map(({ resource }) => plainName(resource))];
    return bundles.length > 0 && isTiedTo(cib, difference, new Set(names));
  },
};

/**
 * Bundles of which the peer starts a container that is well, and that Holdfast leaves on its node,
 * where Holdfast starts another replica's.
 */
const shuffledBundles = (cib: XmlElement, difference: Difference): readonly string[] =>
  named(cib, 'bundle')
    .map(idOf)
    .filter((id) => {
      const starts = (of: readonly ComparedAction[]): readonly ComparedAction[] =>
        of.filter((each) => each.operation === 'start' && isContainer(id, each.resource));
      const { missing, extra } = difference;
      return starts(missing).some(
        ({ resource, node }) =>
          starts(extra).some((other) => other.resource !== resource && other.node === node) &&
          homesOf(cib, resource).some(
            (home) => home !== node && staysOn(difference, resource, home),
          ),
      );
    });

const isContainer = (bundle: string, resource: string): boolean =>
  new RegExp(`^${bundle}-(docker|podman|rkt)-\\d+$`).test(resource);

/** Nodes whose history tells that it runs there, and of nothing but success. */
const homesOf = (cib: XmlElement, resource: string): readonly string[] =>
  named(cib, 'node_state')
    .map(({ attributes: { uname = '' } }) => uname)
    .filter((uname) => {
      const found = historiesOf(cib, resource, uname);
      return found.length > 0 && found.every(isSound);
    });

/** Holdfast does not stop it there, or starts it there again. */
function staysOn({ missing, extra }: Difference, resource: string, node: string): boolean {
  const isThis = (each: ComparedAction, operation: string): boolean =>
    each.operation === operation && each.resource === resource && each.node === node;
  return (
    missing.some((each) => isThis(each, 'stop')) || extra.some((each) => isThis(each, 'start'))
  );
}

const isSound = ({ children }: XmlElement): boolean =>
  children.every(({ attributes }) => attributes['rc-code'] === '0');

const isOfBundle = (cib: XmlElement, id: string, resource: string): boolean =>
  resource.startsWith(`${id}-`) ||
  primitivesIn(named(cib, 'bundle').filter((bundle) => idOf(bundle) === id)).includes(
    plainName(resource),
  );

/** A real stop inside a replica whose container is on a node that both sides fence. */
const unreachable = onlyMissing('What is in a replica ends with its node', unreachableStops);

function unreachableStops(
  cib: XmlElement,
  { missing, shared }: Difference,
): ReadonlySet<ComparedAction> {
  const fenced = named(cib, 'node_state').filter(({ attributes: { uname = '' } }) =>
    ['reboot', 'off'].some((way) => shared.has(`fence ${way} ${uname}`)),
  );
  const containers = fenced.flatMap((state) => named(state, 'lrm_resource')).map(idOf);
  const isLost = (node: string): boolean => {
    const [, bundle, number] = /^(.+)-(\d+)$/.exec(node) ?? [];
    return ['docker', 'podman', 'rkt'].some((kind) =>
      containers.includes(`${bundle ?? ''}-${kind}-${number ?? ''}`),
    );
  };
  return new Set(
    missing.filter(
      ({ operation, node }) => /^(stop|demote|notify|cancel)$/.test(operation) && isLost(node),
    ),
  );
}

/** A container may start on any node, so it is looked for on guests too. */
const lookedFor: Explanation = {
  name: 'A container is looked for on guests',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const found = lookedForOnGuests(cib, difference);
    return missing.length === 0 && extra.length > 0 && extra.length === found.length;
  },
  couldExplain: (cib, difference) =>
    isTiedTo(
      cib,
      difference,
      new Set(lookedForOnGuests(cib, difference).map(({ resource }) => plainName(resource))),
    ),
};

/** Probes of containers that Holdfast alone makes on guest nodes. */
function lookedForOnGuests(cib: XmlElement, { extra }: Difference): readonly ComparedAction[] {
  const guests = pairsOf(cib, 'remote-node');
  const bundles = named(cib, 'bundle').map(idOf);
  return extra.filter(
    ({ operation, resource, node, intervalMs }) =>
      operation === 'monitor' &&
      intervalMs === 0 &&
      guests.includes(node) &&
      bundles.some((id) => isContainer(id, resource)),
  );
}

/** All that differs is of a bundle of which the peer starts a container inside another replica. */
const nestedContainer: Explanation = {
  name: 'A container does not run inside a replica',
  explains: (cib, difference) => {
    const bundles = nestedBundles(cib, difference);
    const isPart = ({ resource, node }: ComparedAction): boolean =>
      bundles.some((id) => isOfBundle(cib, id, resource) || node.startsWith(`${id}-`));
    return bundles.length > 0 && allOf(difference).every(isPart);
  },
  couldExplain: (cib, difference) =>
    isTiedTo(cib, difference, new Set(nestedBundles(cib, difference))),
};

const nestedBundles = (cib: XmlElement, { missing }: Difference): readonly string[] => {
  const bundles = named(cib, 'bundle').map(idOf);
  return bundles.filter((id) =>
    missing.some(
      ({ operation, resource, node }) =>
        operation === 'start' &&
        isContainer(id, resource) &&
        bundles.some((outer) => new RegExp(`^${outer}-\\d+$`).test(node)),
    ),
  );
};

export const BUNDLES: readonly Explanation[] = [
  shuffledReplicas,
  unreachable,
  lookedFor,
  nestedContainer,
];
