/** The agents that are installed here, for clients and for checks of configurations. */
import type { AgentCatalogue } from '../agents/catalogue.ts';
import type { AgentDescription as Described } from '../agents/description.ts';
import type { AgentDescription, AgentSummary } from '../api/schemas/answers.ts';
import { eachPrimitive } from '../core/config/walk.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { AgentName } from '../core/model/operation.ts';
import { agentText } from '../core/model/value.ts';

/** With titles each agent is asked for its metadata: seconds at first. */
export async function listAgents(
  catalogue: AgentCatalogue,
  withTitles: boolean,
): Promise<readonly AgentSummary[]> {
  const agents = await catalogue.list();
  if (!withTitles) return agents.map((agent) => ({ name: nameOf(agent) }));
  const summaries: AgentSummary[] = [];
  for (const agent of agents) {
    const title = (await catalogue.describe(agent))?.title;
    summaries.push({ name: nameOf(agent), ...(title === undefined ? {} : { title }) });
  }
  return summaries;
}

export async function describeAgent(
  catalogue: AgentCatalogue,
  name: string,
): Promise<AgentDescription | undefined> {
  const agent = parseAgent(name);
  const found = await catalogue.describe(agent);
  return found === undefined ? undefined : toView(found);
}

/** Every agent that a configuration names, fence agents too; each once. */
export function agentsOf(configuration: Configuration): readonly AgentName[] {
  const { templates, fenceDevices } = configuration;
  const all = [
    ...[...eachPrimitive(configuration)].map(({ primitive }) => primitive.agent),
    ...templates.map(({ agent }) => agent),
    ...fenceDevices.map(({ agent }) => parseAgent(agent)),
  ];
  const byText = new Map<string, AgentName>();
  for (const agent of all) if (agent !== undefined) byText.set(agentText(agent), agent);
  return [...byText.values()];
}

/** `ocf:heartbeat:IPaddr2`, `systemd:nginx`, `command`; fence agents by the program's name alone. */
function parseAgent(name: string): AgentName {
  if (name.startsWith('fence_')) return { class: 'stonith', type: name };
  const [first = '', second, ...rest] = name.split(':');
  if (second === undefined) return { class: first, type: '' };
  if (rest.length === 0) return { class: first, type: second };
  return { class: first, provider: second, type: rest.join(':') };
}

const nameOf = (agent: AgentName): string =>
  agent.class === 'stonith' ? agent.type : agentText(agent);

function toView({
  agent,
  title,
  description,
  parameters,
  operations,
}: Described): AgentDescription {
  return {
    name: nameOf(agent),
    title,
    description,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      title: parameter.title,
      description: parameter.description,
      type: parameter.options === undefined ? parameter.type : parameter.options.join('|'),
      required: parameter.required,
      unique: parameter.unique,
      deprecated: parameter.deprecated,
      ...(parameter.default === undefined ? {} : { default: parameter.default }),
    })),
    operations: operations.map(({ name, timeoutMs, intervalMs, role }) => ({
      name,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(role === undefined ? {} : { role }),
    })),
  };
}
