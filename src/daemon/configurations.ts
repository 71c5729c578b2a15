/** Texts of configurations: read, and checked with what is installed here. */
import type { CheckedConfiguration } from '../api/backend.ts';
import type { CheckFinding } from '../api/problem.ts';
import type { AgentKnowledge } from '../core/config/agents.ts';
import { checkClusterYaml } from '../offline/configuration.ts';
import type { PlacedFinding } from '../offline/configuration.ts';

/** Everything that is wrong, with its place; the configuration only if nothing is. */
export function checkText(
  text: string,
  name: string,
  agents: AgentKnowledge | undefined,
): CheckedConfiguration {
  const checked = checkClusterYaml(text, name, agents);
  const findings = checked.findings.map(withPlace);
  return checked.kind === 'sound'
    ? { configuration: checked.configuration, findings }
    : { findings };
}

function withPlace({ severity, file, line, column, text, advice }: PlacedFinding): CheckFinding {
  const where = `${file}:${line}:${column}`;
  return { severity, where, text, ...(advice === undefined ? {} : { advice }) };
}
