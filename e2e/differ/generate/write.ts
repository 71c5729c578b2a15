/** The draft as a CIB. */
import { element } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import type {
  BundleDraft,
  CloneDraft,
  Draft,
  GroupDraft,
  HistoryDraft,
  NodeDraft,
  PrimitiveDraft,
  RecordDraft,
  ResourceDraft,
} from './draft.ts';
import { NOW_S } from './draft.ts';
import { block } from './options.ts';

export function writeDraft(draft: Draft): XmlElement {
  return element(
    'cib',
    {
      crm_feature_set: '3.16.2',
      'validate-with': 'pacemaker-3.9',
      epoch: '1',
      num_updates: '0',
      admin_epoch: '0',
      'have-quorum': draft.isQuorate ? '1' : '0',
      // It had quorum before: without this the peer takes the policy suicide for stop.
      ...(!draft.isQuorate && { 'no-quorum-panic': '1' }),
      'dc-uuid': draft.nodes[0]?.id,
      'execution-date': String(NOW_S),
    },
    [configuration(draft), status(draft)],
  );
}

function configuration(draft: Draft): XmlElement {
  const members = draft.nodes.filter(({ kind }) => kind === 'member' || kind === 'remote');
  const named = (name: string, children: readonly XmlElement[]): readonly XmlElement[] =>
    children.length === 0 ? [] : [element(name, {}, children)];
  return element('configuration', {}, [
    element('crm_config', {}, [
      block('cluster_property_set', 'options', Object.fromEntries(draft.options)),
    ]),
    element('nodes', {}, members.map(nodeElement)),
    element('resources', {}, [...draft.templates, ...draft.resources.map(resourceElement)]),
    element('constraints', {}, draft.constraints),
    ...named('fencing-topology', draft.topology),
    ...named('rsc_defaults', draft.resourceDefaults),
    ...named('op_defaults', draft.operationDefaults),
    ...named('tags', draft.tags),
  ]);
}

function nodeElement(node: NodeDraft): XmlElement {
  const type = node.kind === 'remote' ? { type: 'remote' } : {};
  return element('node', { id: node.id, uname: node.name, ...type }, [
    ...pairs('instance_attributes', `node-${node.id}`, node.attributes),
    ...pairs('utilization', `node-${node.id}-u`, node.utilization),
  ]);
}

function pairs(
  name: string,
  id: string,
  values: ReadonlyMap<string, string>,
): readonly XmlElement[] {
  return values.size === 0 ? [] : [block(name, id, Object.fromEntries(values))];
}

function resourceElement(resource: ResourceDraft): XmlElement {
  switch (resource.kind) {
    case 'primitive':
      return primitiveElement(resource);
    case 'group':
      return groupElement(resource);
    case 'clone':
      return cloneElement(resource);
    case 'bundle':
      return bundleElement(resource);
  }
}

function primitiveElement(draft: PrimitiveDraft): XmlElement {
  const { id, agent, template } = draft;
  const identity = template === undefined ? { ...agent } : { template };
  const operations = draft.operations.map(({ name, intervalMs, attributes }) =>
    element('op', {
      id: `${id}-${name}-${intervalMs / 1000}`,
      name,
      interval: `${intervalMs / 1000}s`,
      ...attributes,
    }),
  );
  return element('primitive', { id, ...identity }, [
    ...pairs('meta_attributes', `${id}-meta`, draft.meta),
    ...draft.blocks,
    ...pairs('instance_attributes', `${id}-params`, draft.parameters),
    ...pairs('utilization', `${id}-u`, draft.utilization),
    ...(operations.length > 0 ? [element('operations', {}, operations)] : []),
  ]);
}

const groupElement = ({ id, meta, members }: GroupDraft): XmlElement =>
  element('group', { id }, [
    ...pairs('meta_attributes', `${id}-meta`, meta),
    ...members.map(primitiveElement),
  ]);

const cloneElement = ({ id, meta, child }: CloneDraft): XmlElement =>
  element('clone', { id }, [
    ...pairs('meta_attributes', `${id}-meta`, meta),
    resourceElement(child),
  ]);

function bundleElement(bundle: BundleDraft): XmlElement {
  const { id, engine, replicas, promotedMax, hasAddress, child } = bundle;
  const network = hasAddress
    ? { 'ip-range-start': '192.168.122.131', 'host-interface': 'eth0', 'host-netmask': '24' }
    : { 'control-port': '3121' };
  return element('bundle', { id }, [
    ...pairs('meta_attributes', `${id}-meta`, bundle.meta),
    element(engine, {
      image: 'example:latest',
      replicas: String(replicas),
      ...(promotedMax > 0 && { 'promoted-max': String(promotedMax) }),
    }),
    element('network', network),
    ...(child === undefined ? [] : [primitiveElement(child)]),
  ]);
}

function status({ nodes, tickets }: Draft): XmlElement {
  const states = nodes.filter(
    ({ kind, state }) => state !== 'unseen' && (kind === 'member' || state === 'online'),
  );
  return element('status', {}, [
    ...states.map(stateElement),
    ...(tickets.length > 0 ? [element('tickets', {}, tickets)] : []),
  ]);
}

const MEMBERSHIP = {
  online: { in_ccm: 'true', crmd: 'online', join: 'member', expected: 'member' },
  offline: { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'down' },
  lost: { in_ccm: 'false', crmd: 'offline', join: 'down', expected: 'member' },
  hung: { in_ccm: 'true', crmd: 'offline', join: 'member', expected: 'member' },
  pending: { in_ccm: 'true', crmd: 'online', join: 'pending', expected: 'member' },
  banned: { in_ccm: 'true', crmd: 'online', join: 'banned', expected: 'member' },
  unseen: {},
} as const;

function stateElement(node: NodeDraft): XmlElement {
  const { id, name, kind, state, transient, history } = node;
  const membership =
    kind === 'member' ? MEMBERSHIP[state] : { remote_node: 'true', in_ccm: 'true' };
  const attributes =
    transient.size === 0
      ? []
      : [
          element('transient_attributes', { id }, [
            block('instance_attributes', `status-${id}`, Object.fromEntries(transient)),
          ]),
        ];
  const resources = [...history].map(([resource, entry]) => historyElement(node, resource, entry));
  return element('node_state', { id, uname: name, ...membership }, [
    ...attributes,
    element('lrm', { id }, [element('lrm_resources', {}, resources)]),
  ]);
}

function historyElement(node: NodeDraft, id: string, history: HistoryDraft): XmlElement {
  const { agent, container, attributes, operations } = history;
  const { type, class: family, provider } = agent;
  return element(
    'lrm_resource',
    { id, type, class: family, provider, container, ...attributes },
    operations.map((entry) => recordElement(node, id, entry)),
  );
}

const UUID = '7c8f3f8e-1d52-4c0c-9f0e-3f1f5a6f7b10';

function recordElement(node: NodeDraft, resource: string, entry: RecordDraft): XmlElement {
  const { operation, intervalMs, exitCode, expected, status: outcome, agoS, isFailure } = entry;
  if (outcome !== -1 && !isFailure) node.lastCall += 1;
  const call = outcome === -1 ? -1 : Math.max(1, node.lastCall);
  const transition = `${call > 0 ? call : 9}:5:${expected}:${UUID}`;
  const key = `${resource}_${operation}_${intervalMs}`;
  const id = isFailure
    ? `${resource}_last_failure_0`
    : intervalMs === 0
      ? `${resource}_last_${operation}`
      : key;
  return element('lrm_rsc_op', {
    id,
    operation_key: key,
    operation,
    crm_feature_set: '3.16.2',
    'transition-key': transition,
    'transition-magic': `${outcome}:${exitCode};${transition}`,
    on_node: node.name,
    'call-id': String(call),
    'rc-code': String(exitCode),
    'op-status': String(outcome),
    interval: String(intervalMs),
    'last-rc-change': String(NOW_S - agoS),
    'exec-time': '20',
    'queue-time': '0',
    ...entry.attributes,
  });
}
