/** The shape of a whole configuration (model/configuration.ts). */
import type {
  Configuration,
  FenceDevice,
  FencingLevel,
  NodeConfiguration,
  Tag,
} from '../../model/configuration.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, list, object, optional, union, word } from '../../wire/shape.ts';
import { constraint } from './constraints.ts';
import { byName, exactly, key, name, node, texts, whole } from './parts.ts';
import { resource, template } from './resources.ts';
import { blocks } from './rules.ts';

const NODES_MAX = 10_000;
const RESOURCES_MAX = 100_000;
const CONSTRAINTS_MAX = 200_000;
const TAGS_MAX = 10_000;
const REFERENCES_MAX = 100_000;
const DEVICES_MAX = 10_000;

const nodeConfiguration: Shape<NodeConfiguration> = exactly<NodeConfiguration>()(
  object({
    id: key,
    name: node,
    type: word('member', 'remote', 'ping'),
    attributes: blocks,
    utilization: blocks,
  }),
);

const tag: Shape<Tag> = exactly<Tag>()(object({ id: key, references: list(key, REFERENCES_MAX) }));

const perhaps = optional(count);
const eachAction = {
  off: perhaps,
  reboot: perhaps,
  on: perhaps,
  status: perhaps,
  monitor: perhaps,
  list: perhaps,
} as const;

const fenceDevice: Shape<FenceDevice> = exactly<FenceDevice>()(
  object({
    id: name,
    agent: name,
    parameters: texts,
    hosts: texts,
    action: word('off', 'reboot'),
    unfencing: optional(word('own-node', 'any-node', 'none')),
    timeoutMs: count,
    retries: count,
    monitorIntervalMs: count,
    delayMs: count,
    delayMaxMs: optional(count),
    delaysMs: optional(byName<string, number>(count, NODES_MAX)),
    hostCheck: optional(word('static-list', 'dynamic-list', 'status', 'none')),
    timeoutsMs: optional(object(eachAction)),
    retriesFor: optional(object({ off: perhaps, reboot: perhaps, on: perhaps })),
  }),
);

const level: Shape<FencingLevel> = exactly<FencingLevel>()(
  object({
    id: key,
    target: union({
      node: { node },
      pattern: { pattern: key },
      attribute: { name: key, value: key },
    }),
    index: whole,
    devices: list(key, DEVICES_MAX),
  }),
);

export const configuration: Shape<Configuration> = exactly<Configuration>()(
  object({
    options: blocks,
    nodes: list(nodeConfiguration, NODES_MAX),
    resources: list(resource, RESOURCES_MAX),
    templates: list(template, RESOURCES_MAX),
    constraints: list(constraint, CONSTRAINTS_MAX),
    resourceDefaults: blocks,
    operationDefaults: blocks,
    tags: list(tag, TAGS_MAX),
    fenceDevices: list(fenceDevice, DEVICES_MAX),
    fencingLevels: list(level, DEVICES_MAX),
  }),
);
