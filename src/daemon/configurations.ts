/** Texts of configurations: read, and checked with what is installed here. */
import type { AgentCatalogue } from '../agents/catalogue.ts';
import type { AgentDescription } from '../agents/description.ts';
import type { CheckedConfiguration } from '../api/backend.ts';
import type { CheckFinding } from '../api/problem.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { AgentName } from '../core/model/operation.ts';
import { agentText } from '../core/model/value.ts';
import { checkClusterYaml } from '../offline/configuration.ts';
import type { PlacedFinding } from '../offline/configuration.ts';
import { agentsOf } from './agents.ts';
import { withRestarts } from './restarts.ts';
import { withTimeouts } from './timeouts.ts';

/** Everything that is wrong, with its place; the configuration only if nothing is. */
export async function checkText(
  text: string,
  name: string,
  catalogue: AgentCatalogue,
): Promise<CheckedConfiguration> {
  const shape = checkClusterYaml(text, name);
  if (shape.configuration === undefined) return { findings: shape.findings.map(withPlace) };
  const knowledge = await catalogue.knowledge(agentsOf(shape.configuration));
  const checked = checkClusterYaml(text, name, knowledge);
  const findings = checked.findings.map(withPlace);
  if (checked.kind === 'wrong') return { findings };
  return { configuration: await complete(checked.configuration, catalogue), findings };
}

async function complete(
  configuration: Configuration,
  catalogue: AgentCatalogue,
): Promise<Configuration> {
  const known = new Map<string, AgentDescription>();
  for (const agent of agentsOf(configuration)) {
    const description = await catalogue.describe(agent);
    if (description !== undefined) known.set(agentText(agent), description);
  }
  const describe = (agent: AgentName) => known.get(agentText(agent));
  return withRestarts(withTimeouts(configuration, describe), describe);
}

function withPlace({ severity, file, line, column, text, advice }: PlacedFinding): CheckFinding {
  const where = `${file}:${line}:${column}`;
  return { severity, where, text, ...(advice === undefined ? {} : { advice }) };
}
