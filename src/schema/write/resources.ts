/** Writes resources, templates and operations: the inverse of `build/`. */
import type {
  Bundle,
  Clone,
  Group,
  OperationConfiguration,
  Primitive,
  Resource,
  Template,
} from '../../core/model/configuration.ts';
import type { AgentName } from '../../core/model/operation.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { agentText, durationText, parseAgent } from '../../core/model/value.ts';
import { operationId, ownedBlockBase } from '../ids.ts';
import { OPERATION_ATTRIBUTES } from '../shape/resources.ts';
import { plainList, plainMap, plainValues, valuesIfAny } from './plain.ts';
import type { Plain, PlainEntry, PlainMap } from './plain.ts';
import { writeBlocks } from './rules.ts';

type Field = readonly [key: string, value: Plain | undefined];

export function writeResource(resource: Resource): PlainMap {
  switch (resource.kind) {
    case 'primitive':
      return writePrimitive(resource);
    case 'group':
      return writeGroup(resource);
    case 'clone':
      return writeClone(resource);
    case 'bundle':
      return writeBundle(resource);
  }
}

function writePrimitive(primitive: Primitive): PlainMap {
  const { agent, template } = primitive;
  return plainMap([
    ['agent', agent && writeAgent(agent)],
    ['template', template],
    ...parts(primitive),
  ]);
}

export function writeTemplate(template: Template): PlainMap {
  const { agent } = template;
  return plainMap([['agent', agent && writeAgent(agent)], ...parts(template)]);
}

function parts(primitive: Primitive | Template): readonly Field[] {
  const id: string = primitive.id;
  return [
    ['description', primitive.description],
    parametersField(id, primitive.parameters),
    metaField(id, primitive.meta),
    ['utilization', writeBlocks(primitive.utilization, ownedBlockBase(id, 'utilization'))],
    ...writeOperations(id, primitive.operations),
  ];
}

function parametersField(owner: string, blocks: readonly AttributeBlock[]): Field {
  return ['parameters', writeBlocks(blocks, ownedBlockBase(owner, 'instance_attributes'))];
}

function metaField(owner: string, blocks: readonly AttributeBlock[]): Field {
  return ['meta', writeBlocks(blocks, ownedBlockBase(owner, 'meta_attributes'))];
}

/** As one text where that reads back to the same. */
function writeAgent(agent: AgentName): Plain {
  const text = agentText(agent);
  const back = parseAgent(text);
  const same =
    back?.class === agent.class && back.provider === agent.provider && back.type === agent.type;
  if (same) return text;
  return plainMap([
    ['class', agent.class],
    ['provider', agent.provider],
    ['type', agent.type],
  ]);
}

/** `monitor: 10s` for a first operation that says no more; the others by name, or as a list. */
function writeOperations(
  resource: string,
  operations: readonly OperationConfiguration[],
): readonly Field[] {
  const [first, ...rest] = operations;
  if (!first) return [];
  const isShort = isShortMonitor(resource, first);
  const others = isShort ? rest : operations;
  return [
    ['monitor', isShort ? durationText(first.intervalMs) : undefined],
    ['operations', others.length === 0 ? undefined : writeOthers(resource, others)],
  ];
}

function isShortMonitor(resource: string, operation: OperationConfiguration): boolean {
  return (
    operation.name === 'monitor' &&
    operation.id === operationId(resource, operation) &&
    Object.keys(operation.attributes).length === 0 &&
    operation.meta.length === 0 &&
    operation.parameters.length === 0
  );
}

/** By name where those of one name stand together: a map keeps no other order. */
function writeOthers(resource: string, operations: readonly OperationConfiguration[]): Plain {
  const byName = new Map<string, OperationConfiguration[]>();
  let previous: string | undefined;
  for (const operation of operations) {
    const known = byName.get(operation.name);
    if (known && previous !== operation.name) return writeOperationList(resource, operations);
    if (known) known.push(operation);
    else byName.set(operation.name, [operation]);
    previous = operation.name;
  }
  const fields = [...byName].map(([name, own]): Field => {
    const written = own.map((operation) => plainMap(operationFields(resource, operation)));
    return [name, written.length === 1 ? written[0] : plainList(written)];
  });
  return plainMap(fields);
}

function writeOperationList(
  resource: string,
  operations: readonly OperationConfiguration[],
): Plain {
  return plainList(
    operations.map((operation) =>
      plainMap([['name', operation.name], ...operationFields(resource, operation)]),
    ),
  );
}

function operationFields(resource: string, operation: OperationConfiguration): readonly Field[] {
  const { id, intervalMs, attributes } = operation;
  const others: Record<string, string> = { ...attributes };
  for (const name of OPERATION_ATTRIBUTES) delete others[name];
  return [
    ['id', id === operationId(resource, operation) ? undefined : id],
    ['interval', intervalMs === 0 ? undefined : durationText(intervalMs)],
    ...OPERATION_ATTRIBUTES.map((name): Field => [name, attributes[name]]),
    ['attributes', valuesIfAny(others)],
    metaField(id, operation.meta),
    parametersField(id, operation.parameters),
  ];
}

function writeGroup(group: Group): PlainMap {
  const members = group.members.map((member): Field => [member.id, writePrimitive(member)]);
  return plainMap(
    [
      ['description', group.description],
      ['group', plainMap(members, 'block')],
      parametersField(group.id, group.parameters),
      metaField(group.id, group.meta),
    ],
    'block',
  );
}

function writeClone(clone: Clone): PlainMap {
  const child: PlainEntry = { key: clone.child.id, value: writeResource(clone.child) };
  return plainMap(
    [
      ['description', clone.description],
      ['clone', { kind: 'map', entries: [child], block: true }],
      ['promotable', clone.promotable ? 'true' : undefined],
      parametersField(clone.id, clone.parameters),
      metaField(clone.id, clone.meta),
    ],
    'block',
  );
}

function writeBundle(bundle: Bundle): PlainMap {
  const { engine, container, network, ports, storage, child } = bundle;
  const listOf = (records: readonly Readonly<Record<string, string>>[]): Plain | undefined =>
    records.length === 0 ? undefined : plainList(records.map(plainValues));
  const inner = plainMap(
    [
      [engine, plainValues(container)],
      ['network', valuesIfAny(network)],
      ['ports', listOf(ports)],
      ['storage', listOf(storage)],
      ['resource', child && plainMap([[child.id, writePrimitive(child)]], 'block')],
    ],
    'block',
  );
  return plainMap(
    [['description', bundle.description], ['bundle', inner], metaField(bundle.id, bundle.meta)],
    'block',
  );
}
