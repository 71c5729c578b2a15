/** Differences about what several together are: groups, clones, circles (docs/decisions/differ.md). */
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

const isPure = (difference: Difference): boolean => allOf(difference).length === 0;

/** Told after the stop of an instance by fencing, whether it runs at that moment or not. */
const lateNotice = onlyMissing(
  'An instance that restarts is told of no stop elsewhere',
  lateNotices,
);

function lateNotices(
  cib: XmlElement,
  { missing, shared }: Difference,
): ReadonlySet<ComparedAction> {
  const isFenced = [...shared].some((text) => /^fence (reboot|off) /.test(text));
  const leaves = primitivesIn(
    named(cib, 'clone').filter((node) => hasPair(node, 'notify', 'true')),
  );
  return new Set(
    missing.filter(
      ({ operation, detail, resource, node }) =>
        isFenced &&
        operation === 'notify' &&
        detail === 'post-stop' &&
        leaves.includes(plainName(resource)) &&
        ['stop', 'start'].every((word) => shared.has(`${word} ${resource} ${node}`)),
    ),
  );
}

/** A set forgets the minimum of its clone; an order with it forgets its notifications. */
const leastInstances: Explanation = {
  name: 'What follows a clone with a minimum waits for all of it',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    if (isPure(difference)) return isAfterNotices(cib, difference);
    const isMeant = ({ operation }: ComparedAction, word: string): boolean => operation === word;
    const isAgain = (each: ComparedAction): boolean =>
      RESTART.has(each.operation) && isRestarted(missing, each);
    const begins = missing.every(
      (each) => isMeant(each, 'start') || isMeant(each, 'monitor') || isAgain(each),
    );
    const ends = extra.every((each) => isMeant(each, 'stop'));
    return begins && ends && isTiedTo(cib, difference, leastInSets(cib));
  },
  couldExplain: (cib, difference) =>
    isPure(difference)
      ? isAfterNotices(cib, difference)
      : isTiedTo(cib, difference, leastInSets(cib)),
};

/** A restart, and the change of roles that comes with it. */
const RESTART = new Set(['stop', 'start', 'monitor', 'demote', 'promote', 'notify']);

/** The same side stops it there and starts it there again. */
const isRestarted = (
  side: readonly ComparedAction[],
  { resource, node }: ComparedAction,
): boolean =>
  ['stop', 'start'].every((word) =>
    side.some(
      (each) => each.operation === word && each.resource === resource && each.node === node,
    ),
  );

const withMinimum = (cib: XmlElement): readonly XmlElement[] =>
  named(cib, 'clone').filter((node) => pairsOf(node, 'clone-min').length > 0);

/** Clones with a minimum that are in a set of an order. */
function leastInSets(cib: XmlElement): ReadonlySet<string> {
  const sets = named(cib, 'rsc_order').flatMap((order) => named(order, 'resource_ref'));
  const members = new Set(sets.map(idOf));
  return new Set(
    withMinimum(cib)
      .map(idOf)
      .filter((id) => members.has(id)),
  );
}

function isAfterNotices(cib: XmlElement, { unordered, overOrdered }: Difference): boolean {
  const leaves = primitivesIn(withMinimum(cib));
  const isNotice = ([first]: readonly [string, string]): boolean =>
    first.startsWith('notify ') && leaves.includes(first.split(' ')[2] ?? '');
  return unordered.length === 0 && overOrdered.length > 0 && overOrdered.every(isNotice);
}

/** The peer alone starts who must be with a group of which the last member starts on neither side. */
const withoutGroup: Explanation = {
  name: 'What must run with a group does not run without it',
  explains: (cib, difference) => {
    const { missing, extra } = difference;
    const bound = boundToAbsent(cib, difference);
    const isStart = ({ operation, resource }: ComparedAction): boolean =>
      bound.has(plainName(resource)) && /^(start|monitor|promote)$/.test(operation);
    return extra.length === 0 && missing.length > 0 && missing.every(isStart);
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, boundToAbsent(cib, difference)),
};

function boundToAbsent(cib: XmlElement, { missing, shared }: Difference): ReadonlySet<string> {
  const absent = named(cib, 'group')
    .filter((group) => {
      const last = primitivesIn([group]).at(-1) ?? '';
      const isStarted = [...shared].some((text) => text.startsWith(`start ${last} `));
      return !isStarted && !runsSomewhere(cib, last);
    })
    .map(idOf);
  const links = named(cib, 'rsc_colocation').filter(
    ({ attributes: { score = 'INFINITY' } }) => score === 'INFINITY',
  );
  const members = links.flatMap((link) => {
    const { rsc, 'with-rsc': partner = '' } = link.attributes;
    if (rsc !== undefined) return absent.includes(partner) ? [rsc] : [];
    const inside = named(link, 'resource_ref').map(idOf);
    return inside.some((id) => absent.includes(id)) ? inside : [];
  });
  const roots = elements(cib).filter(
    (node) => /^(primitive|group|clone)$/.test(node.name) && members.includes(idOf(node)),
  );
  const started = missing.filter(({ operation }) => operation === 'start');
  const leaves = new Set(primitivesIn(roots));
  return new Set(started.map(({ resource }) => plainName(resource)).filter((id) => leaves.has(id)));
}

const runsSomewhere = (cib: XmlElement, id: string): boolean =>
  named(cib, 'node_state')
    .flatMap(({ attributes: { uname = '' } }) => historiesOf(cib, id, uname))
    .some(({ children }) => children.some(({ attributes }) => attributes['rc-code'] === '0'));

/** Holdfast alone demotes, before what both sides stop, what is promoted after its start. */
const demotedBefore: Explanation = {
  name: 'What is promoted after something is demoted before it stops',
  explains: (cib, difference) => {
    const leaves = promotedAfterStopped(cib, difference);
    const { missing, extra } = difference;
    const isOfRole = ({ operation, resource }: ComparedAction): boolean =>
      leaves.has(plainName(resource)) && /^(demote|promote|monitor|cancel|notify)$/.test(operation);
    const isDemoted = extra.some(({ operation }) => operation === 'demote');
    return isDemoted && missing.length === 0 && extra.every(isOfRole);
  },
  couldExplain: (cib, difference) =>
    difference.extra.some(({ operation }) => operation === 'demote') &&
    isTiedTo(cib, difference, promotedAfterStopped(cib, difference)),
};

/** Primitives of clones whose promotion follows, by an order, the start of what both sides stop. */
function promotedAfterStopped(cib: XmlElement, { shared }: Difference): ReadonlySet<string> {
  const inside = (ids: readonly string[]): readonly string[] =>
    primitivesIn(
      elements(cib).filter(
        (node) => /^(primitive|group|clone|bundle)$/.test(node.name) && ids.includes(idOf(node)),
      ),
    );
  const isStopped = (id: string): boolean =>
    [...shared].some((text) => text.startsWith(`stop ${id} `)) || isFenced(cib, id, shared);
  const found = named(cib, 'rsc_order').flatMap((order) => {
    const { first = '', then = '', 'then-action': action } = order.attributes;
    const sets = named(order, 'resource_set');
    const isPromoted = (set: XmlElement): boolean => set.attributes['action'] === 'promote';
    const refs = (of: readonly XmlElement[]): readonly string[] =>
      of.flatMap((set) => set.children.map(idOf));
    const firsts = [first, ...refs(sets.filter((set) => !isPromoted(set)))];
    const thens = [...(action === 'promote' ? [then] : []), ...refs(sets.filter(isPromoted))];
    return inside(firsts).some(isStopped) ? inside(thens) : [];
  });
  return new Set(found);
}

/** Its history is on a node that both sides fence. */
const isFenced = (cib: XmlElement, id: string, shared: ReadonlySet<string>): boolean =>
  named(cib, 'node_state')
    .map(({ attributes: { uname = '' } }) => uname)
    .filter((node) => ['reboot', 'off'].some((method) => shared.has(`fence ${method} ${node}`)))
    .some((node) => historiesOf(cib, id, node).length > 0);

/** Nothing of a circle is ever done; all that differs is what comes before it. */
const circle: Explanation = {
  name: 'The order is a circle',
  explains: (_cib, difference) => isOnlyStuck(difference),
  couldExplain: (_cib, difference) => isOnlyStuck(difference),
};

const isOnlyStuck = (difference: Difference): boolean =>
  isPure(difference) &&
  difference.overOrdered.length === 0 &&
  difference.unordered.length > 0 &&
  difference.unordered.every(([, then]) => difference.stuck?.has(then) ?? false);

export const WHOLES: readonly Explanation[] = [
  lateNotice,
  leastInstances,
  withoutGroup,
  demotedBefore,
  circle,
];
