/**
 * Which parameters an agent can take over while its resource runs is in its metadata (OCF Resource
 * Agent API 1.1, `reloadable` and `reload-agent`). All others are written down once, when a
 * configuration is applied, as `force-restart` of the operation: all nodes then decide alike.
 */
import type { AgentDescription } from '../agents/description.ts';
import { templateOf } from '../core/config/values.ts';
import type {
  Configuration,
  OperationConfiguration,
  Primitive,
} from '../core/model/configuration.ts';
import type { AgentName } from '../core/model/operation.ts';
import { eachPrimitive } from './timeouts.ts';

type Describe = (agent: AgentName) => AgentDescription | undefined;

const RELOAD = 'reload-agent';

export function withRestarts(configuration: Configuration, describe: Describe): Configuration {
  return eachPrimitive(configuration, (primitive) => {
    const agent = primitive.agent ?? templateOf(configuration, primitive.template)?.agent;
    const description = agent === undefined ? undefined : describe(agent);
    if (description === undefined || !canReload(description)) return primitive;
    const names = description.parameters.filter(({ reloadable }) => !reloadable);
    const forced = names.map(({ name }) => name).join(' ');
    return { ...primitive, operations: withForced(primitive, forced) };
  });
}

const canReload = ({ operations, parameters }: AgentDescription): boolean =>
  operations.some(({ name }) => name === RELOAD) && parameters.some((each) => each.reloadable);

function withForced({ id, operations }: Primitive, forced: string): OperationConfiguration[] {
  const empty = { id: `${id}-${RELOAD}-0s`, name: RELOAD, intervalMs: 0, attributes: {} };
  const own = operations.find(({ name }) => name === RELOAD);
  const reload = own ?? { ...empty, meta: [], parameters: [] };
  const block = { id: `${reload.id}-restarts`, score: 0, values: { 'force-restart': forced } };
  const others = reload.meta.filter((each) => each.values['force-restart'] === undefined);
  return [...operations.filter((each) => each !== own), { ...reload, meta: [...others, block] }];
}
