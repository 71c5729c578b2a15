/** Ways to make a picture smaller, each leaving a picture that is whole: no reference to nothing. */
import { element, mapTree, walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

export type Cut = () => XmlElement | undefined;

/** Coarse ways first. Each answers all cuts of its kind that the picture allows. */
export const CUTS: readonly ((cib: XmlElement) => readonly Cut[])[] = [
  resourceCuts,
  nodeCuts,
  elementCuts(
    new Set(['rsc_location', 'rsc_colocation', 'rsc_order', 'rsc_ticket', 'fencing-level', 'tag']),
  ),
  unwrapCuts,
  elementCuts(new Set(['resource_ref', 'rule', 'expression', 'date_expression', 'ticket_state'])),
  historyCuts,
  recordCuts,
  elementCuts(new Set(['nvpair'])),
  elementCuts(
    new Set([
      'op',
      'meta_attributes',
      'instance_attributes',
      'utilization',
      'transient_attributes',
    ]),
  ),
  attributeCuts,
];

const RESOURCES = new Set(['primitive', 'group', 'clone', 'bundle']);

/** Resources and members of groups, with all that speaks of them. */
function resourceCuts(cib: XmlElement): readonly Cut[] {
  return [...walk(cib)]
    .filter(([node, above]) => isRemovable(node, above.at(-1)))
    .map(
      ([node]) =>
        () =>
          withDevice(cib, withoutResource(cib, node)),
    );
}

/** The last fence device stays: without one a cluster with fencing decides as another one. */
const withDevice = (cib: XmlElement, smaller: XmlElement | undefined): XmlElement | undefined =>
  smaller !== undefined && hasDevice(cib) && !hasDevice(smaller) ? undefined : smaller;

const hasDevice = (cib: XmlElement): boolean =>
  [...walk(cib)].some(([node]) => node.attributes['class'] === 'stonith');

function isRemovable(node: XmlElement, parent: XmlElement | undefined): boolean {
  if (!RESOURCES.has(node.name) || parent === undefined) return false;
  if (parent.name === 'resources') return true;
  return parent.name === 'group' && membersOf(parent).length > 1;
}

const membersOf = (group: XmlElement): readonly XmlElement[] =>
  group.children.filter(({ name }) => RESOURCES.has(name));

const idOf = ({ attributes }: XmlElement): string => attributes['id'] ?? '';

function withoutResource(cib: XmlElement, resource: XmlElement): XmlElement | undefined {
  const gone = new Set<string>();
  for (const [node] of walk(resource)) {
    if (RESOURCES.has(node.name)) gone.add(idOf(node));
    if (node.name === 'nvpair' && node.attributes['name'] === 'remote-node') {
      gone.add(node.attributes['value'] ?? '');
    }
  }
  const bundles = [...walk(resource)]
    .filter(([node]) => node.name === 'bundle')
    .map(([node]) => idOf(node));
  const speaks = (name: string): boolean => {
    const plain = name.split(':')[0] ?? '';
    return gone.has(plain) || bundles.some((id) => plain.startsWith(`${id}-`));
  };
  return tidy(cib, (node) => node === resource || isAbout(node, speaks));
}

/** Attributes of constraints and histories by which they name a resource. */
const NAMING = ['rsc', 'with-rsc', 'first', 'then', 'devices'] as const;

function isAbout({ name, attributes }: XmlElement, speaks: (id: string) => boolean): boolean {
  const id = attributes['id'] ?? '';
  if (name === 'resource_ref' || name === 'obj_ref' || name === 'lrm_resource') return speaks(id);
  if (name === 'node_state' || name === 'node') return speaks(id);
  if (name === 'nvpair') {
    const subject = /^(?:fail-count|last-failure|master)-([^#]+)/.exec(attributes['name'] ?? '');
    return subject !== null && speaks(subject[1] ?? '');
  }
  return NAMING.some((key) => attributes[key] !== undefined && speaks(attributes[key]));
}

/**
 * Without the elements, without sets and sections that are empty because of that, and without
 * constraints on what is gone by that.
 */
function tidy(cib: XmlElement, isGone: (node: XmlElement) => boolean): XmlElement | undefined {
  const smaller = prune(cib, isGone);
  if (smaller === undefined) return undefined;
  const left = referable(smaller);
  const gone = new Set([...referable(cib)].filter((id) => !left.has(id)));
  return prune(
    smaller,
    (node) => isConstraint(node) && NAMING.some((key) => gone.has(node.attributes[key] ?? '')),
  );
}

/** Ids that constraints may name. */
const referable = (cib: XmlElement): ReadonlySet<string> =>
  new Set(
    [...walk(cib)]
      .filter(([{ name }]) => name === 'tag' || RESOURCES.has(name))
      .map(([node]) => idOf(node)),
  );

const isConstraint = ({ name }: XmlElement): boolean => name.startsWith('rsc_');

function prune(cib: XmlElement, isGone: (node: XmlElement) => boolean): XmlElement | undefined {
  if (isGone(cib)) return undefined;
  const children = cib.children
    .map((child) => prune(child, isGone))
    .filter((child) => child !== undefined);
  const isEmptied = children.length === 0 && cib.children.length > 0;
  return isEmptied && EMPTY_MEANS_NOTHING.has(cib.name) ? undefined : { ...cib, children };
}

const EMPTY_MEANS_NOTHING = new Set([
  'resource_set',
  'rsc_order',
  'rsc_colocation',
  'rsc_location',
  'rule',
  'tag',
  'tags',
  'meta_attributes',
  'instance_attributes',
  'utilization',
  'operations',
  'transient_attributes',
  'tickets',
  'rsc_defaults',
  'op_defaults',
  'fencing-topology',
]);

function nodeCuts(cib: XmlElement): readonly Cut[] {
  // The one that decides stays.
  const names = [...walk(cib)]
    .filter(([node]) => node.name === 'node' && idOf(node) !== cib.attributes['dc-uuid'])
    .map(([node]) => ({ id: idOf(node), uname: node.attributes['uname'] ?? '' }));
  return names.map(
    ({ id, uname }) =>
      () =>
        tidy(cib, (node) => {
          const isIt = (node.name === 'node' || node.name === 'node_state') && idOf(node) === id;
          return isIt || (node.name === 'rsc_location' && node.attributes['node'] === uname);
        }),
  );
}

function elementCuts(names: ReadonlySet<string>): (cib: XmlElement) => readonly Cut[] {
  return (cib) =>
    [...walk(cib)]
      .filter(([node]) => names.has(node.name) && !saysPromotable(node) && !isNeeded(cib, node))
      .map(
        ([found]) =>
          () =>
            tidy(cib, (node) => node === found),
      );
}

/** Where there is no device, that there is no fencing is what lets anything be done. */
const isNeeded = (cib: XmlElement, { attributes }: XmlElement): boolean =>
  attributes['name'] === 'stonith-enabled' && attributes['value'] === 'false' && !hasDevice(cib);

/** Records of a history; what began it stays as long as anything follows from it. */
function recordCuts(cib: XmlElement): readonly Cut[] {
  return [...walk(cib)]
    .filter(([node]) => node.name === 'lrm_resource')
    .flatMap(([{ children }]) => (children.length > 1 ? children.slice(1) : children))
    .map((found) => () => tidy(cib, (node) => node === found));
}

/** A group or clone of one becomes what is in it; constraints go over to that. */
function unwrapCuts(cib: XmlElement): readonly Cut[] {
  return [...walk(cib)]
    .filter(
      ([node]) => (node.name === 'group' || isPlainClone(node)) && membersOf(node).length === 1,
    )
    .map(([found]) => () => {
      const [inner] = membersOf(found);
      if (inner === undefined) return undefined;
      const [from, to] = [idOf(found), idOf(inner)];
      return mapTree(cib, (node) =>
        idOf(node) === from && node.name === found.name ? inner : renamed(node, from, to),
      );
    });
}

const isPlainClone = (node: XmlElement): boolean => node.name === 'clone' && !saysPromotable(node);

/** Histories of roles that a plain primitive cannot have would mean nothing. */
const saysPromotable = (node: XmlElement): boolean =>
  [...walk(node)].some(([{ attributes }]) => attributes['name'] === 'promotable');

function renamed(node: XmlElement, from: string, to: string): XmlElement {
  const keys: readonly string[] =
    node.name === 'resource_ref' || node.name === 'obj_ref' ? ['id'] : NAMING;
  if (!keys.some((key) => node.attributes[key] === from)) return node;
  const attributes = Object.fromEntries(
    Object.entries(node.attributes).map(([key, value]) => [
      key,
      keys.includes(key) && value === from ? to : value,
    ]),
  );
  return element(node.name, attributes, node.children);
}

/** A history becomes one fruitless probe, or nothing at all. */
function historyCuts(cib: XmlElement): readonly Cut[] {
  return [...walk(cib)]
    .filter(([node]) => node.name === 'lrm_resource')
    .flatMap(([found, above]) => [
      () => tidy(cib, (node) => node === found),
      () =>
        isProbeOnly(found)
          ? undefined
          : mapTree(cib, (node) => (node === found ? probed(found, above) : node)),
    ]);
}

const isProbeOnly = ({ children }: XmlElement): boolean =>
  children.length === 1 &&
  children[0]?.attributes['rc-code'] === '7' &&
  children[0].attributes['interval'] === '0';

function probed(history: XmlElement, above: readonly XmlElement[]): XmlElement {
  const id = idOf(history);
  const key = '1:1:7:7c8f3f8e-1d52-4c0c-9f0e-3f1f5a6f7b10';
  const node = above.find(({ name }) => name === 'node_state')?.attributes['uname'];
  const probe = element('lrm_rsc_op', {
    id: `${id}_last_0`,
    operation_key: `${id}_monitor_0`,
    operation: 'monitor',
    crm_feature_set: '3.16.2',
    'transition-key': key,
    'transition-magic': `0:7;${key}`,
    on_node: node,
    'call-id': '1',
    'rc-code': '7',
    'op-status': '0',
    interval: '0',
  });
  return { ...history, children: [probe] };
}

/** Attributes that a constraint or a container can be without. */
const OPTIONAL = new Set([
  'kind',
  'symmetrical',
  'first-action',
  'then-action',
  'rsc-role',
  'with-rsc-role',
  'node-attribute',
  'influence',
  'loss-policy',
  'resource-discovery',
  'sequential',
  'require-all',
  'role',
  'boolean-op',
  'template',
  'standby',
  'promoted-max',
  'on-fail',
  'timeout',
  'enabled',
  'shutdown-lock',
]);

function attributeCuts(cib: XmlElement): readonly Cut[] {
  return [...walk(cib)].flatMap(([found]) =>
    Object.keys(found.attributes)
      .filter((key) => OPTIONAL.has(key) && found.name !== 'nvpair')
      // The manual: `require-all=false` makes sense only with `sequential=false`.
      .filter((key) => key !== 'sequential' || found.attributes['require-all'] === undefined)
      .map((key) => () => {
        const { [key]: _, ...attributes } = found.attributes;
        return mapTree(cib, (node) => (node === found ? { ...found, attributes } : node));
      }),
  );
}
