/** Shapes of resources (model/configuration.ts). */
import type {
  Group,
  OperationConfiguration,
  Primitive,
  Resource,
  Template,
} from '../../model/configuration.ts';
import type { AgentName } from '../../model/operation.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, flag, list, object, optional, union, word } from '../../wire/shape.ts';
import { exactly, key, resource as id, text, texts } from './parts.ts';
import { blocks } from './rules.ts';

const OPERATIONS_MAX = 1000;
const MEMBERS_MAX = 10_000;
const PORTS_MAX = 1000;

export const agent: Shape<AgentName> = exactly<AgentName>()(
  object({ class: key, provider: optional(key), type: key }),
);

const operation: Shape<OperationConfiguration> = exactly<OperationConfiguration>()(
  object({
    id: key,
    name: key,
    intervalMs: count,
    attributes: texts,
    meta: blocks,
    parameters: blocks,
  }),
);

const common = { id, meta: blocks, description: optional(text) };

const primitiveFields = {
  ...common,
  agent: optional(agent),
  template: optional(key),
  parameters: blocks,
  utilization: blocks,
  operations: list(operation, OPERATIONS_MAX),
};

const primitive: Shape<Primitive> = exactly<Primitive>()(union({ primitive: primitiveFields }));

const groupFields = { ...common, members: list(primitive, MEMBERS_MAX), parameters: blocks };

const child: Shape<Primitive | Group> = exactly<Primitive | Group>()(
  union({ primitive: primitiveFields, group: groupFields }),
);

export const resource: Shape<Resource> = exactly<Resource>()(
  union({
    primitive: primitiveFields,
    group: groupFields,
    clone: { ...common, child, parameters: blocks, promotable: flag },
    bundle: {
      ...common,
      engine: word('docker', 'podman', 'rkt'),
      container: texts,
      network: texts,
      ports: list(texts, PORTS_MAX),
      storage: list(texts, PORTS_MAX),
      child: optional(primitive),
    },
  }),
);

export const template: Shape<Template> = exactly<Template>()(
  object({
    id: key,
    meta: blocks,
    description: optional(text),
    agent: optional(agent),
    parameters: blocks,
    utilization: blocks,
    operations: list(operation, OPERATIONS_MAX),
  }),
);
