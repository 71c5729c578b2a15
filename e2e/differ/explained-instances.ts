/** Differences about which of several that are alike it is, and what it disturbs: docs/decisions/differ.md. */
import type { ComparedAction, Difference } from './graph.ts';
import { anonymousCloneOf, runsWell } from './instances.ts';
import { hasPair, idOf, isTiedTo, plainName } from './ties.ts';
import type { Explanation } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

const elements = (within: XmlElement): readonly XmlElement[] =>
  [...walk(within)].map(([node]) => node);

const named = (cib: XmlElement, kind: string): readonly XmlElement[] =>
  elements(cib).filter(({ name }) => name === kind);

const allOf = ({ missing, extra }: Difference): readonly ComparedAction[] => [...missing, ...extra];

const ofTask = (actions: readonly ComparedAction[], task: string): readonly ComparedAction[] =>
  actions.filter(({ operation }) => operation === task);

/** All that differs is done with the leaves that `find` names, in ways that `tasks` allows. */
const aboutLeaves = (
  name: string,
  tasks: RegExp,
  find: (cib: XmlElement, difference: Difference) => ReadonlySet<string>,
): Explanation => ({
  name,
  explains: (cib, difference) => {
    const leaves = find(cib, difference);
    const isMeant = ({ operation, resource }: ComparedAction): boolean =>
      leaves.has(plainName(resource)) && tasks.test(operation);
    return leaves.size > 0 && allOf(difference).every(isMeant);
  },
  couldExplain: (cib, difference) => isTiedTo(cib, difference, find(cib, difference)),
});

const otherGivesWay = aboutLeaves(
  'Another instance of an anonymous clone gives way',
  /^(stop|monitor|cancel|notify)$/,
  (cib, { missing, extra, shared }) => {
    const [theirs, ours] = [ofTask(missing, 'stop'), ofTask(extra, 'stop')];
    const found = theirs.filter(({ resource, node }) => {
      const isIts = (each: ComparedAction): boolean => each.resource === resource;
      const isBegun = [...shared].some((text) => text.startsWith(`start ${resource} `));
      const isBalanced = theirs.filter(isIts).length === ours.filter(isIts).length;
      const isAnonymous = anonymousCloneOf(cib, resource) !== undefined;
      return isBegun && isBalanced && isAnonymous && runsWell(cib, resource, node);
    });
    return new Set(found.map(({ resource }) => resource));
  },
);

const equallyPromoted = aboutLeaves(
  'Of instances with the same promotion score another one is promoted',
  /^(promote|demote|monitor|cancel|notify)$/,
  (cib, { missing, extra }) => {
    const [theirs, ours] = [ofTask(missing, 'promote'), ofTask(extra, 'promote')];
    const found = theirs.filter(({ resource }) => {
      const nodes = [...theirs, ...ours]
        .filter((each) => each.resource === resource)
        .map(({ node }) => node);
      const scores = new Set(nodes.map((node) => promotionScore(cib, resource, node)));
      const isBalanced =
        nodes.length === 2 * theirs.filter((each) => each.resource === resource).length;
      return isBalanced && scores.size === 1 && isFree(cib, resource);
    });
    return new Set(found.map(({ resource }) => resource));
  },
);

function promotionScore(cib: XmlElement, leaf: string, uname: string): string | undefined {
  const state = named(cib, 'node_state').find(({ attributes }) => attributes['uname'] === uname);
  return state === undefined
    ? undefined
    : elements(state).find(({ attributes }) => attributes['name'] === `master-${leaf}`)?.attributes[
        'value'
      ];
}

/** No colocation and no location is about it or what it is in. */
function isFree(cib: XmlElement, leaf: string): boolean {
  const names = wholesWith(cib, leaf);
  return [...named(cib, 'rsc_colocation'), ...named(cib, 'rsc_location')].every((constraint) =>
    elements(constraint).every(
      (node) =>
        !names.has(node.attributes['rsc'] ?? '') &&
        !names.has(node.attributes['with-rsc'] ?? '') &&
        !(node.name === 'resource_ref' && names.has(idOf(node))) &&
        node.attributes['rsc-pattern'] === undefined,
    ),
  );
}

/** The primitive and what it is in. */
const wholesWith = (cib: XmlElement, leaf: string): ReadonlySet<string> =>
  new Set(
    elements(cib)
      .filter(({ name }) => /^(primitive|group|clone|bundle)$/.test(name))
      .filter((node) => named(node, 'primitive').some((inner) => idOf(inner) === leaf))
      .map(idOf),
  );

const restartedInstance = aboutLeaves(
  'What follows a clone does not move live while an instance starts again',
  /^(start|migrate_to|migrate_from)$/,
  (cib, { missing, extra, shared }) => {
    const moved = ofTask(missing, 'migrate_to').filter(({ resource, node }) => {
      const isStarted = ofTask(extra, 'start').some((each) => each.resource === resource);
      const isBehind = firstsOf(cib, resource).some((first) => isRestarted(first, shared));
      return isStarted && shared.has(`stop ${resource} ${node}`) && isBehind;
    });
    return new Set(moved.map(({ resource }) => resource));
  },
);

/** Clones that a mandatory order of two has it follow. */
function firstsOf(cib: XmlElement, follower: string): readonly XmlElement[] {
  const thens = wholesWith(cib, follower);
  const firsts = named(cib, 'rsc_order')
    .filter(
      ({ attributes: { then = '', kind = 'Mandatory' } }) =>
        thens.has(then) && kind === 'Mandatory',
    )
    .map(({ attributes }) => attributes['first']);
  return named(cib, 'clone').filter((node) => firsts.includes(idOf(node)));
}

const isRestarted = (clone: XmlElement, shared: ReadonlySet<string>): boolean =>
  !hasPair(clone, 'globally-unique', 'true') &&
  named(clone, 'primitive')
    .map(idOf)
    .some((leaf) =>
      [...shared]
        .filter((text) => text.startsWith(`stop ${leaf} `))
        .some((text) => shared.has(text.replace(/^stop/, 'start'))),
    );

/** As with one more instance of a clone. */
const replicaElsewhere = aboutLeaves(
  'One more replica elsewhere restarts nothing',
  /^(stop|start|monitor|demote|promote|notify)$/,
  (cib, { missing, extra, shared }) => {
    const stopped = extra.length > 0 ? [] : ofTask(missing, 'stop');
    const found = stopped.filter(({ resource, node }) => {
      const thens = wholesWith(cib, resource);
      const firsts = named(cib, 'rsc_order')
        .filter(({ attributes }) => thens.has(attributes['then'] ?? ''))
        .map(({ attributes }) => attributes['first'] ?? '');
      return named(cib, 'bundle').some(
        (bundle) => firsts.includes(idOf(bundle)) && growsElsewhere(idOf(bundle), node, shared),
      );
    });
    return new Set(found.map(({ resource }) => plainName(resource)));
  },
);

/** Containers of it start on other nodes, and none stops. */
function growsElsewhere(bundle: string, node: string, shared: ReadonlySet<string>): boolean {
  const steps = [...shared]
    .map((text) => text.split(' '))
    .filter(([, resource = '']) => /^-(podman|docker)-\d+$/.test(resource.slice(bundle.length)))
    .filter(([, resource = '']) => resource.startsWith(bundle));
  const starts = steps.filter(([task]) => task === 'start');
  return (
    starts.length > 0 &&
    starts.every(([, , place]) => place !== node) &&
    steps.every(([task]) => task !== 'stop')
  );
}

export const INSTANCES: readonly Explanation[] = [
  otherGivesWay,
  equallyPromoted,
  restartedInstance,
  replicaElsewhere,
];
