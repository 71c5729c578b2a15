/** A configuration as named things, each with flat fields of text: what `compare.ts` compares. */
import type {
  Configuration,
  FenceDevice,
  FencingLevel,
  OperationConfiguration,
  Primitive,
  Resource,
  Template,
} from '../model/configuration.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { scoreText } from '../model/score.ts';
import { agentText, durationText } from '../model/value.ts';
import { constraintText } from './constraint-text.ts';
import { ruleText } from './rule-text.ts';
import { childrenOf } from '../model/children.ts';
import { eachResource } from './walk.ts';
import type { PlacedResource } from './walk.ts';

export interface Thing {
  readonly path: readonly string[];
  /** What it is, in brackets behind its name when it comes or goes; empty for the cluster itself. */
  readonly summary: string;
  readonly fields: readonly Field[];
}

export interface Field {
  /** Below the thing's own path. */
  readonly path: readonly string[];
  readonly value: string;
}

export function thingsOf(configuration: Configuration): readonly Thing[] {
  return [
    { path: [], summary: '', fields: clusterFields(configuration) },
    ...configuration.nodes.map(({ name, id, type, attributes, utilization }) => ({
      path: ['nodes', name],
      summary: type,
      fields: [
        { path: ['id'], value: id },
        { path: ['type'], value: type },
        ...blockFields('attributes', attributes),
        ...blockFields('utilization', utilization),
      ],
    })),
    ...configuration.fenceDevices.map(deviceThing),
    ...configuration.fencingLevels.map(levelThing),
    ...configuration.templates.map(templateThing),
    ...[...eachResource(configuration)].map(resourceThing),
    ...configuration.constraints.map((constraint) => {
      const text = constraintText(constraint);
      return {
        path: ['constraints', constraint.id],
        summary: text,
        fields: [{ path: [], value: text }],
      };
    }),
    ...configuration.tags.map(({ id, references }) => ({
      path: ['tags', id],
      summary: references.join(', '),
      fields: [{ path: [], value: references.join(', ') }],
    })),
  ];
}

function clusterFields(configuration: Configuration): readonly Field[] {
  const { options, resourceDefaults, operationDefaults, resources } = configuration;
  return [
    ...blockFields('options', options),
    ...inside(['defaults'], blockFields('resources', resourceDefaults)),
    ...inside(['defaults'], blockFields('operations', operationDefaults)),
    { path: ['resources', '(order)'], value: resources.map(({ id }) => id).join(', ') },
  ];
}

function inside(path: readonly string[], fields: readonly Field[]): readonly Field[] {
  return fields.map((field) => ({ path: [...path, ...field.path], value: field.value }));
}

/** The ids of blocks count only where there are several. */
function blockFields(place: string, blocks: readonly AttributeBlock[]): readonly Field[] {
  return blocks.flatMap(({ id, score, rule, values }) => {
    const path = blocks.length === 1 ? [place] : [place, id];
    const own = Object.entries(values).map(([name, value]) => ({ path: [...path, name], value }));
    return [
      ...own,
      ...(score === 0 ? [] : [{ path: [...path, '(score)'], value: scoreText(score) }]),
      ...(rule ? [{ path: [...path, '(rule)'], value: ruleText(rule) }] : []),
    ];
  });
}

function operationFields(operation: OperationConfiguration): readonly Field[] {
  const { name, intervalMs, attributes, meta, parameters } = operation;
  const path = [
    'operations',
    intervalMs === 0 ? name : `${name} every ${durationText(intervalMs)}`,
  ];
  const own = Object.entries(attributes).map(([key, value]) => ({ path: [key], value }));
  return inside(path, [
    { path: [], value: 'configured' },
    ...own,
    ...blockFields('meta', meta),
    ...blockFields('parameters', parameters),
  ]);
}

function partFields(primitive: Primitive | Template): readonly Field[] {
  const { agent, description, parameters, meta, utilization, operations } = primitive;
  return [
    ...(agent ? [{ path: ['agent'], value: agentText(agent) }] : []),
    ...(description === undefined ? [] : [{ path: ['description'], value: description }]),
    ...blockFields('parameters', parameters),
    ...blockFields('meta', meta),
    ...blockFields('utilization', utilization),
    ...operations.flatMap(operationFields),
  ];
}

function templateThing(template: Template): Thing {
  const summary = template.agent ? agentText(template.agent) : 'template';
  return { path: ['templates', template.id], summary, fields: partFields(template) };
}

function resourceThing({ resource, within }: PlacedResource): Thing {
  const outer = within.at(-1);
  const place = outer ? `in ${outer.kind} ${outer.id}` : 'at the top';
  return {
    path: ['resources', resource.id],
    summary: resourceSummary(resource),
    fields: [{ path: ['(place)'], value: place }, ...resourceFields(resource)],
  };
}

function resourceSummary(resource: Resource): string {
  if (resource.kind !== 'primitive') return resource.kind;
  return resource.agent ? agentText(resource.agent) : `template ${resource.template ?? ''}`;
}

function resourceFields(resource: Resource): readonly Field[] {
  const kind = { path: ['(kind)'], value: resource.kind };
  if (resource.kind === 'primitive') {
    const { template } = resource;
    const own = template === undefined ? [] : [{ path: ['template'], value: template }];
    return [kind, ...own, ...partFields(resource)];
  }
  const children = childrenOf(resource).map(({ id }) => id);
  const { description } = resource;
  const common: readonly Field[] = [
    kind,
    ...(description === undefined ? [] : [{ path: ['description'], value: description }]),
    { path: [resource.kind], value: children.join(', ') },
    ...blockFields('meta', resource.meta),
  ];
  return [...common, ...collectionFields(resource)];
}

function collectionFields(resource: Exclude<Resource, Primitive>): readonly Field[] {
  switch (resource.kind) {
    case 'group':
      return blockFields('parameters', resource.parameters);
    case 'clone':
      return [
        { path: ['promotable'], value: String(resource.promotable) },
        ...blockFields('parameters', resource.parameters),
      ];
    case 'bundle':
      return [
        ...recordFields(['bundle', resource.engine], resource.container),
        ...recordFields(['bundle', 'network'], resource.network),
        ...resource.ports.flatMap((port, index) => recordFields(['ports', String(index)], port)),
        ...resource.storage.flatMap((own, index) => recordFields(['storage', String(index)], own)),
      ];
  }
}

function recordFields(
  path: readonly string[],
  values: Readonly<Record<string, string>>,
): readonly Field[] {
  return Object.entries(values).map(([name, value]) => ({ path: [...path, name], value }));
}

function texts(
  some: Readonly<Record<string, number | undefined>> | undefined,
  write: (value: number) => string,
): Readonly<Record<string, string>> {
  const entries = Object.entries(some ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, write(value)] as const],
  );
  return Object.fromEntries(entries);
}

function deviceThing(device: FenceDevice): Thing {
  const { id, agent, action, timeoutMs, retries, monitorIntervalMs, delayMs } = device;
  return {
    path: ['fencing', 'devices', id],
    summary: agent,
    fields: [
      { path: ['agent'], value: agent },
      ...recordFields(['parameters'], device.parameters),
      ...recordFields(['hosts'], device.hosts),
      ...(device.hostCheck === undefined
        ? []
        : [{ path: ['host-check'], value: device.hostCheck }]),
      { path: ['action'], value: action },
      ...(device.unfencing === undefined ? [] : [{ path: ['unfencing'], value: device.unfencing }]),
      { path: ['timeout'], value: durationText(timeoutMs) },
      { path: ['retries'], value: String(retries) },
      { path: ['monitor'], value: durationText(monitorIntervalMs) },
      { path: ['delay'], value: durationText(delayMs) },
      ...recordFields(['delay'], texts(device.delaysMs, durationText)),
      ...recordFields(['timeouts'], texts(device.timeoutsMs, durationText)),
      ...recordFields(['retries-for'], texts(device.retriesFor, String)),
      ...(device.delayMaxMs === undefined
        ? []
        : [{ path: ['delay-max'], value: durationText(device.delayMaxMs) }]),
    ],
  };
}

function levelThing({ id, target, index, devices }: FencingLevel): Thing {
  const value = `${index}: ${devices.join(', ')} for ${levelTargetText(target)}`;
  return { path: ['fencing', 'levels', id], summary: value, fields: [{ path: [], value }] };
}

function levelTargetText(target: FencingLevel['target']): string {
  switch (target.kind) {
    case 'node':
      return target.node;
    case 'pattern':
      return `nodes like ${target.pattern}`;
    case 'attribute':
      return `nodes with ${target.name}=${target.value}`;
  }
}
