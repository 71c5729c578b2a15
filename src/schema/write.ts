/** Writes cluster.yaml: Configuration → text in a stable order. */
import type {
  Configuration,
  FenceDevice,
  FencingLevel,
  NodeConfiguration,
} from '../core/model/configuration.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { durationText } from '../core/model/value.ts';
import { DEFAULT_STICKINESS, DEVICE_DEFAULTS } from './build/document.ts';
import {
  levelId,
  OPERATION_DEFAULTS_ID,
  OPTIONS_ID,
  ownedBlockBase,
  RESOURCE_DEFAULTS_ID,
} from './ids.ts';
import { writeConstraints } from './write/constraints.ts';
import { plainList, plainMap, plainValues, valuesIfAny, yamlText } from './write/plain.ts';
import type { Plain, PlainMap } from './write/plain.ts';
import { writeResource, writeTemplate } from './write/resources.ts';
import { isPlainBlock, writeBlockList, writeBlocks } from './write/rules.ts';

type Field = readonly [key: string, value: Plain | undefined];

export interface WriteOptions {
  /** Lines of a comment at the head of the file. */
  readonly head?: string;
  /** Comments above things, by `kind id` as in `ConfigurationSubject`: `fence-device power`. */
  readonly comments?: ReadonlyMap<string, string>;
}

/**
 * Reading the text gives an equal configuration, but for constraints with an expiry, which are left
 * out. Ids within each section must differ, as must those of a group's members.
 */
export function writeClusterYaml(configuration: Configuration, options: WriteOptions = {}): string {
  return yamlText(writeDocument(configuration, options.comments ?? new Map()), options.head);
}

type Comments = ReadonlyMap<string, string>;

function writeDocument(configuration: Configuration, comments: Comments): PlainMap {
  const { nodes, resources, templates, tags } = configuration;
  const document = plainMap(
    [
      ...optionFields(configuration.options),
      section('nodes', nodes, (node) => [node.name, writeNode(node)]),
      ['fencing', writeFencing(configuration, comments)],
      ['defaults', writeDefaults(configuration)],
      section('templates', templates, (template) => [template.id, writeTemplate(template)]),
      commented(
        section('resources', resources, (resource) => [resource.id, writeResource(resource)]),
        'resource',
        comments,
      ),
      ['constraints', constraintList(configuration)],
      section('tags', tags, (tag) => [tag.id, plainList(tag.references)]),
    ],
    'block',
  );
  // An empty document is refused, because it is hardly ever meant.
  return document.entries.length > 0 ? document : plainMap([['resources', plainMap([])]], 'block');
}

function section<T>(name: string, items: readonly T[], write: (item: T) => Field): Field {
  return [name, items.length === 0 ? undefined : plainMap(items.map(write), 'block')];
}

/** The section with the comments that belong above its entries. */
function commented([name, value]: Field, kind: string, comments: Comments): Field {
  if (value === undefined || typeof value === 'string' || value.kind === 'list')
    return [name, value];
  const entries = value.entries.map((entry) => {
    const comment = comments.get(`${kind} ${entry.key}`);
    return comment === undefined ? entry : { ...entry, comment };
  });
  return [name, { ...value, entries }];
}

function constraintList({ constraints }: Configuration): Plain | undefined {
  const written = writeConstraints(constraints);
  return written.length === 0 ? undefined : plainList(written);
}

/** The cluster's name stands at the top where nothing speaks against it. */
function optionFields(blocks: readonly AttributeBlock[]): readonly Field[] {
  const [first] = blocks;
  if (!first || blocks.length > 1 || !isPlainBlock(first, OPTIONS_ID)) {
    return [['options', writeBlocks(blocks, OPTIONS_ID)]];
  }
  const { 'cluster-name': name, ...others } = first.values;
  if (name === undefined) return [['options', plainValues(first.values)]];
  return [
    ['cluster', name],
    ['options', valuesIfAny(others)],
  ];
}

function writeNode(node: NodeConfiguration): PlainMap {
  const { id, name, type, attributes, utilization } = node;
  return plainMap([
    ['id', id === name ? undefined : id],
    ['type', type === 'member' ? undefined : type],
    ['attributes', writeBlocks(attributes, ownedBlockBase(name, 'instance_attributes'))],
    ['utilization', writeBlocks(utilization, ownedBlockBase(name, 'utilization'))],
  ]);
}

function writeDefaults(configuration: Configuration): Plain | undefined {
  const fields: readonly Field[] = [
    ['resources', writeResourceDefaults(configuration.resourceDefaults)],
    ['operations', writeBlocks(configuration.operationDefaults, OPERATION_DEFAULTS_ID)],
  ];
  return fields.some(([, value]) => value !== undefined) ? plainMap(fields, 'block') : undefined;
}

/** A map implies stickiness, a list is taken as it stands (see `build/document.ts`). */
function writeResourceDefaults(blocks: readonly AttributeBlock[]): Plain | undefined {
  const [first] = blocks;
  const isPlain = first && blocks.length === 1 && isPlainBlock(first, RESOURCE_DEFAULTS_ID);
  const stickiness = isPlain ? first.values['resource-stickiness'] : undefined;
  if (!isPlain || stickiness === undefined) return writeBlockList(blocks, RESOURCE_DEFAULTS_ID);
  if (stickiness !== DEFAULT_STICKINESS) return plainValues(first.values);
  const { 'resource-stickiness': _implied, ...others } = first.values;
  return valuesIfAny(others);
}

function writeFencing(
  { fenceDevices, fencingLevels }: Configuration,
  comments: Comments,
): Plain | undefined {
  if (fenceDevices.length === 0 && fencingLevels.length === 0) return undefined;
  return plainMap(
    [
      commented(
        section('devices', fenceDevices, (device) => [device.id, writeDevice(device)]),
        'fence-device',
        comments,
      ),
      ['levels', writeLevels(fencingLevels)],
    ],
    'block',
  );
}

function writeDevice(device: FenceDevice): PlainMap {
  const { agent, parameters, action, timeoutMs, retries, monitorIntervalMs, delayMs } = device;
  const duration = (ms: number, otherwise: number): Plain | undefined =>
    ms === otherwise ? undefined : durationText(ms);
  return plainMap([
    ['agent', agent],
    ['parameters', valuesIfAny(parameters)],
    ['hosts', writeHosts(device.hosts)],
    ['host-check', device.hostCheck],
    ['action', action === DEVICE_DEFAULTS.action ? undefined : action],
    ['unfencing', device.unfencing],
    ['timeout', duration(timeoutMs, DEVICE_DEFAULTS.timeoutMs)],
    ['timeouts', durationsIfAny(device.timeoutsMs)],
    ['retries', retries === DEVICE_DEFAULTS.retries ? undefined : String(retries)],
    ['retries-for', countsIfAny(device.retriesFor)],
    ['monitor', duration(monitorIntervalMs, DEVICE_DEFAULTS.monitorIntervalMs)],
    ['delay', durationsIfAny(device.delaysMs) ?? duration(delayMs, DEVICE_DEFAULTS.delayMs)],
    ['delay-max', device.delayMaxMs === undefined ? undefined : durationText(device.delayMaxMs)],
  ]);
}

type Some = Readonly<Record<string, number | undefined>> | undefined;

const durationsIfAny = (some: Some): Plain | undefined => mapIfAny(some, durationText);
const countsIfAny = (some: Some): Plain | undefined => mapIfAny(some, String);

function mapIfAny(some: Some, write: (value: number) => string): Plain | undefined {
  if (some === undefined) return undefined;
  const entries = Object.entries(some).filter((entry): entry is [string, number] => {
    return entry[1] !== undefined;
  });
  return plainValues(Object.fromEntries(entries.map(([key, value]) => [key, write(value)])));
}

function writeHosts(hosts: FenceDevice['hosts']): Plain | undefined {
  const entries = Object.entries(hosts);
  if (entries.length === 0) return undefined;
  if (entries.some(([node, port]) => node !== port)) return plainValues(hosts);
  return plainList(entries.map(([node]) => node));
}

/** Per node the steps in order, where the levels say no more than that. */
function writeLevels(levels: readonly FencingLevel[]): Plain | undefined {
  if (levels.length === 0) return undefined;
  const steps = stepsByNode(levels);
  if (!steps) return plainList(levels.map(writeLevel));
  const fields = [...steps].map(([node, own]): Field => {
    return [node, plainList(own.map((level) => writeStep(level.devices)))];
  });
  return plainMap(fields, 'block');
}

function stepsByNode(
  levels: readonly FencingLevel[],
): ReadonlyMap<string, readonly FencingLevel[]> | undefined {
  const steps = new Map<string, FencingLevel[]>();
  let previous: string | undefined;
  for (const level of levels) {
    const { target, index, id } = level;
    if (target.kind !== 'node' || id !== levelId(target, index)) return undefined;
    const own = steps.get(target.node) ?? [];
    if (index !== own.length + 1 || (own.length > 0 && previous !== target.node)) return undefined;
    own.push(level);
    steps.set(target.node, own);
    previous = target.node;
  }
  return steps;
}

function writeStep(devices: readonly string[]): Plain {
  const [only] = devices;
  return only !== undefined && devices.length === 1 ? only : plainList(devices);
}

function writeLevel(level: FencingLevel): PlainMap {
  const { id, target, index, devices } = level;
  return plainMap([
    ['id', id === levelId(target, index) ? undefined : id],
    ['node', target.kind === 'node' ? target.node : undefined],
    ['pattern', target.kind === 'pattern' ? target.pattern : undefined],
    [
      'attribute',
      target.kind === 'attribute' ? plainMap([[target.name, target.value]]) : undefined,
    ],
    ['index', String(index)],
    ['devices', plainList(devices)],
  ]);
}
