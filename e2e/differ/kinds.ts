/** Differences sorted into kinds: which actions differ, and what the picture has in it. */
import type { ComparedAction, Difference } from './graph.ts';
import { plainName } from './ties.ts';
import { walk } from './xml.ts';
import type { XmlElement } from './xml.ts';

/**
 * `-start +stop`: the peer alone starts something, Holdfast alone stops something.
 * `order -start→stop`: the actions are the same, the peer alone has one wait for the other.
 */
export function kindOf(difference: Difference): string {
  const { missing, extra, unordered, overOrdered } = difference;
  if (missing.length + extra.length > 0) {
    const words = [
      ...missing.map(({ operation }) => `-${operation}`),
      ...extra.map(({ operation }) => `+${operation}`),
    ];
    return [...new Set(words)].toSorted().join(' ');
  }
  const pairs = [...marked('-', unordered), ...marked('+', overOrdered)];
  return `order ${[...new Set(pairs)].toSorted().slice(0, 3).join(' ')}`;
}

function marked(mark: string, pairs: readonly (readonly [string, string])[]): readonly string[] {
  const operation = (text: string): string => text.split(' ')[0] ?? '';
  return pairs.map(([first, then]) => `${mark}${operation(first)}→${operation(then)}`);
}

/**
 * Whether a smaller picture still shows what the larger one did, or a part of it: the same is done
 * to the same resources, on whatever nodes; or the same actions wait for the same.
 */
export function isPartOf(smaller: Difference, larger: Difference): boolean {
  const known = subjectsOf(larger);
  const isKnown = [...subjectsOf(smaller)].every((subject) => known.has(subject));
  return isKnown && isAboutActions(smaller) === isAboutActions(larger);
}

const isAboutActions = ({ missing, extra }: Difference): boolean =>
  missing.length + extra.length > 0;

function subjectsOf(difference: Difference): ReadonlySet<string> {
  const { missing, extra, unordered, overOrdered } = difference;
  if (!isAboutActions(difference)) {
    const text = (mark: string) => (pair: readonly [string, string]) => mark + pair.join(' → ');
    return new Set([...unordered.map(text('-')), ...overOrdered.map(text('+'))]);
  }
  const subject = ({ operation, resource, node }: ComparedAction): string =>
    `${operation} ${resource === '' ? node : plainName(resource)}`;
  return new Set([
    ...missing.map((action) => `-${subject(action)}`),
    ...extra.map((action) => `+${subject(action)}`),
  ]);
}

/** What a picture has, in words of the CIB: `clone`, `rsc_order`, `lost`, `failed start`. */
export function traitsOf(cib: XmlElement): readonly string[] {
  const traits = new Set<string>();
  for (const [node] of walk(cib)) for (const trait of traitsOfElement(node)) traits.add(trait);
  if (cib.attributes['have-quorum'] === '0') traits.add('no quorum');
  return [...traits].toSorted();
}

const NAMED = new Set([
  'group',
  'clone',
  'bundle',
  'template',
  'rsc_location',
  'rsc_colocation',
  'rsc_order',
  'rsc_ticket',
  'rule',
  'resource_set',
  'utilization',
  'tag',
]);

/** Constraints' attributes whose presence changes what they mean. */
const TELLING = [
  'kind',
  'symmetrical',
  'first-action',
  'then-action',
  'rsc-role',
  'with-rsc-role',
  'resource-discovery',
  'loss-policy',
  'influence',
  'node-attribute',
  'rsc-pattern',
  'shutdown-lock',
  'on-fail',
  'role',
] as const;

function traitsOfElement(node: XmlElement): readonly string[] {
  const { name, attributes } = node;
  const traits: string[] = NAMED.has(name) ? [name] : [];
  for (const key of TELLING)
    if (attributes[key] !== undefined) traits.push(`${key}=${attributes[key]}`);
  if (name === 'nvpair')
    traits.push(...pairTraits(attributes['name'] ?? '', attributes['value'] ?? ''));
  if (name === 'primitive' && attributes['type'] === 'remote') traits.push('remote');
  if (name === 'node_state') traits.push(...stateTraits(node));
  if (name === 'lrm_rsc_op') traits.push(...recordTraits(node));
  return traits;
}

const PLAIN_PAIRS = new Set([
  'stonith-enabled=true',
  'concurrent-fencing=true',
  'pcmk_host_list',
  'ip',
  'fake',
  'config',
  'server',
  'site',
  'pingd',
  'state',
  'cpu',
  'memory',
  'reconnect_interval',
]);

function pairTraits(name: string, value: string): readonly string[] {
  if (PLAIN_PAIRS.has(name) || PLAIN_PAIRS.has(`${name}=${value}`)) return [];
  if (/^(fail-count|last-failure)-/.test(name)) return ['fail count'];
  if (name.startsWith('master-')) return [];
  return [
    /^(shutdown|remote-node|remote-addr|ip|resource-stickiness|priority)$/.test(name)
      ? name
      : `${name}=${value}`,
  ];
}

function stateTraits({ attributes }: XmlElement): readonly string[] {
  const { in_ccm: member, crmd, join, expected, remote_node: remote } = attributes;
  if (remote !== undefined) return [];
  const state = [member, crmd, join, expected].join(' ');
  switch (state) {
    case 'true online member member':
      return [];
    case 'false offline down down':
      return ['offline'];
    case 'false offline down member':
      return ['lost'];
    case 'true offline member member':
      return ['hung'];
    default:
      return ['pending node'];
  }
}

function recordTraits({ attributes }: XmlElement): readonly string[] {
  const { operation = '', 'op-status': status, 'rc-code': exit = '0', interval } = attributes;
  const expected = attributes['transition-key']?.split(':')[2] ?? '0';
  const name = operation === 'monitor' && interval === '0' ? 'probe' : operation;
  if (status === '-1') return [`pending ${name}`];
  if (exit === expected) return name.startsWith('migrate') ? [name] : [];
  return name === 'probe' && (exit === '0' || exit === '8') ? [] : [`failed ${name}`];
}
