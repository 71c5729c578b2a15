/** Differences where the peer's own documents say otherwise: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { connectedWith, historiesOf, idOf, isTiedTo, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const startedRule: Explanation = {
  name: 'A rule for the role Started counts',
  explains: (cib, difference) => {
    const leaves = leavesUnderRules(cib);
    const all = allOf(difference);
    return all.length > 0 && all.every(({ resource }) => leaves.has(plainName(resource)));
  },
  couldExplain: (cib, difference) =>
    allOf(difference).length > 0 && isTiedTo(cib, difference, leavesUnderRules(cib)),
};

const allOf = ({ missing, extra }: Difference): readonly ComparedAction[] => [...missing, ...extra];

/** Primitives of what a location is about that has a rule for the role Started. */
function leavesUnderRules(cib: XmlElement): ReadonlySet<string> {
  const constraints = elements(cib).filter(
    (node) =>
      node.name === 'rsc_location' &&
      elements(node).some(
        ({ name, attributes }) => name === 'rule' && attributes['role'] === 'Started',
      ),
  );
  const about = new Set(constraints.map(({ attributes }) => attributes['rsc'] ?? ''));
  return leavesOf(elements(cib).filter((node) => isResource(node) && about.has(idOf(node))));
}

const guestConnection: Explanation = {
  name: "A guest's connection moves with its machine",
  explains: (cib, difference) => {
    const guests = movedGuests(cib, difference);
    const isOfGuest = ({ resource, node }: ComparedAction): boolean =>
      guests.has(resource) || guests.has(node);
    return guests.size > 0 && allOf(difference).every(isOfGuest);
  },
  couldExplain: (cib, difference) => {
    const guests = movedGuests(cib, difference);
    const machines = [...guests].map((guest) => machineOf(cib, guest));
    const inside = allOf(difference).filter(({ node }) => guests.has(node));
    const names = [...guests, ...machines, ...inside.map(({ resource }) => plainName(resource))];
    return guests.size > 0 && isTiedTo(cib, difference, new Set(names));
  },
};

/** Guests whose connection Holdfast alone moves live, while both move the machine live. */
function movedGuests(cib: XmlElement, { missing, extra, shared }: Difference): ReadonlySet<string> {
  const moved = extra.filter(({ operation, resource }) => {
    const machine = machineOf(cib, resource);
    const isMoved = [...shared].some((text) => text.startsWith(`migrate_to ${machine} `));
    const isStarted = missing.some(
      (each) => each.operation === 'start' && each.resource === resource,
    );
    return operation === 'migrate_to' && machine !== '' && isMoved && isStarted;
  });
  return new Set(moved.map(({ resource }) => resource));
}

/** The primitive whose guest node this is; empty: none. */
function machineOf(cib: XmlElement, guest: string): string {
  const machine = elements(cib).find(
    (node) => node.name === 'primitive' && pairsOf(node, 'remote-node').includes(guest),
  );
  return machine === undefined ? '' : idOf(machine);
}

const orderedInstances: Explanation = {
  name: "An ordered clone's instances follow all before them",
  explains: (cib, difference) => {
    const clones = orderedClones(cib).map((clone) => leavesOf([clone]));
    const bundles = elements(cib).filter(({ name }) => name === 'bundle');
    const pairs = pureOrder(difference);
    return (
      pairs.length > 0 &&
      [...pairs, ...difference.unordered].every(
        (pair) =>
          clones.some((leaves) => pair.every((text) => leaves.has(about(text)))) ||
          bundles.some((bundle) => isInside(bundle, pair)),
      )
    );
  },
  couldExplain: (cib, difference) => {
    const connected = connectedWith(cib, [...leavesOf(orderedClones(cib))]);
    const pairs = pureOrder(difference);
    return pairs.length > 0 && pairs.flat().every((text) => connected.has(about(text)));
  },
};

/** What is in replicas stops as the instances of an ordered clone do, and its container after it. */
const isInside = (bundle: XmlElement, [first, then]: readonly [string, string]): boolean =>
  leavesOf([bundle]).has(about(first)) &&
  (leavesOf([bundle]).has(about(then)) ||
    new RegExp(`^${idOf(bundle)}-((podman|docker)-)?\\d+$`).test(about(then)));

/** The pairs that Holdfast alone orders, if nothing else differs but the other way round. */
function pureOrder(difference: Difference): readonly (readonly [string, string])[] {
  const { unordered, overOrdered } = difference;
  const isReversed = ([first, then]: readonly [string, string]): boolean =>
    overOrdered.some(([one, two]) => nodeOf(one) === nodeOf(then) && nodeOf(two) === nodeOf(first));
  return allOf(difference).length > 0 || !unordered.every(isReversed) ? [] : overOrdered;
}

/** The node of `start web n1`. */
const nodeOf = (text: string): string => text.split(' ')[2] ?? '';

/** The resource of `start web n1`. */
const about = (text: string): string => text.split(' ')[1] ?? '';

const orderedClones = (cib: XmlElement): readonly XmlElement[] =>
  elements(cib).filter(
    (node) => node.name === 'clone' && pairsOf(node, 'ordered').includes('true'),
  );

const changedFirst: Explanation = {
  name: 'What follows a group or clone restarts when its agent is another one',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const followers = followersOfChanged(cib, difference);
    const isRestart = ({ operation, resource }: ComparedAction): boolean =>
      RESTART.has(operation) && followers.has(plainName(resource));
    return missing.length === 0 && extra.length > 0 && extra.every(isRestart);
  },
  couldExplain: (cib, difference) =>
    allOf(difference).length > 0 && isTiedTo(cib, difference, followersOfChanged(cib, difference)),
};

const RESTART = new Set(['stop', 'start', 'monitor', 'demote', 'promote', 'notify']);

/** What is ordered after a group or clone that both sides restart for another agent. */
function followersOfChanged(cib: XmlElement, { shared }: Difference): ReadonlySet<string> {
  const states = elements(cib).filter(({ name }) => name === 'node_state');
  const isChanged = (primitive: XmlElement): boolean =>
    states.some(({ attributes: { uname = '' } }) => {
      const id = idOf(primitive);
      const type = primitive.attributes['type'];
      const others = historiesOf(cib, id, uname).filter((each) => each.attributes['type'] !== type);
      // Of a globally unique clone the number belongs to the name.
      const names = new Set([id, ...others.map(idOf)]);
      return [...(others.length > 0 ? names : [])].some((name) =>
        ['stop', 'start'].every((word) => shared.has(`${word} ${name} ${uname}`)),
      );
    });
  const firsts = elements(cib)
    .filter(({ name }) => name === 'group' || name === 'clone')
    .filter((node) =>
      elements(node).some((inner) => inner.name === 'primitive' && isChanged(inner)),
    )
    .map(idOf);
  const thens = elements(cib)
    .filter(
      ({ name, attributes: { first = '' } }) => name === 'rsc_order' && firsts.includes(first),
    )
    .map(({ attributes }) => attributes['then'] ?? '');
  return leavesOf(elements(cib).filter((node) => isResource(node) && thens.includes(idOf(node))));
}

/** The peer takes a minimum for a condition of an order that is about the moment alone. */
const serialMinimum: Explanation = {
  name: 'What is serialized waits for no minimum',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const partners = serialPartners(cib);
    const isIts = ({ resource }: ComparedAction): boolean => partners.has(plainName(resource));
    return (
      allOf(difference).length > 0 &&
      allOf(difference).every(isIts) &&
      extra.every(({ operation }) => /^(start|monitor|promote|notify)$/.test(operation)) &&
      missing.every(({ operation }) => /^(stop|demote|cancel|notify)$/.test(operation))
    );
  },
  couldExplain: (cib, difference) =>
    allOf(difference).length > 0 && isTiedTo(cib, difference, serialPartners(cib)),
};

/** What no mandatory order, but a serial one, lets follow a clone with a minimum. */
function serialPartners(cib: XmlElement): ReadonlySet<string> {
  const least = elements(cib)
    .filter((node) => node.name === 'clone' && pairsOf(node, 'clone-min').length > 0)
    .map(idOf);
  const orders = elements(cib).filter(
    ({ name, attributes: { first = '' } }) => name === 'rsc_order' && least.includes(first),
  );
  const serial = orders.filter(({ attributes }) => attributes['kind'] === 'Serialize');
  const thens = serial.map(({ attributes }) => attributes['then'] ?? '');
  const bound = orders.filter((order) => !serial.includes(order));
  const free = thens.filter((then) => bound.every(({ attributes }) => attributes['then'] !== then));
  return leavesOf(elements(cib).filter((node) => isResource(node) && free.includes(idOf(node))));
}

const watchedAlone: Explanation = {
  name: 'What is left alone is watched without quorum',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const watched = watchedWithoutQuorum(cib, difference);
    return missing.length === 0 && extra.length > 0 && extra.every((each) => watched.has(each));
  },
  couldExplain: (cib, difference) => {
    const names = [...watchedWithoutQuorum(cib, difference)].map(({ resource }) => resource);
    return isTiedTo(cib, difference, new Set(names));
  },
};

/** Monitors that Holdfast alone starts, of primitives that are not managed and run there. */
function watchedWithoutQuorum(cib: XmlElement, { extra }: Difference): ReadonlySet<ComparedAction> {
  const [policy = 'stop'] = pairsOf(cib, 'no-quorum-policy');
  const isStopping =
    cib.attributes['have-quorum'] === '0' && (policy === 'stop' || policy === 'demote');
  const alone = elements(cib)
    .filter(({ name }) => name === 'primitive')
    .filter(
      (node) =>
        pairsOf(node, 'is-managed').includes('false') ||
        pairsOf(node, 'maintenance').includes('true'),
    )
    .map(idOf);
  return new Set(
    extra.filter(
      ({ operation, resource, node, intervalMs }) =>
        isStopping &&
        operation === 'monitor' &&
        intervalMs > 0 &&
        alone.includes(resource) &&
        historiesOf(cib, resource, node).length > 0,
    ),
  );
}

const elements = (within: XmlElement): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node);

const isResource = ({ name }: XmlElement): boolean => /^(primitive|group|clone|bundle)$/.test(name);

const leavesOf = (resources: readonly XmlElement[]): ReadonlySet<string> =>
  new Set(
    resources
      .flatMap(elements)
      .filter(({ name }) => name === 'primitive')
      .map(idOf),
  );

export const CHOICES: readonly Explanation[] = [
  startedRule,
  guestConnection,
  orderedInstances,
  changedFirst,
  serialMinimum,
  watchedAlone,
];
