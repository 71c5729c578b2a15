/** Differences about probes and what waits for them, and for fencings: docs/decisions/differ.md. */
import { ofPairs, wordsOf } from './explained-order.ts';
import type { ComparedAction, Difference } from './graph.ts';
import { hasPair, historiesOf, idOf, isTiedTo, onlyMissing, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const named = (within: XmlElement, kind: string): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node).filter(({ name }) => name === kind);

const leavesOf = (within: XmlElement): readonly string[] => named(within, 'primitive').map(idOf);

/** The names that stand in an order constraint, in its pair or in its sets. */
const namesIn = (order: XmlElement): readonly string[] => [
  order.attributes['first'] ?? '',
  order.attributes['then'] ?? '',
  ...named(order, 'resource_ref').map(idOf),
];

const isProbe = ({ operation, intervalMs }: ComparedAction): boolean =>
  operation === 'monitor' && intervalMs === 0;

/** Probes, by Holdfast alone, of members that nothing is known of where another member is known. */
function unknownMembers(cib: XmlElement, { extra }: Difference): readonly ComparedAction[] {
  const groups = named(cib, 'clone')
    .filter((clone) => pairsOf(clone, 'clone-max').length > 0)
    .flatMap((clone) => named(clone, 'group'))
    .map(leavesOf);
  return extra.filter((action) => {
    const { resource, node } = action;
    const group = groups.find((members) => members.includes(resource)) ?? [];
    const isKnown = (member: string): boolean => historiesOf(cib, member, node).length > 0;
    return isProbe(action) && !isKnown(resource) && group.some(isKnown);
  });
}

const everyMember: Explanation = {
  name: 'Every member of a group is looked for',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const found = unknownMembers(cib, difference);
    return missing.length === 0 && extra.length > 0 && found.length === extra.length;
  },
  couldExplain: (cib, difference) =>
    isTiedTo(
      cib,
      difference,
      new Set(unknownMembers(cib, difference).map(({ resource }) => resource)),
    ),
};

const isRemote = (cib: XmlElement, node: string): boolean =>
  named(cib, 'node_state').some(
    ({ attributes: { uname, remote_node: remote } }) => uname === node && remote === 'true',
  );

/** Whether the configuration has a node of this name: a member, a remote node, a guest, a replica. */
const isConfigured = (cib: XmlElement, node: string): boolean =>
  named(cib, 'node').some(({ attributes }) => attributes['uname'] === node) ||
  pairsOf(cib, 'remote-node').includes(node) ||
  leavesOf(cib).includes(node) ||
  named(cib, 'bundle').some((bundle) => new RegExp(`^${idOf(bundle)}-\\d+$`).test(node));

const removedGuest = onlyMissing(
  'On a guest that was removed nothing is looked for',
  (cib, { missing }) =>
    new Set(
      missing.filter(
        (action) =>
          isProbe(action) && isRemote(cib, action.node) && !isConfigured(cib, action.node),
      ),
    ),
);

/** Nobody watches what both sides stop there, and do not start there again. */
const stoppedUnwatched = onlyMissing(
  'What has stopped on a guest is not monitored there',
  (cib, { missing, shared }) =>
    new Set(
      missing.filter(
        ({ operation, resource, node, intervalMs }) =>
          operation === 'monitor' &&
          intervalMs > 0 &&
          pairsOf(cib, 'remote-node').includes(node) &&
          shared.has(`stop ${resource} ${node}`) &&
          !shared.has(`start ${resource} ${node}`),
      ),
    ),
);

/** An order in one direction beside a set or pair with the reverse. */
const besideOneWay = ofPairs(
  'An order in one direction takes nothing from another one',
  ({ overOrdered }) => overOrdered,
  (cib, [first, then]) => {
    const [task, probed] = wordsOf(first);
    const [what, follower] = wordsOf(then);
    const orders = named(cib, 'rsc_order');
    const isOneWay = ({ attributes }: XmlElement): boolean => attributes['symmetrical'] === 'false';
    const isBoth = orders.some(
      (order) => !isOneWay(order) && [probed, follower].every((id) => namesIn(order).includes(id)),
    );
    const isBeside = orders.some(
      (order) => isOneWay(order) && order.attributes['first'] === probed,
    );
    return task === 'monitor' && what === 'stop' && isBoth && isBeside;
  },
);

/** A role that is given up for good waits for no probe of what a promotion would follow. */
const demotedForGood = ofPairs(
  'A demotion for good waits for no probe',
  ({ unordered }) => unordered,
  (cib, [first, then], { shared }) => {
    const [task, probed] = wordsOf(first);
    const [what, demoted] = wordsOf(then);
    const uniques = named(cib, 'clone').filter(
      (clone) =>
        hasPair(clone, 'globally-unique', 'true') && leavesOf(clone).includes(plainName(probed)),
    );
    const groups = named(cib, 'clone').filter(
      (clone) => named(clone, 'group').length > 0 && leavesOf(clone).includes(demoted),
    );
    const isOrdered = named(cib, 'rsc_order').some(
      ({ attributes }) =>
        attributes['then-action'] === 'promote' &&
        uniques.some((clone) => idOf(clone) === attributes['first']) &&
        groups.some((clone) => idOf(clone) === attributes['then']),
    );
    const isPromoted = [...shared].some((text) => text.startsWith(`promote ${demoted} `));
    return task === 'monitor' && what === 'demote' && isOrdered && !isPromoted;
  },
);

/** Where a replica's container may be is of no account to what can never be in the replica. */
const outsideReplica = ofPairs(
  'What cannot be in a replica does not wait for its end',
  ({ unordered }) => unordered,
  (cib, [first, then], { shared }) => {
    const [task, container] = wordsOf(first);
    const [what, resource] = wordsOf(then);
    const bundle = named(cib, 'bundle').find((each) => container.startsWith(`${idOf(each)}-`));
    if (bundle === undefined || then.startsWith('fence')) return false;
    const isOutside =
      !resource.startsWith(`${idOf(bundle)}-`) && !leavesOf(bundle).includes(plainName(resource));
    const isTied = [...named(cib, 'rsc_order'), ...named(cib, 'rsc_colocation')].some(
      (each) =>
        namesIn(each).includes(idOf(bundle)) || each.attributes['with-rsc'] === idOf(bundle),
    );
    const replica = container.replace(/-(docker|podman)-(\d+)$/, '-$2');
    const isLost = [...shared].some((text) => {
      const node = /^fence (?:reboot|off) (\S+)$/.exec(text)?.[1];
      return node !== undefined && historiesOf(cib, replica, node).length > 0;
    });
    return (
      task === 'monitor' && /^(start|promote|monitor)$/.test(what) && isOutside && !isTied && isLost
    );
  },
);

/** It says itself that it waits for no fencing. */
const unfencedStart = ofPairs(
  'What requires nothing waits for no fencing',
  ({ unordered }) => unordered,
  (cib, [first, then]) => {
    const [task] = wordsOf(first);
    const [what, resource] = wordsOf(then);
    const isFree = named(cib, 'primitive').some(
      (each) => idOf(each) === plainName(resource) && hasPair(each, 'requires', 'nothing'),
    );
    return task === 'fence' && /^(start|monitor|promote)$/.test(what) && isFree;
  },
);

/** The guest of a machine on a node whose daemon alone is away is no less lost than with its node. */
const deviceAfterGuest = ofPairs(
  'A device waits for a guest on a hung node, too',
  ({ overOrdered }) => overOrdered,
  (cib, [first, then]) => {
    const [, node] = /^fence (?:reboot|off) (\S+)$/.exec(first) ?? [];
    const [what, device] = wordsOf(then);
    const isDevice = named(cib, 'primitive').some(
      (each) => idOf(each) === device && each.attributes['class'] === 'stonith',
    );
    const machines = named(cib, 'primitive').filter((each) => hasPair(each, 'remote-node'));
    const isHung = named(cib, 'node_state').some(
      ({ attributes }) =>
        attributes['uname'] === node &&
        attributes['in_ccm'] === 'true' &&
        attributes['crmd'] === 'offline',
    );
    const hasMachine = machines.some((each) => historiesOf(cib, idOf(each), node ?? '').length > 0);
    return /^(start|monitor)$/.test(what) && isDevice && isHung && hasMachine;
  },
);

export const WAITS: readonly Explanation[] = [
  everyMember,
  removedGuest,
  stoppedUnwatched,
  besideOneWay,
  demotedForGood,
  outsideReplica,
  unfencedStart,
  deviceAfterGuest,
];
