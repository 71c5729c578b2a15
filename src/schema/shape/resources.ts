/** Shapes of resources: primitives, groups, clones, bundles, templates. */
import { z } from 'zod';
import { blocks } from './rules.ts';
import { duration, map, oneOf, text, values, yesNo } from './values.ts';

/** Options of an operation that agents' timing and the reaction to failure need. */
const operationFields = {
  id: text.exactOptional(),
  timeout: text.exactOptional(),
  'on-fail': text.exactOptional(),
  role: text.exactOptional(),
  enabled: text.exactOptional(),
  'start-delay': text.exactOptional(),
  'interval-origin': text.exactOptional(),
  'record-pending': text.exactOptional(),
  description: text.exactOptional(),
  /** Anything else that an `op` of a CIB may say. */
  attributes: values.exactOptional(),
  meta: blocks.exactOptional(),
  parameters: blocks.exactOptional(),
};

/** Those fields above that the model keeps as attributes of the operation. */
export const OPERATION_ATTRIBUTES = [
  'timeout',
  'on-fail',
  'role',
  'enabled',
  'start-delay',
  'interval-origin',
  'record-pending',
  'description',
] as const satisfies readonly (keyof typeof operationFields)[];

const operation = map({ interval: duration.exactOptional(), ...operationFields });
const monitor = map({ interval: duration, ...operationFields });
const namedOperation = map({
  name: text,
  interval: duration.exactOptional(),
  ...operationFields,
});

export type NamedOperationShape = z.output<typeof namedOperation>;

const operations = oneOf([
  z.record(z.string(), oneOf([operation, z.array(operation)])),
  z.array(namedOperation),
]);
export type OperationsShape = z.output<typeof operations>;

const agent = oneOf([text, map({ class: text, provider: text.exactOptional(), type: text })]).meta({
  description: 'ocf:heartbeat:IPaddr2, systemd:nginx, lsb:foo, command',
});
export type AgentShape = z.output<typeof agent>;

const primitiveFields = {
  agent: agent.exactOptional(),
  description: text.exactOptional(),
  parameters: blocks.exactOptional(),
  meta: blocks.exactOptional(),
  utilization: blocks.exactOptional(),
  monitor: oneOf([duration, monitor])
    .exactOptional()
    .meta({ description: 'how often the agent is asked whether the resource runs well' }),
  operations: operations.exactOptional(),
};

export const template = map(primitiveFields);
export type TemplateShape = z.output<typeof template>;

export const primitive = map({
  ...primitiveFields,
  template: text.exactOptional(),
});
export type PrimitiveShape = z.output<typeof primitive>;

const collectionFields = {
  description: text.exactOptional(),
  parameters: blocks.exactOptional(),
  meta: blocks.exactOptional(),
};

const group = map({ group: z.record(z.string(), primitive), ...collectionFields });
export type GroupShape = z.output<typeof group>;

const clone = map({
  clone: z.record(z.string(), oneOf([primitive, group])),
  promotable: yesNo.exactOptional(),
  ...collectionFields,
});
export type CloneShape = z.output<typeof clone>;

const bundle = map({
  bundle: map({
    docker: values.exactOptional(),
    podman: values.exactOptional(),
    rkt: values.exactOptional(),
    network: values.exactOptional(),
    ports: z.array(values).exactOptional(),
    storage: z.array(values).exactOptional(),
    resource: z.record(z.string(), primitive).exactOptional(),
  }),
  description: text.exactOptional(),
  meta: blocks.exactOptional(),
});
export type BundleShape = z.output<typeof bundle>;

export const resource = oneOf([primitive, group, clone, bundle]);
export type ResourceShape = z.output<typeof resource>;

export const ENGINES = ['docker', 'podman', 'rkt'] as const;
