/** Differences that are decided to stay: docs/decisions/differ.md says why. */
import { actionText } from './graph.ts';
import type { ComparedAction, Difference } from './graph.ts';
import { advisoryBan, frozenRestart, halfMoved, unlikeCapacities } from './explained-places.ts';
import { ACCESS } from './explained-access.ts';
import { ALIKE } from './explained-alike.ts';
import { APART } from './explained-apart.ts';
import { BUNDLES } from './explained-bundles.ts';
import { CHOICES } from './explained-choices.ts';
import { isAskedToRestart } from './asked.ts';
import { DOUBLES } from './explained-doubles.ts';
import { INSTANCES } from './explained-instances.ts';
import { KNOWN } from './explained-known.ts';
import { MEMBERS } from './explained-members.ts';
import { NAMES } from './explained-names.ts';
import { ORDERS } from './explained-order.ts';
import { REMAINS } from './explained-remains.ts';
import { WAITS } from './explained-waits.ts';
import { WHOLES } from './explained-wholes.ts';
import { anonymousCloneOf, isSuccess, runsWell } from './instances.ts';
import { connectedWith, hasPair, historiesOf, idOf, isTiedTo, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const shuffledInstances: Explanation = {
  name: "An anonymous clone's instances change places",
  explains: (cib, difference) => {
    const shuffled = shuffledLeaves(cib, difference);
    const isOfClone = ({ resource }: ComparedAction): boolean =>
      shuffled.some(({ siblings }) => siblings.has(plainName(resource)));
    return (
      shuffled.length > 0 &&
      difference.extra.every((action) => isOfClone(action) && FOLLOWS.has(action.operation)) &&
      difference.missing.every(isOfClone) &&
      shuffled.every(({ siblings }) => !isAskedToRestart(cib, siblings, difference))
    );
  },
  couldExplain: (cib, difference) => {
    const shuffled = shuffledLeaves(cib, difference);
    if (shuffled.length === 0) return false;
    const connected = connectedWith(
      cib,
      shuffled.flatMap(({ siblings }) => [...siblings]),
    );
    return [...difference.missing, ...difference.extra].every(({ resource }) =>
      connected.has(plainName(resource)),
    );
  },
};

/** What Holdfast does in place of a restart that the peer makes of a change of roles or monitors. */
const FOLLOWS = new Set(['cancel', 'monitor', 'demote', 'promote', 'notify']);

const forgottenPromotion: Explanation = {
  name: 'A promoted instance that others restart is not promoted again',
  explains: (cib, difference) => {
    const forgotten = forgottenPromotions(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    return (
      forgotten.size > 0 &&
      all.every(({ resource, operation }) => forgotten.has(resource) && FOLLOWS.has(operation))
    );
  },
  couldExplain: (cib, difference) => {
    const forgotten = forgottenPromotions(cib, difference);
    const connected = connectedWith(cib, [...forgotten]);
    const all = [...difference.missing, ...difference.extra];
    return forgotten.size > 0 && all.every(({ resource }) => connected.has(plainName(resource)));
  },
};

/** What Holdfast alone promotes after a restart on which both sides agree, though it has not failed. */
function forgottenPromotions(cib: XmlElement, { extra, shared }: Difference): ReadonlySet<string> {
  const found = extra.filter((action) => {
    const { operation, resource, node } = action;
    if (operation !== 'promote' || !isPromotedWell(cib, resource, node)) return false;
    const isShared = (word: string): boolean =>
      shared.has(actionText({ ...action, operation: word }));
    return isShared('demote') && isShared('stop') && isShared('start');
  });
  return new Set(found.map(({ resource }) => resource));
}

function isPromotedWell(cib: XmlElement, resource: string, node: string): boolean {
  const [first, ...others] = historiesOf(cib, resource, node);
  if (first === undefined || others.length > 0) return false;
  const { operation, 'rc-code': exit } = first.children[0]?.attributes ?? {};
  return (operation === 'promote' || exit === '8') && first.children.every(isSuccess);
}

const guestAccess: Explanation = {
  name: 'A guest is given no access of its own',
  explains: (cib, difference) => {
    const guests = guestsGivenAccess(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    return guests.size > 0 && all.every(({ node }) => guests.has(node));
  },
  couldExplain: (cib, difference) => {
    const guests = guestsGivenAccess(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    const there = all.filter(({ node }) => guests.has(node)).map(({ resource }) => resource);
    const connected = connectedWith(cib, there.map(plainName));
    return (
      guests.size > 0 &&
      all.every(({ node, resource }) => guests.has(node) || connected.has(plainName(resource)))
    );
  },
};

/** Guests and nodes of bundles that only the peer unfences. */
function guestsGivenAccess(cib: XmlElement, { missing }: Difference): ReadonlySet<string> {
  const nodes = missing.filter(({ operation, detail }) => operation === 'fence' && detail === 'on');
  return new Set(nodes.map(({ node }) => node).filter((node) => isGuest(cib, node)));
}

const isGuest = (cib: XmlElement, node: string): boolean =>
  [...walk(cib)].some(
    ([{ name, attributes }]) =>
      (attributes['name'] === 'remote-node' && attributes['value'] === node) ||
      (name === 'bundle' && node.startsWith(`${attributes['id'] ?? ''}-`)),
  );

const wishedPromotion: Explanation = {
  name: 'An optional colocation of a role counts where its primary is',
  explains: (cib, difference) => {
    const leaves = leavesWithWishes(cib);
    const all = [...difference.missing, ...difference.extra];
    return (
      isAboutRoles(all) &&
      all.every(
        ({ resource, operation }) => leaves.has(plainName(resource)) && FOLLOWS.has(operation),
      )
    );
  },
  couldExplain: (cib, difference) => {
    const leaves = leavesWithWishes(cib);
    const connected = connectedWith(cib, [...leaves]);
    const all = [...difference.missing, ...difference.extra];
    return (
      isAboutRoles(all.filter(({ resource }) => leaves.has(plainName(resource)))) &&
      all.every(({ resource }) => connected.has(plainName(resource)))
    );
  },
};

const isAboutRoles = (actions: readonly ComparedAction[]): boolean =>
  actions.some(({ operation }) => operation === 'promote' || operation === 'demote');

/** Primitives of clones one of whose roles is colocated with something by a finite score. */
function leavesWithWishes(cib: XmlElement): ReadonlySet<string> {
  const dependents = new Set<string>();
  for (const [node] of walk(cib)) {
    const { 'rsc-role': role, rsc, score = 'INFINITY' } = node.attributes;
    if (node.name !== 'rsc_colocation' || score.endsWith('INFINITY')) continue;
    if (isRole(role) && rsc !== undefined) dependents.add(rsc);
    for (const set of node.children.filter((child) => isRole(child.attributes['role'])))
      for (const member of set.children) dependents.add(idOf(member));
  }
  const clones = [...walk(cib)].filter(([{ name }]) => name === 'clone').map(([clone]) => clone);
  const wishing = clones.filter((clone) => dependents.has(idOf(clone)));
  const inside = wishing.flatMap((clone) => [...walk(clone)].map(([inner]) => inner));
  return new Set(inside.filter(({ name }) => name === 'primitive').map(idOf));
}

const isRole = (role: string | undefined): boolean => role === 'Promoted' || role === 'Unpromoted';

const leftMonitor: Explanation = {
  name: 'A changed monitor of the other role runs on',
  explains: (cib, { missing, extra, shared }) =>
    missing.length === 0 &&
    extra.length > 0 &&
    extra.every((action) => endsOldMonitor(cib, action, shared)),
  couldExplain: (cib, difference) => {
    const { missing, extra, shared } = difference;
    const ended = extra.filter((action) => endsOldMonitor(cib, action, shared));
    const connected = connectedWith(
      cib,
      ended.map(({ resource }) => plainName(resource)),
    );
    return (
      ended.length > 0 &&
      [...missing, ...extra].every(({ resource }) => connected.has(plainName(resource)))
    );
  },
};

/** The end of a monitor that ran with other parameters, where both sides change the role. */
function endsOldMonitor(
  cib: XmlElement,
  action: ComparedAction,
  shared: ReadonlySet<string>,
): boolean {
  const { operation, resource, node, intervalMs } = action;
  if (operation !== 'cancel') return false;
  const isChanged = historiesOf(cib, resource, node)
    .flatMap(({ children }) => children)
    .some(
      ({ attributes }) =>
        attributes['interval'] === String(intervalMs) && attributes['op-digest'] !== undefined,
    );
  return (
    isChanged &&
    ['promote', 'demote'].some((role) =>
      shared.has(actionText({ ...action, operation: role, intervalMs: 0, detail: '' })),
    )
  );
}

const startsBeforeAnswer: Explanation = {
  name: 'Nothing starts while a node that joins may have it',
  explains: (cib, { missing, extra }) =>
    extra.length === 0 &&
    missing.some(isBeginning) &&
    missing.every(
      ({ operation, resource, node }) =>
        (STARTS.has(operation) || MOVES.has(operation)) &&
        // A remote node's own connection may be what does not go on.
        [...membersWith(cib, resource), node].some((member) => mayBeOnJoining(cib, member)) &&
        (missing.some((each) => each.resource === node && isBeginning(each)) ||
          membersWith(cib, resource).some((member) => mayBeOnJoining(cib, member))),
    ),
  couldExplain: (cib, { missing, extra }) => {
    const early = missing.filter(
      (action) => isBeginning(action) && mayBeOnJoining(cib, action.resource),
    );
    const connected = connectedWith(
      cib,
      early.map(({ resource }) => plainName(resource)),
    );
    const all = [...missing, ...extra];
    return early.length > 0 && all.every(({ resource }) => connected.has(plainName(resource)));
  },
};

/** Itself, and what is in a group with it: a later member waits for an earlier one. */
const membersWith = (cib: XmlElement, resource: string): readonly string[] => {
  const groups = [...walk(cib)].map(([node]) => node).filter(({ name }) => name === 'group');
  const group = groups.find(({ children }) => children.map(idOf).includes(plainName(resource)));
  return group === undefined ? [resource] : group.children.map(idOf);
};

/** A start and what comes with it. */
const STARTS = new Set(['start', 'monitor', 'promote', 'notify']);

const MOVES = new Set(['migrate_to', 'migrate_from']);

const isBeginning = ({ operation }: ComparedAction): boolean =>
  operation === 'start' || operation === 'migrate_from';

/** A node that joins knows nothing of the resource yet. */
function mayBeOnJoining(cib: XmlElement, resource: string): boolean {
  const joining = [...walk(cib)]
    .map(([node]) => node)
    .filter(({ name, attributes }) => {
      const { in_ccm: member, join } = attributes;
      return name === 'node_state' && member === 'true' && join === 'pending';
    });
  return joining.some(({ attributes }) => {
    const found = historiesOf(cib, plainName(resource), attributes['uname'] ?? '');
    return found.length === 0;
  });
}

const crowdedNode: Explanation = {
  name: 'An anonymous clone has several instances on one node',
  explains: (cib, difference) => {
    const crowd = crowdedLeaves(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    return crowd.size > 0 && all.every(({ resource }) => crowd.has(plainName(resource)));
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, crowdedLeaves(cib, difference)),
};

/** Primitives of anonymous clones, one instance a node, of which the peer starts several on one. */
function crowdedLeaves(cib: XmlElement, difference: Difference): ReadonlySet<string> {
  const { missing, shared } = difference;
  const seen = new Set(shared);
  const found = new Set<string>();
  for (const action of missing.filter(({ operation }) => operation === 'start')) {
    const siblings = anonymousCloneOf(cib, action.resource);
    const isSecond = seen.has(actionText(action)) || isBesideAnother(cib, action, difference);
    if (isSecond && siblings !== undefined && !hasPair(cib, 'clone-node-max'))
      for (const sibling of siblings) found.add(sibling);
    seen.add(actionText(action));
  }
  return found;
}

/** One runs well on the node, and stays there. */
function isBesideAnother(
  cib: XmlElement,
  start: ComparedAction,
  { missing, shared }: Difference,
): boolean {
  const stop = actionText({ ...start, operation: 'stop' });
  const isStopped = shared.has(stop) || missing.some((each) => actionText(each) === stop);
  return !isStopped && runsWell(cib, start.resource, start.node);
}

const expectedElsewhere: Explanation = {
  name: 'A resource that is expected where no copy is does not start',
  explains: (cib, difference) => {
    const expected = expectedCopies(cib, difference);
    const { missing, extra } = difference;
    const isStart = ({ resource, operation }: ComparedAction): boolean =>
      expected.has(resource) && STARTS.has(operation);
    return expected.size > 0 && missing.length === 0 && extra.every(isStart);
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, expectedCopies(cib, difference)),
};

/** What both sides stop everywhere, more than one copy of it, and Holdfast alone starts. */
function expectedCopies(cib: XmlElement, { extra, shared }: Difference): ReadonlySet<string> {
  const found = extra.filter(({ operation, resource }) => {
    const stops = [...shared].filter((text) => text.startsWith(`stop ${resource} `)).length;
    const isCopied = stops > 1 || copiesOf(cib, resource) > 1;
    return operation === 'start' && stops > 0 && isCopied && isExpectedOnce(cib, resource);
  });
  return new Set(found.map(({ resource }) => resource));
}

/** On how many nodes its history tells of more than that it is not there. */
function copiesOf(cib: XmlElement, resource: string): number {
  const states = [...walk(cib)].filter(([{ name }]) => name === 'node_state');
  const isThere = ({ attributes }: XmlElement): boolean =>
    attributes['operation'] !== 'stop' && attributes['rc-code'] !== '7';
  return states.filter(([{ attributes }]) =>
    historiesOf(cib, resource, attributes['uname'] ?? '').some(({ children }) =>
      children.some(isThere),
    ),
  ).length;
}

/** It, or what it is in, or the defaults say that an expected copy stays. */
const isExpectedOnce = (cib: XmlElement, resource: string): boolean =>
  [...walk(cib)].some(([node]) => {
    const isOwn = [...walk(node)].some(
      ([inner]) => inner.name === 'primitive' && idOf(inner) === resource,
    );
    const speaks = isOwn ? /^(primitive|group)$/ : /^(rsc_defaults|template)$/;
    return speaks.test(node.name) && hasPair(node, 'multiple-active', 'stop_unexpected');
  });

const unwantedPromotion: Explanation = {
  name: 'A clone of groups with a negative priority is never promoted',
  explains: (cib, difference) => {
    const leaves = leavesOfLowGroups(cib, difference);
    const all = [...difference.missing, ...difference.extra];
    return (
      leaves.size > 0 &&
      all.every(
        ({ resource, operation }) => leaves.has(plainName(resource)) && FOLLOWS.has(operation),
      )
    );
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, leavesOfLowGroups(cib, difference)),
};

/** Primitives of promotable clones of groups with a negative priority that Holdfast alone promotes. */
function leavesOfLowGroups(cib: XmlElement, { extra }: Difference): ReadonlySet<string> {
  const promoted = extra.filter(({ operation }) => operation === 'promote');
  const clones = [...walk(cib)]
    .map(([node]) => node)
    .filter((node) => node.name === 'clone' && has(node, 'group'))
    .filter((node) => pairsOf(node, 'priority').some((value) => value.startsWith('-')));
  const leaves = clones
    .map((clone) =>
      [...walk(clone)].map(([inner]) => inner).filter((inner) => inner.name === 'primitive'),
    )
    .map((primitives) => primitives.map(idOf))
    .filter((ids) => promoted.some(({ resource }) => ids.includes(plainName(resource))));
  return new Set(leaves.flat());
}

export const EXPLANATIONS: readonly Explanation[] = [
  shuffledInstances,
  forgottenPromotion,
  guestAccess,
  wishedPromotion,
  leftMonitor,
  startsBeforeAnswer,
  crowdedNode,
  expectedElsewhere,
  unwantedPromotion,
  ...CHOICES,
  ...ORDERS,
  ...BUNDLES,
  ...WHOLES,
  ...NAMES,
  ...DOUBLES,
  ...APART,
  ...ACCESS,
  ...INSTANCES,
  ...REMAINS,
  ...KNOWN,
  ...MEMBERS,
  ...WAITS,
  ...ALIKE,
  advisoryBan,
  frozenRestart,
  halfMoved,
  unlikeCapacities,
];

const has = (cib: XmlElement, name: string): boolean =>
  [...walk(cib)].some(([node]) => node.name === name);

interface Shuffled {
  /** Primitives of the clone. */
  readonly siblings: ReadonlySet<string>;
}

/**
 * Clones of which the peer alone stops an instance that is well where it is, to start it there again
 * or on a node that has or gets one from Holdfast too (so that the peer has two there). Without quorum
 * nothing starts anew, but the peer takes one whose number moved for one that has been there.
 */
function shuffledLeaves(cib: XmlElement, difference: Difference): readonly Shuffled[] {
  const { missing, shared } = difference;
  const starts = missing.filter(({ operation }) => operation === 'start');
  return missing.flatMap((action) => {
    const { operation, resource, node } = action;
    const isBack = starts.some(
      (start) =>
        start.resource === resource &&
        (start.node === node ||
          isWithoutQuorum(cib) ||
          shared.has(actionText(start)) ||
          runsWell(cib, resource, start.node)),
    );
    const siblings = anonymousCloneOf(cib, resource);
    const isMoved = isBack || isHeldBack(cib, resource);
    if (operation !== 'stop' || !isMoved || siblings === undefined) return [];
    return runsWell(cib, resource, node, surplusOn(node, shared)) ? [{ siblings }] : [];
  });
}

/** Instances that both sides stop there under the names of the history, since they are one too many. */
const surplusOn = (node: string, shared: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(
    [...shared]
      .map((text) => text.split(' '))
      .filter(([task, name = '', place]) => task === 'stop' && name.includes(':') && place === node)
      .map(([, name = '']) => name),
  );

/** Its number goes where it is rather promoted, and nothing starts there without quorum. */
function isHeldBack(cib: XmlElement, resource: string): boolean {
  const [policy = 'stop'] = pairsOf(cib, 'no-quorum-policy');
  if (!isWithoutQuorum(cib) || !/^(freeze|demote)$/.test(policy)) return false;
  return [...walk(cib)].some(
    ([node]) =>
      node.name === 'node_state' &&
      pairsOf(node, `master-${resource}`).some((score) => !score.startsWith('-')) &&
      !runsWell(cib, resource, node.attributes['uname'] ?? ''),
  );
}

const isWithoutQuorum = ({ attributes }: XmlElement): boolean => attributes['have-quorum'] !== '1';
