/**
 * The status in the form of `crm_mon -1 --output-as=xml` (crm_mon(8)), as far as resource agents
 * read it: which nodes are online and clean, and where which instance is in which role.
 */
import type { InstanceView, NodeView, ResourceView, StatusView } from '../../core/view/types.ts';
import { element, xmlLines } from './xml.ts';
import type { Element } from './xml.ts';

export interface MonitorInput {
  readonly status: StatusView;
  /** Corosync's number of a node; undefined for one that is not in its nodelist. */
  readonly numberOf: (node: string) => number | undefined;
  /** Attributes of a node, of whatever lifetime. */
  readonly attributesOf: (node: string) => Readonly<Record<string, string>>;
}

export function monitorXml(input: MonitorInput): string {
  const { status } = input;
  const root = element(
    'pacemaker-result',
    { 'api-version': '2.25', request: 'crm_mon -1 --output-as=xml' },
    [
      summary(input),
      element(
        'nodes',
        {},
        status.nodes.map((node) => nodeElement(node, input)),
      ),
      element(
        'resources',
        {},
        status.resources.map((resource) => resourceElements(resource, input)).flat(),
      ),
      element(
        'node_attributes',
        {},
        status.nodes.map((node) => attributesElement(node, input)),
      ),
      element('status', { code: 0, message: 'OK' }),
    ],
  );
  return `${xmlLines(root).join('\n')}\n`;
}

function summary({ status, numberOf }: MonitorInput): Element {
  const { dc, quorate } = status.quorum;
  const leader =
    dc === undefined
      ? { present: false }
      : { present: true, version: '', name: dc, id: numberOf(dc) ?? dc, with_quorum: quorate };
  return element('summary', {}, [
    element('stack', { type: status.cluster.engine }),
    element('current_dc', leader),
    element('nodes_configured', { number: status.nodes.length }),
    element('resources_configured', { number: countPrimitives(status.resources) }),
  ]);
}

function countPrimitives(resources: readonly ResourceView[]): number {
  const all = [...resources];
  for (let at = 0; at < all.length; at++) all.push(...(all[at]?.children ?? []));
  return all.filter(({ kind }) => kind === 'primitive').length;
}

const UP: ReadonlySet<NodeView['state']> = new Set(['online', 'standby', 'maintenance', 'leaving']);

function nodeElement(node: NodeView, { numberOf }: MonitorInput): Element {
  const { name, state } = node;
  return element('node', {
    name,
    id: numberOf(name) ?? name,
    online: UP.has(state),
    standby: state === 'standby',
    standby_onfail: false,
    maintenance: state === 'maintenance',
    pending: state === 'joining',
    unclean: state === 'lost',
    shutdown: state === 'leaving',
    expected_up: state !== 'down',
    is_dc: node.dc,
    resources_running: node.running,
    type: 'member',
  });
}

/** A member of a clone is there once for each instance; what runs nowhere once, as stopped. */
function resourceElements(resource: ResourceView, input: MonitorInput): readonly Element[] {
  const { id, kind, managed, children } = resource;
  const inner = (): readonly Element[] =>
    children.flatMap((child) => resourceElements(child, input));
  switch (kind) {
    case 'group':
      return [element('group', { id, number_resources: children.length, managed }, inner())];
    case 'clone':
    case 'promotable':
      return [element('clone', { id, multi_state: kind === 'promotable', managed }, inner())];
    case 'bundle':
      return [element('bundle', { id, managed }, inner())];
    case 'primitive':
      if (resource.on.length === 0) return [instanceElement(resource, undefined, input)];
      return resource.on.map((instance) => instanceElement(resource, instance, input));
  }
}

const GONE: ReadonlySet<InstanceView['state']> = new Set(['starting', 'stopped', 'unknown']);

function instanceElement(
  { id, agent, managed }: ResourceView,
  instance: InstanceView | undefined,
  { numberOf }: MonitorInput,
): Element {
  const active = instance !== undefined && !GONE.has(instance.state);
  const attributes = {
    id,
    resource_agent: agent ?? '',
    role: active ? (instance.role ?? 'Started') : 'Stopped',
    active,
    orphaned: false,
    blocked: false,
    managed,
    failed: instance?.state === 'failed',
    failure_ignored: false,
    nodes_running_on: active ? 1 : 0,
  };
  if (!active) return element('resource', attributes);
  const { node } = instance;
  const where = element('node', { name: node, id: numberOf(node) ?? node, cached: true });
  return element('resource', attributes, [where]);
}

function attributesElement({ name }: NodeView, { attributesOf }: MonitorInput): Element {
  const entries = Object.entries(attributesOf(name));
  const shown = entries
    .filter(([key]) => !HIDDEN.test(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return element(
    'node',
    { name },
    shown.map(([key, value]) => element('attribute', { name: key, value })),
  );
}

/** What the cluster itself keeps there. */
const HIDDEN = /^(fail-count-|last-failure-|#)/;
