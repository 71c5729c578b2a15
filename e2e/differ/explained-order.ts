/** Differences about what waits for what alone, and superfluous steps: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { connectedWith, hasPair, historiesOf, idOf, isTiedTo, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

type Pair = readonly [string, string];

/** `start web n1` in its words; of a monitor that recurs the interval is the last one. */
export const wordsOf = (text: string): readonly [string, string, string] => {
  const [operation = '', resource = '', node = ''] = text.split(' ');
  return [operation, resource, node];
};

const isPure = ({ missing, extra }: Difference): boolean => missing.length + extra.length === 0;

const elements = (within: XmlElement): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node);

const primitivesIn = (roots: readonly XmlElement[]): ReadonlySet<string> =>
  new Set(
    roots
      .flatMap(elements)
      .filter(({ name }) => name === 'primitive')
      .map(idOf),
  );

const clonesOf = (cib: XmlElement): readonly XmlElement[] =>
  elements(cib).filter(
    (node) => node.name === 'clone' && !hasPair(node, 'globally-unique', 'true'),
  );

/** Explains an order of which every pair is such a one; `may` allows others of the same resources. */
export function ofPairs(
  name: string,
  pairsIn: (difference: Difference) => readonly Pair[],
  isSuch: (cib: XmlElement, pair: Pair, difference: Difference) => boolean,
): Explanation {
  return {
    name,
    explains: (cib, difference) => {
      const pairs = [...difference.unordered, ...difference.overOrdered];
      const known = pairsIn(difference);
      return (
        isPure(difference) &&
        pairs.length === known.length &&
        known.length > 0 &&
        known.every((pair) => isSuch(cib, pair, difference))
      );
    },
    couldExplain: (cib, difference) => {
      const such = pairsIn(difference).filter((pair) => isSuch(cib, pair, difference));
      const about = such.flat().map((text) => plainName(wordsOf(text)[1]));
      const connected = connectedWith(cib, about);
      const all = [...difference.unordered, ...difference.overOrdered].flat();
      return (
        isPure(difference) &&
        such.length > 0 &&
        all.every((text) => isOfNode(text) || connected.has(plainName(wordsOf(text)[1])))
      );
    },
  };
}

/** What a node does, not a resource: its fencing has an order with anything. */
const isOfNode = (text: string): boolean => /^(fence|shutdown) /.test(text);

const bothWays = ({ unordered, overOrdered }: Difference): readonly Pair[] => [
  ...unordered,
  ...overOrdered,
];

/** As the instance's number moves, the peer orders a deletion before the start of that number. */
const shuffledDeletion = ofPairs(
  "An anonymous clone's history is deleted before it starts there",
  bothWays,
  (cib, [first, then]) => {
    const [task, resource] = wordsOf(first);
    const [what, other] = wordsOf(then);
    const isInClone = clonesOf(cib).some((clone) => primitivesIn([clone]).has(resource));
    return task === 'delete' && isInClone && other === resource && /^(start|monitor)$/.test(what);
  },
);

/** What the machine of a guest may be found by holds up what runs elsewhere. */
const probedMachine = ofPairs(
  'What runs elsewhere does not wait for the probe of a machine',
  ({ unordered }) => unordered,
  (cib, [first, then]) => {
    const [task, machine] = wordsOf(first);
    const [what, resource, place] = wordsOf(then);
    const isGuest = pairsOf(cib, 'remote-node').includes(machine);
    const isHost = elements(cib).some(
      (node) =>
        node.name === 'primitive' &&
        idOf(node) === machine &&
        (hasPair(node, 'remote-node') || node.attributes['type'] === 'remote'),
    );
    const isApart = isElsewhere(cib, machine, resource, place);
    const isInClone = clonesOf(cib).some((clone) => primitivesIn([clone]).has(resource));
    const isProbe = task === 'monitor' && isHost && (isInClone || isApart);
    const isBeginning = /^(start|monitor)$/.test(task) && (isHost || isGuest) && isApart;
    // What stops since it cannot start again waits for what that start would wait for.
    const isHeldUp = what === 'stop' && isApart && (isBeginning || task === 'monitor');
    return ((isProbe || isBeginning) && /^(start|monitor|promote)$/.test(what)) || isHeldUp;
  },
);

/** No constraint ties it to the machine, and it begins on a member of the cluster. */
function isElsewhere(cib: XmlElement, machine: string, resource: string, node: string): boolean {
  const states = elements(cib).filter(({ name }) => name === 'node_state');
  const isMember = states.some(
    ({ attributes }) => attributes['uname'] === node && attributes['crmd'] !== undefined,
  );
  const machines = elements(cib).filter(
    (each) => each.name === 'primitive' && hasPair(each, 'remote-node', machine),
  );
  const guests = [machine, ...machines.map(idOf), ...pairsOf(cib, 'remote-node')];
  return isMember && !connectedWith(cib, guests).has(resource);
}

/** A group that gives up its role in part: for the peer that is no demotion of the clone. */
const singleDemotion = ofPairs(
  'A promotion waits for every single demotion',
  ({ overOrdered }) => overOrdered,
  (cib, [first, then], { shared }) => {
    const [task, demoted, node] = wordsOf(first);
    const [what, promoted] = wordsOf(then);
    const group = clonesOf(cib)
      .flatMap(elements)
      .find((each) => each.name === 'group' && primitivesIn([each]).has(demoted));
    const members = [...(group === undefined ? [] : primitivesIn([group]))];
    const isPart = members.some((member) => !shared.has(`demote ${member} ${node}`));
    const isOwn = members.includes(promoted) && what !== 'demote';
    return task === 'demote' && isPart && isOwn;
  },
);

/** Both sides move it live; Holdfast alone lets that wait for a fencing or for the guest. */
const awaitedMigration = ofPairs(
  'A live migration waits for what its start waits for',
  ({ overOrdered }) => overOrdered,
  (cib, [first, then], { shared }) => {
    const [task, resource] = wordsOf(first);
    const [, moved] = wordsOf(then);
    const isMoved = [...shared].some((text) => text.startsWith(`migrate_from ${moved} `));
    const guests = pairsOf(cib, 'remote-node');
    const isMachine = elements(cib).some(
      (node) =>
        node.name === 'primitive' && idOf(node) === resource && hasPair(node, 'remote-node'),
    );
    return isMoved && (task === 'fence' || guests.includes(resource) || isMachine);
  },
);

/** What starts waits until the guest is gone: its machine may have been in several places. */
const lostGuest = ofPairs(
  'A lost guest is gone when its machine has stopped everywhere',
  ({ overOrdered }) => overOrdered,
  (cib, [first, then]) => {
    const [task, resource] = wordsOf(first);
    const isMachine = elements(cib).some(
      (node) =>
        node.name === 'primitive' && idOf(node) === resource && hasPair(node, 'remote-node'),
    );
    const isGuest = pairsOf(cib, 'remote-node').includes(resource);
    const isUp = /^(start|promote|monitor)$/.test(wordsOf(then)[0]);
    return task === 'stop' && (isMachine || isGuest) && isUp;
  },
);

/** The peer waits for the beginning of a group, clone or bundle of which any, or some, will do. */
const anyGroup = ofPairs(
  'Any of these is a group or clone as a whole',
  ({ overOrdered }) => overOrdered,
  (cib, [first]) => {
    const sets = elements(cib).filter(
      (node) => node.name === 'resource_set' && node.attributes['require-all'] === 'false',
    );
    const members = new Set(sets.flatMap((set) => set.children.map(idOf)));
    const wholes = elements(cib).filter(
      (node) =>
        (/^(group|clone|bundle)$/.test(node.name) && members.has(idOf(node))) ||
        (node.name === 'clone' && hasPair(node, 'clone-min') && hasGroup(node)),
    );
    const [, resource] = wordsOf(first);
    const isOfBundle = wholes.some(
      (node) => node.name === 'bundle' && resource.startsWith(`${idOf(node)}-`),
    );
    return isOfBundle || primitivesIn(wholes).has(resource);
  },
);

const hasGroup = (clone: XmlElement): boolean =>
  clone.children.some(({ name }) => name === 'group');

const superfluousCancel: Explanation = {
  name: 'A stop ends the monitors, cancelled or not',
  explains: (_cib, difference) => {
    const ended = cancelledBeforeStop(difference);
    const { missing, extra } = difference;
    return ended.length > 0 && [...missing, ...extra].every((each) => ended.includes(each));
  },
  couldExplain: (cib, difference) => {
    const ended = cancelledBeforeStop(difference);
    return isTiedTo(cib, difference, new Set(ended.map(({ resource }) => plainName(resource))));
  },
};

/** Of what both sides stop there. */
const cancelledBeforeStop = ({ missing, extra, shared }: Difference): readonly ComparedAction[] =>
  [...missing, ...extra].filter(
    ({ operation, resource, node }) =>
      operation === 'cancel' && shared.has(`stop ${resource} ${node}`),
  );

const blockedFollower: Explanation = {
  name: 'What a blocked instance or member follows is not stopped',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const names = heldUp(cib, difference);
    const isHeldUp = ({ resource }: ComparedAction): boolean => names.has(plainName(resource));
    return extra.length === 0 && missing.length > 0 && missing.every(isHeldUp);
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, heldUp(cib, difference)),
};

/** What the peer alone stops, first of an order before a group or clone of which one is left failed. */
function heldUp(cib: XmlElement, { missing, shared }: Difference): ReadonlySet<string> {
  const stopped = missing.filter(({ operation }) => /^(stop|demote)$/.test(operation));
  const orders = elements(cib).filter(({ name }) => name === 'rsc_order');
  const found = stopped.filter(({ resource }) =>
    orders.flatMap(stepsOf).some(([first, then]) => {
      const called = (id: string): readonly XmlElement[] =>
        elements(cib).filter((node) => idOf(node) === id && node.name !== 'resource_ref');
      const isWhole = ({ name }: XmlElement): boolean => /^(group|clone)$/.test(name);
      const roots = called(then).filter(
        (node) => isWhole(node) || isBlockedCopy(cib, node) || isBeginningOnJoining(cib, node),
      );
      const isStopped = (id: string): boolean =>
        [...shared].some((text) => text.startsWith(`stop ${id} `));
      return (
        primitivesIn(called(first)).has(plainName(resource)) &&
        [...primitivesIn(roots)].some((id) => isLeftThere(cib, id) && !isStopped(id))
      );
    }),
  );
  return new Set(found.map(({ resource }) => plainName(resource)));
}

/** What an order puts one after the other: its two, or the members of a set after those of earlier ones. */
function stepsOf(order: XmlElement): readonly Pair[] {
  const { first, then } = order.attributes;
  if (first !== undefined && then !== undefined) return [[first, then]];
  const members = order.children.flatMap(({ children }) => children.map(idOf));
  return members.flatMap((later, at) =>
    members.slice(0, at).map((earlier) => [earlier, later] as const),
  );
}

/** A primitive that runs on several nodes and is left alone for that. */
const isBlockedCopy = (cib: XmlElement, node: XmlElement): boolean =>
  node.name === 'primitive' &&
  hasPair(node, 'multiple-active', 'block') &&
  nodesWith(cib, idOf(node), ({ attributes }) => attributes['rc-code'] === '0').length > 1;

/** A primitive of which a start is under way on a node that is joining. */
const isBeginningOnJoining = (cib: XmlElement, node: XmlElement): boolean =>
  node.name === 'primitive' &&
  nodesWith(
    cib,
    idOf(node),
    ({ attributes: { operation, 'op-status': status } }) =>
      operation === 'start' && status === '-1',
  ).some(({ attributes }) => attributes['join'] === 'pending');

/** The states of the nodes on which its history has such a record. */
const nodesWith = (
  cib: XmlElement,
  id: string,
  isSuch: (record: XmlElement) => boolean,
): readonly XmlElement[] =>
  elements(cib)
    .filter(({ name }) => name === 'node_state')
    .filter((state) =>
      historiesOf(cib, id, state.attributes['uname'] ?? '').some(({ children }) =>
        children.some(isSuch),
      ),
    );

/** It failed and is left, is not managed and runs, or is one of those above. */
function isLeftThere(cib: XmlElement, id: string): boolean {
  const own = elements(cib).filter((node) => node.name === 'primitive' && idOf(node) === id);
  const isLater = elements(cib).some(
    ({ name, children }) => name === 'group' && children.map(idOf).indexOf(id) > 0,
  );
  const isUnmanaged = own.some((node) => isLater && hasPair(node, 'is-managed', 'false'));
  const isRunning = (): boolean =>
    nodesWith(cib, id, ({ attributes }) => attributes['rc-code'] === '0').length > 0;
  return (
    isLeftFailed(cib, id) ||
    own.some((node) => isBlockedCopy(cib, node) || isBeginningOnJoining(cib, node)) ||
    (isUnmanaged && isRunning())
  );
}

/**
 * Its stop failed somewhere, or its start where that is no reason to stop it; or it failed on a node
 * that is joining, where nothing can be stopped yet.
 */
const isLeftFailed = (cib: XmlElement, id: string): boolean =>
  elements(cib)
    .filter(({ name }) => name === 'node_state')
    .some(({ attributes: { uname = '', join } }) =>
      historiesOf(cib, id, uname)
        .flatMap(({ children }) => children)
        .some(
          ({ attributes: { operation = '', 'rc-code': exit } }) =>
            (join === 'pending' || /^(start|stop)$/.test(operation)) &&
            exit !== '0' &&
            exit !== '7',
        ),
    );

export const ORDERS: readonly Explanation[] = [
  shuffledDeletion,
  probedMachine,
  singleDemotion,
  awaitedMigration,
  lostGuest,
  anyGroup,
  superfluousCancel,
  blockedFollower,
];
