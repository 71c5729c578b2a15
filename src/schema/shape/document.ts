/** The shape of cluster.yaml: the one source of YAML, API and editor schema. */
import { z } from 'zod';
import { constraint } from './constraints.ts';
import { resource, template } from './resources.ts';
import { blocks } from './rules.ts';
import { count, duration, integer, map, oneOf, text, values, word } from './values.ts';

/** Newest version of the format that this program reads. */
export const FORMAT_VERSION = 1;

const node = map({
  id: text.exactOptional(),
  type: word('member', 'remote', 'ping').exactOptional(),
  attributes: blocks.exactOptional(),
  utilization: blocks.exactOptional(),
});
export type NodeShape = z.output<typeof node>;

const fenceDevice = map({
  agent: text.meta({ description: 'a program of fence-agents, such as fence_ipmilan' }),
  parameters: values.exactOptional(),
  hosts: oneOf([values, z.array(text)])
    .exactOptional()
    .meta({
      description: 'nodes it can fence, and what it calls them; absent: the agent is asked',
    }),
  'host-check': word('static-list', 'dynamic-list', 'status', 'none')
    .exactOptional()
    .meta({ description: 'how it is known whom it can fence; none: every node' }),
  action: word('off', 'reboot').exactOptional(),
  unfencing: word('own-node', 'any-node', 'none')
    .exactOptional()
    .meta({ description: 'who gives a node its access by "on"; absent: as the agent says' }),
  timeout: duration.exactOptional(),
  timeouts: map({
    off: duration.exactOptional(),
    reboot: duration.exactOptional(),
    on: duration.exactOptional(),
    status: duration.exactOptional(),
    monitor: duration.exactOptional(),
    list: duration.exactOptional(),
  })
    .exactOptional()
    .meta({ description: 'instead of timeout, for single actions of the agent' }),
  retries: count.exactOptional(),
  'retries-for': map({
    off: count.exactOptional(),
    reboot: count.exactOptional(),
    on: count.exactOptional(),
  })
    .exactOptional()
    .meta({ description: 'instead of retries, for single actions' }),
  monitor: duration.exactOptional(),
  delay: oneOf([duration, z.record(z.string(), duration)])
    .exactOptional()
    .meta({ description: 'waited before a node is switched off; for single nodes: { n1: 5s }' }),
  'delay-max': duration
    .exactOptional()
    .meta({ description: 'up to so long in all it waits by chance, besides delay' }),
});
export type FenceDeviceShape = z.output<typeof fenceDevice>;

const fencingLevel = map({
  id: text.exactOptional(),
  node: text.exactOptional(),
  pattern: text.exactOptional(),
  attribute: values.exactOptional(),
  index: integer,
  devices: z.array(text),
});
export type FencingLevelShape = z.output<typeof fencingLevel>;

const fencing = map({
  devices: z.record(z.string(), fenceDevice).nullable().exactOptional(),
  levels: oneOf([
    z.record(z.string(), z.array(oneOf([text, z.array(text)]))),
    z.array(fencingLevel),
  ])
    .nullable()
    .exactOptional()
    .meta({ description: 'per node what to try, in order; devices in a list must all succeed' }),
});
export type FencingShape = z.output<typeof fencing>;

export const clusterDocument = map({
  version: integer.exactOptional(),
  cluster: text.exactOptional().meta({ description: 'name of the cluster' }),
  options: blocks.nullable().exactOptional(),
  nodes: z.record(z.string(), node.nullable()).nullable().exactOptional(),
  fencing: fencing.nullable().exactOptional(),
  defaults: map({ resources: blocks.exactOptional(), operations: blocks.exactOptional() })
    .nullable()
    .exactOptional(),
  templates: z.record(z.string(), template).nullable().exactOptional(),
  resources: z.record(z.string(), resource).nullable().exactOptional(),
  constraints: z.array(constraint).nullable().exactOptional(),
  tags: z.record(z.string(), z.array(text)).nullable().exactOptional(),
});
export type ClusterDocument = z.output<typeof clusterDocument>;
