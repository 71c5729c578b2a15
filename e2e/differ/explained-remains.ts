/** Differences about what stays where something is missing or lost: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { hasPair, historiesOf, idOf, isTiedTo, onlyMissing, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const elements = (within: XmlElement): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node);

const named = (cib: XmlElement, kind: string): readonly XmlElement[] =>
  elements(cib).filter(({ name }) => name === kind);

const primitivesIn = (roots: readonly XmlElement[]): readonly string[] =>
  roots.flatMap((root) => named(root, 'primitive')).map(idOf);

const allOf = ({ missing, extra }: Difference): readonly ComparedAction[] => [...missing, ...extra];

const withoutDevice = onlyMissing(
  'Without a fence device all stays as it is',
  (cib, difference) => {
    const isFenceless =
      !hasPair(cib, 'stonith-enabled', 'false') &&
      !named(cib, 'primitive').some(({ attributes }) => attributes['class'] === 'stonith') &&
      pairsOf(cib, 'stonith-watchdog-timeout').length === 0;
    const isSurplus = ({ operation, resource }: ComparedAction): boolean =>
      operation === 'stop' && resource.includes(':');
    return new Set(
      isFenceless
        ? difference.missing.filter(
            (each) => isSurplus(each) || isOtherWatch(cib, each, difference),
          )
        : [],
    );
  },
);

/** A monitor ends, or that of another role begins, of what keeps its role. */
function isOtherWatch(
  cib: XmlElement,
  { operation, resource, node }: ComparedAction,
  { missing, shared }: Difference,
): boolean {
  const texts = [
    ...missing.map((each) => `${each.operation} ${each.resource} ${each.node}`),
    ...shared,
  ];
  const isKept = ['start', 'stop', 'promote', 'demote'].every(
    (task) => !texts.includes(`${task} ${resource} ${node}`),
  );
  const isWatch = operation === 'cancel' || operation === 'monitor';
  return isWatch && isKept && historiesOf(cib, plainName(resource), node).length > 0;
}

/** A mandatory order holds for what is lost with its node in maintenance, too. */
const lostInMaintenance: Explanation = {
  name: 'What follows something that is lost in maintenance stops',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const leaves = followersOfLost(cib, difference);
    const isMeant = ({ operation, resource }: ComparedAction, tasks: RegExp): boolean =>
      leaves.has(plainName(resource)) && tasks.test(operation);
    return (
      allOf(difference).length > 0 &&
      extra.every((each) => isMeant(each, /^(stop|demote|cancel|notify)$/)) &&
      missing.every((each) => isMeant(each, /^(start|monitor|promote|notify)$/))
    );
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, followersOfLost(cib, difference)),
};

/** What follows, by a mandatory order of two, what has its history on a fenced node in maintenance. */
function followersOfLost(cib: XmlElement, { shared }: Difference): ReadonlySet<string> {
  const lost = named(cib, 'node')
    .filter((node) => hasPair(node, 'maintenance', 'true'))
    .map(({ attributes: { uname = '' } }) => uname)
    .filter((node) => ['reboot', 'off'].some((method) => shared.has(`fence ${method} ${node}`)));
  const resources = elements(cib).filter(({ name }) =>
    /^(primitive|group|clone|bundle)$/.test(name),
  );
  const inside = (id: string): readonly string[] =>
    primitivesIn(resources.filter((node) => idOf(node) === id));
  const isLost = (leaf: string): boolean =>
    lost.some((node) => historiesOf(cib, leaf, node).length > 0);
  const orders = named(cib, 'rsc_order').filter(
    ({ attributes: { kind = 'Mandatory', first = '' } }) =>
      kind === 'Mandatory' && inside(first).some(isLost),
  );
  return new Set(orders.flatMap(({ attributes: { then = '' } }) => inside(then)));
}

const hardInReplica = onlyMissing(
  'What failed hard in a replica does not start there again',
  (cib, { missing, shared }) => {
    const isHard = ({ attributes }: XmlElement): boolean =>
      attributes['op-status'] !== '-1' && /^[2-5]$/.test(attributes['rc-code'] ?? '');
    const bundles = named(cib, 'bundle').map(idOf);
    return new Set(
      missing.filter(
        ({ operation, resource, node }) =>
          /^(start|monitor|promote|notify)$/.test(operation) &&
          bundles.some((id) => node.startsWith(`${id}-`)) &&
          shared.has(`stop ${resource} ${node}`) &&
          historiesOf(cib, plainName(resource), node).some(({ children }) => children.some(isHard)),
      ),
    );
  },
);

/** The peer takes the role from the instance beside what it must be with. */
const colocatedGroups: Explanation = {
  name: 'A mandatory colocation decides who is promoted, of a clone of groups too',
  explains: (cib, difference) => {
    const leaves = demotedBeside(cib, difference);
    const isRole = ({ operation, resource }: ComparedAction): boolean =>
      leaves.has(plainName(resource)) && /^(promote|demote|monitor|cancel|notify)$/.test(operation);
    return leaves.size > 0 && allOf(difference).every(isRole);
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, demotedBeside(cib, difference)),
};

/**
 * Primitives of clones of groups that the peer alone demotes where what their promoted role needs is,
 * or that without any promotion score Holdfast alone promotes there.
 */
function demotedBeside(
  cib: XmlElement,
  { missing, extra, shared }: Difference,
): ReadonlySet<string> {
  const isUnscored = ({ resource }: ComparedAction): boolean =>
    !hasPair(cib, `master-${plainName(resource)}`);
  const demoted = [
    ...missing.filter(({ operation }) => operation === 'demote'),
    ...extra.filter((each) => each.operation === 'promote' && isUnscored(each)),
  ];
  const clones = named(cib, 'clone').filter((node) => named(node, 'group').length > 0);
  const found = clones.filter((clone) => {
    const leaves = primitivesIn([clone]);
    const places = demoted.filter(({ resource }) => leaves.includes(plainName(resource)));
    const partners = partnersOf(cib, idOf(clone)).flatMap((id) =>
      primitivesIn(
        elements(cib).filter((node) => idOf(node) === id && node.name !== 'resource_ref'),
      ),
    );
    const isBeside = ({ node }: ComparedAction): boolean =>
      partners.some(
        (partner) =>
          shared.has(`start ${partner} ${node}`) ||
          (runsOn(cib, partner, node) && !shared.has(`stop ${partner} ${node}`)),
      );
    return places.length > 0 && places.every(isBeside);
  });
  return new Set(primitivesIn(found));
}

const runsOn = (cib: XmlElement, leaf: string, node: string): boolean =>
  historiesOf(cib, leaf, node).some(({ children }) =>
    children.some(({ attributes }) => attributes['rc-code'] === '0'),
  );

/** What a mandatory colocation binds the promoted role of the clone to. */
function partnersOf(cib: XmlElement, clone: string): readonly string[] {
  const links = named(cib, 'rsc_colocation').filter(
    ({ attributes: { score = 'INFINITY' } }) => score === 'INFINITY',
  );
  return links.flatMap((link) => {
    const { rsc, 'with-rsc': partner = '', 'rsc-role': role } = link.attributes;
    if (rsc !== undefined) return rsc === clone && role === 'Promoted' ? [partner] : [];
    const sets = named(link, 'resource_set');
    const isBound = sets.some(
      (set) =>
        set.attributes['role'] === 'Promoted' && set.children.some((each) => idOf(each) === clone),
    );
    return isBound
      ? named(link, 'resource_ref')
          .map(idOf)
          .filter((id) => id !== clone)
      : [];
  });
}

/** Both sides let its next start wait for the fencing; the stop where it came from need not. */
const leftSource: Explanation = {
  name: 'What moved away stops before its target is fenced',
  explains: (cib, difference) => {
    const { unordered, overOrdered } = difference;
    return (
      allOf(difference).length + overOrdered.length === 0 &&
      unordered.length > 0 &&
      unordered.every((pair) => isStopAtSource(cib, pair))
    );
  },
  couldExplain: () => false,
};

function isStopAtSource(cib: XmlElement, [first, then]: readonly [string, string]): boolean {
  const [task, , target] = first.split(' ');
  const [what, resource = '', source = ''] = then.split(' ');
  const isSent = ({ attributes }: XmlElement): boolean =>
    attributes['operation'] === 'migrate_to' && attributes['migrate_target'] === target;
  return (
    task === 'fence' &&
    what === 'stop' &&
    historiesOf(cib, plainName(resource), source).some(({ children }) => children.some(isSent))
  );
}

const untold = onlyMissing('Who does not run is told nothing', (cib, { missing, shared }) => {
  const isDown = ({ resource, node }: ComparedAction): boolean => {
    const histories = historiesOf(cib, plainName(resource), node);
    const isSought = histories.length === 0 && shared.has(`monitor ${resource} ${node}`);
    const isGone = histories.length > 0 && histories.every(tellsOfNone);
    return isSought || isGone || shared.has(`stop ${resource} ${node}`);
  };
  const isTold = ({ operation, resource, node, detail }: ComparedAction): boolean =>
    operation === 'notify' &&
    /^(pre|post)-start$/.test(detail) &&
    !shared.has(`start ${resource} ${node}`);
  return new Set(missing.filter((each) => isTold(each) && isDown(each)));
});

function tellsOfNone({ children }: XmlElement): boolean {
  const { operation, 'rc-code': exit } = children[0]?.attributes ?? {};
  return operation === 'stop' || exit === '7';
}

/** With the connection to a remote node all that it was asked to repeat there ends. */
const endedConnection: Explanation = {
  name: 'What ends with a connection is cancelled all the same',
  explains: (_cib, difference) => {
    const ended = cancelledThere(difference);
    return ended.length > 0 && allOf(difference).every((each) => ended.includes(each));
  },
  couldExplain: (cib, difference) => {
    const names = cancelledThere(difference).map(({ resource }) => plainName(resource));
    return isTiedTo(cib, difference, new Set(names));
  },
};

const cancelledThere = ({ extra, shared }: Difference): readonly ComparedAction[] =>
  extra.filter(
    ({ operation, node }) =>
      operation === 'cancel' && [...shared].some((text) => text.startsWith(`stop ${node} `)),
  );

export const REMAINS: readonly Explanation[] = [
  withoutDevice,
  lostInMaintenance,
  hardInReplica,
  colocatedGroups,
  leftSource,
  untold,
  endedConnection,
];
