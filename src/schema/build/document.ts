/** Makes the Configuration of a checked document. */
import type {
  Configuration,
  FenceDevice,
  FencingLevel,
  NodeConfiguration,
} from '../../core/model/configuration.ts';
import { nodeName } from '../../core/model/ids.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import {
  levelId,
  OPERATION_DEFAULTS_ID,
  OPTIONS_ID,
  ownedBlockBase,
  RESOURCE_DEFAULTS_ID,
} from '../ids.ts';
import type {
  ClusterDocument,
  FenceDeviceShape,
  FencingLevelShape,
  FencingShape,
  NodeShape,
} from '../shape/document.ts';
import type { BlocksShape } from '../shape/rules.ts';
import type { Path } from '../tree/tree.ts';
import { buildConstraints } from './constraints.ts';
import { orderedEntries } from './context.ts';
import type { BuildContext } from './context.ts';
import { buildResource, buildTemplate } from './resources.ts';
import { buildBlocks } from './rules.ts';

/** What a running resource's place is worth, unless the configuration says otherwise. */
export const DEFAULT_STICKINESS = '1';

export function buildConfiguration(
  context: BuildContext,
  document: ClusterDocument,
): Configuration {
  const named = <T, R>(
    section: string,
    map: Readonly<Record<string, T>> | null | undefined,
    make: (id: string, shape: T, path: Path) => R,
  ): readonly R[] =>
    orderedEntries(context, map, [section]).map(([id, shape]) => make(id, shape, [section, id]));
  return {
    options: buildOptions(context, document),
    nodes: named('nodes', document.nodes, (name, shape, path) =>
      buildNode(context, name, shape ?? {}, path),
    ),
    resources: named('resources', document.resources, (id, shape, path) =>
      buildResource(context, id, shape, path),
    ),
    templates: named('templates', document.templates, (id, shape, path) =>
      buildTemplate(context, id, shape, path),
    ),
    constraints: buildConstraints(context, document.constraints ?? [], ['constraints']),
    resourceDefaults: buildResourceDefaults(context, document.defaults?.resources),
    operationDefaults: buildBlocks(context, document.defaults?.operations, OPERATION_DEFAULTS_ID, [
      'defaults',
      'operations',
    ]),
    tags: named('tags', document.tags, (id, references, path) => {
      context.place('tag', id, path);
      return { id, references };
    }),
    fenceDevices: buildDevices(context, document.fencing?.devices),
    fencingLevels: buildLevels(context, document.fencing?.levels),
  };
}

/** `cluster: web` is the option cluster-name. */
function buildOptions(
  context: BuildContext,
  { cluster, options }: ClusterDocument,
): readonly AttributeBlock[] {
  if (cluster === undefined) return buildBlocks(context, options, OPTIONS_ID, ['options']);
  const own = options ?? {};
  if (Array.isArray(own)) {
    const advice = 'name it as cluster-name in one of them';
    context.problem(['cluster'], 'the name cannot stand beside a list of option blocks', advice);
    return [];
  }
  if (own['cluster-name'] !== undefined) {
    context.problem(['options', 'cluster-name'], 'the name is given twice', 'keep "cluster"');
  }
  return [{ id: OPTIONS_ID, score: 0, values: { 'cluster-name': cluster, ...own } }];
}

/** A list of blocks is taken as it stands; a map, or nothing, has stickiness on. */
function buildResourceDefaults(
  context: BuildContext,
  shape: BlocksShape | undefined,
): readonly AttributeBlock[] {
  if (Array.isArray(shape)) {
    return buildBlocks(context, shape, RESOURCE_DEFAULTS_ID, ['defaults', 'resources']);
  }
  const values = { 'resource-stickiness': DEFAULT_STICKINESS, ...shape };
  return [{ id: RESOURCE_DEFAULTS_ID, score: 0, values }];
}

function buildNode(
  context: BuildContext,
  name: string,
  shape: NodeShape,
  path: Path,
): NodeConfiguration {
  context.place('node', name, path);
  const { attributes, utilization } = shape;
  const attributesBase = ownedBlockBase(name, 'instance_attributes');
  const utilizationBase = ownedBlockBase(name, 'utilization');
  return {
    id: shape.id ?? name,
    name: nodeName(name),
    type: shape.type ?? 'member',
    attributes: buildBlocks(context, attributes, attributesBase, [...path, 'attributes']),
    utilization: buildBlocks(context, utilization, utilizationBase, [...path, 'utilization']),
  };
}

export const DEVICE_DEFAULTS = {
  action: 'reboot',
  timeoutMs: 60_000,
  retries: 2,
  monitorIntervalMs: 60_000,
  delayMs: 0,
} as const satisfies Partial<FenceDevice>;

function buildDevices(
  context: BuildContext,
  shapes: FencingShape['devices'],
): readonly FenceDevice[] {
  const path = ['fencing', 'devices'];
  return orderedEntries(context, shapes, path).map(([id, shape]) => {
    context.place('fence-device', id, [...path, id]);
    return {
      id,
      agent: shape.agent,
      parameters: shape.parameters ?? {},
      hosts: deviceHosts(shape.hosts),
      ...(shape['host-check'] === undefined ? {} : { hostCheck: shape['host-check'] }),
      action: shape.action ?? DEVICE_DEFAULTS.action,
      ...(shape.unfencing === undefined ? {} : { unfencing: shape.unfencing }),
      timeoutMs: shape.timeout ?? DEVICE_DEFAULTS.timeoutMs,
      retries: shape.retries ?? DEVICE_DEFAULTS.retries,
      monitorIntervalMs: shape.monitor ?? DEVICE_DEFAULTS.monitorIntervalMs,
      ...deviceDelays(shape),
      ...(shape.timeouts === undefined ? {} : { timeoutsMs: shape.timeouts }),
      ...(shape['retries-for'] === undefined ? {} : { retriesFor: shape['retries-for'] }),
    };
  });
}

function deviceDelays({
  delay,
  'delay-max': delayMaxMs,
}: FenceDeviceShape): Pick<FenceDevice, 'delayMs' | 'delaysMs' | 'delayMaxMs'> {
  const max = delayMaxMs === undefined ? {} : { delayMaxMs };
  if (typeof delay === 'object')
    return { delayMs: DEVICE_DEFAULTS.delayMs, delaysMs: delay, ...max };
  return { delayMs: delay ?? DEVICE_DEFAULTS.delayMs, ...max };
}

/** A list of nodes: the device calls them by their own names. */
function deviceHosts(shape: FenceDeviceShape['hosts']): FenceDevice['hosts'] {
  if (!Array.isArray(shape)) return shape ?? {};
  return Object.fromEntries(shape.map((node) => [node, node]));
}

function buildLevels(
  context: BuildContext,
  shape: FencingShape['levels'],
): readonly FencingLevel[] {
  const path = ['fencing', 'levels'];
  if (Array.isArray(shape)) {
    return shape.map((level, index) => buildLevel(context, level, [...path, index]));
  }
  return orderedEntries(context, shape, path).flatMap(([node, steps]) =>
    steps.map((step, index) => {
      const devices = typeof step === 'string' ? [step] : step;
      return buildLevel(context, { node, index: index + 1, devices }, [...path, node, index]);
    }),
  );
}

function buildLevel(context: BuildContext, shape: FencingLevelShape, path: Path): FencingLevel {
  const target = levelTarget(context, shape, path);
  const id = shape.id ?? levelId(target, shape.index);
  context.place('fencing-level', id, path);
  return { id, target, index: shape.index, devices: shape.devices };
}

function levelTarget(
  context: BuildContext,
  shape: FencingLevelShape,
  path: Path,
): FencingLevel['target'] {
  const targets: FencingLevel['target'][] = [];
  if (shape.node !== undefined) targets.push({ kind: 'node', node: nodeName(shape.node) });
  if (shape.pattern !== undefined) targets.push({ kind: 'pattern', pattern: shape.pattern });
  for (const [name, value] of Object.entries(shape.attribute ?? {})) {
    targets.push({ kind: 'attribute', name, value });
  }
  if (targets.length !== 1) {
    context.problem(path, `one of node, pattern and attribute is needed, not ${targets.length}`);
  }
  return targets[0] ?? { kind: 'node', node: nodeName('') };
}
