/**
 * Timeouts that nobody wrote come from the agents' metadata, once, when a configuration is applied:
 * all nodes then have the same, whatever versions of an agent they have installed.
 */
import type { AgentDescription, OperationDescription } from '../agents/description.ts';
import { childrenOf } from '../core/model/children.ts';
import { templateOf } from '../core/config/values.ts';
import type {
  Configuration,
  OperationConfiguration,
  Primitive,
  Resource,
} from '../core/model/configuration.ts';
import type { AgentName } from '../core/model/operation.ts';
import { durationText } from '../core/model/value.ts';

type Describe = (agent: AgentName) => AgentDescription | undefined;

/** Operations that are run without being written in a configuration. */
const UNWRITTEN = ['start', 'stop', 'promote', 'demote', 'migrate_to', 'migrate_from', 'notify'];

/** What is written counts more: an operation's own timeout, its template's, the default of all. */
export function withTimeouts(configuration: Configuration, describe: Describe): Configuration {
  const { operationDefaults } = configuration;
  if (operationDefaults.some(({ values }) => values['timeout'] !== undefined)) return configuration;
  return eachPrimitive(configuration, (one) => complete(configuration, one, describe));
}

/** The configuration with each primitive as `change` answers it. */
export function eachPrimitive(
  configuration: Configuration,
  change: (primitive: Primitive) => Primitive,
): Configuration {
  const resources = configuration.resources.map((one) => inside(one, change));
  return { ...configuration, resources };
}

/** Three levels at most: a clone of a group of primitives. */
function inside<R extends Resource>(resource: R, change: (one: Primitive) => Primitive): R {
  if (resource.kind === 'primitive') return change(resource) as R;
  const [child, ...rest] = childrenOf(resource).map((one) => inside(one, change));
  if (child === undefined) return resource;
  return (resource.kind === 'group'
    ? { ...resource, members: [child, ...rest] }
    : { ...resource, child }) as unknown as R;
}

function complete(
  configuration: Configuration,
  primitive: Primitive,
  describe: Describe,
): Primitive {
  const template = templateOf(configuration, primitive.template);
  const agent = primitive.agent ?? template?.agent;
  const known = agent === undefined ? [] : (describe(agent)?.operations ?? []);
  if (known.length === 0) return primitive;
  const written = new Set(
    [...primitive.operations, ...(template?.operations ?? [])].map(({ name }) => name),
  );
  const added = UNWRITTEN.filter((name) => !written.has(name)).flatMap((name) =>
    unwritten(primitive, name, known),
  );
  const operations = primitive.operations.map((one) => withTimeout(one, known));
  return { ...primitive, operations: [...operations, ...added] };
}

function withTimeout(
  operation: OperationConfiguration,
  known: readonly OperationDescription[],
): OperationConfiguration {
  if (operation.attributes['timeout'] !== undefined) return operation;
  const timeoutMs = timeoutOf(operation.name, operation.attributes['role'], known);
  if (timeoutMs === undefined) return operation;
  const attributes = { ...operation.attributes, timeout: durationText(timeoutMs) };
  return { ...operation, attributes };
}

function unwritten(
  primitive: Primitive,
  name: string,
  known: readonly OperationDescription[],
): readonly OperationConfiguration[] {
  const timeoutMs = timeoutOf(name, undefined, known);
  if (timeoutMs === undefined) return [];
  return [
    {
      id: `${primitive.id}-${name}-timeout`,
      name,
      intervalMs: 0,
      attributes: { timeout: durationText(timeoutMs) },
      meta: [],
      parameters: [],
    },
  ];
}

/** Of several monitors in the metadata the one of the same role, else the longest. */
function timeoutOf(
  name: string,
  role: string | undefined,
  known: readonly OperationDescription[],
): number | undefined {
  const found = known.filter((one) => one.name === name && one.timeoutMs !== undefined);
  const sameRole = found.filter((one) => one.role === role);
  const times = (sameRole.length > 0 ? sameRole : found).map((one) => one.timeoutMs ?? 0);
  return times.length === 0 ? undefined : Math.max(...times);
}
