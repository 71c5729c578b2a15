/** Differences about how it is known what runs where: docs/decisions/differ.md. */
import { ofPairs, wordsOf } from './explained-order.ts';
import type { ComparedAction } from './graph.ts';
import { isSuccess } from './instances.ts';
import { hasPair, historiesOf, idOf, onlyMissing, pairsOf, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const named = (within: XmlElement, kind: string): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node).filter(({ name }) => name === kind);

const recordsOf = (cib: XmlElement, resource: string, node: string): readonly XmlElement[] =>
  historiesOf(cib, resource, node).flatMap(({ children }) => children);

/** It was started or changed its role there; what a probe found, or what failed to start, was not. */
const isKnownByAction = (cib: XmlElement, resource: string, node: string): boolean =>
  recordsOf(cib, resource, node).some(
    (record) =>
      /^(start|promote|demote|migrate_from)$/.test(record.attributes['operation'] ?? '') &&
      isSuccess(record),
  );

/** The members of the clone's group that the resource is in. */
function groupOf(cib: XmlElement, resource: string): readonly string[] {
  const group = named(cib, 'clone')
    .flatMap((clone) => named(clone, 'group'))
    .find((each) => named(each, 'primitive').some((member) => idOf(member) === resource));
  return group === undefined ? [] : named(group, 'primitive').map(idOf);
}

const foundMember = ofPairs(
  'What was found running gives up no role',
  ({ unordered }) => unordered,
  (cib, [first, then], { shared }) => {
    const [task, demoted, node] = wordsOf(first);
    const members = groupOf(cib, demoted);
    const isFound = (member: string): boolean =>
      recordsOf(cib, member, node).length > 0 &&
      !isKnownByAction(cib, member, node) &&
      !shared.has(`demote ${member} ${node}`);
    return task === 'demote' && members.some(isFound) && members.includes(wordsOf(then)[1]);
  },
);

/** One member was started, another one found: the role of the group is not the same for both. */
function isMixed(cib: XmlElement, { resource, node }: ComparedAction): boolean {
  const there = groupOf(cib, plainName(resource)).filter(
    (member) => recordsOf(cib, member, node).length > 0,
  );
  const started = there.filter((member) => isKnownByAction(cib, member, node));
  return started.length > 0 && started.length < there.length;
}

const mixedRoles = onlyMissing(
  'Without quorum a promotable group stays, however it is known',
  (cib, { missing }) => {
    const [policy] = pairsOf(cib, 'no-quorum-policy');
    const isMeant =
      cib.attributes['have-quorum'] !== '1' &&
      /^(demote|freeze)$/.test(policy ?? '') &&
      hasPair(cib, 'promotable', 'true');
    return new Set(
      isMeant ? missing.filter((each) => each.operation === 'stop' && isMixed(cib, each)) : [],
    );
  },
);

const startedTwice = onlyMissing(
  'What runs is not started because it may have been starting elsewhere',
  (cib, { missing, shared }) => {
    const isBeginning = (resource: string, node: string): boolean =>
      recordsOf(cib, resource, node).some(
        ({ attributes }) => attributes['operation'] === 'start' && attributes['op-status'] === '-1',
      );
    const lost = named(cib, 'node_state')
      .map(({ attributes }) => attributes['uname'] ?? '')
      .filter((node) => [...shared].some((text) => new RegExp(`^fence \\S+ ${node}$`).test(text)));
    const isTwice = ({ operation, resource, node }: ComparedAction): boolean =>
      /^(start|monitor)$/.test(operation) &&
      isKnownByAction(cib, resource, node) &&
      !shared.has(`stop ${resource} ${node}`) &&
      lost.some((other) => isBeginning(resource, other));
    return new Set(missing.filter(isTwice));
  },
);

const deletedUnstopped = onlyMissing(
  'A history is not deleted while what it tells of runs',
  (cib, { missing, shared }) => {
    const isRunning = ({ operation, resource, node }: ComparedAction): boolean =>
      operation === 'delete' &&
      isKnownByAction(cib, plainName(resource), node) &&
      !shared.has(`stop ${resource} ${node}`);
    return new Set(missing.filter(isRunning));
  },
);

export const KNOWN: readonly Explanation[] = [
  foundMember,
  mixedRoles,
  startedTwice,
  deletedUnstopped,
];
