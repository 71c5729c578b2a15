/** Reads and checks a configuration file as `apply` and `plan` do, without any daemon. */
import { checkAgents } from '../core/config/agents.ts';
import type { AgentKnowledge } from '../core/config/agents.ts';
import { checkConfiguration } from '../core/config/check.ts';
import type { ConfigurationFinding } from '../core/config/finding.ts';
import { withUnfencing } from '../core/config/unfencing.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { FileFinding } from '../schema/finding.ts';
import { readClusterYaml } from '../schema/read.ts';
import type { ConfigurationSource } from '../schema/read.ts';

export interface PlacedFinding extends FileFinding {
  readonly severity: 'error' | 'warning';
}

export type CheckedConfiguration =
  /** It may be applied; `findings` holds warnings only. */
  | {
      readonly kind: 'sound';
      readonly configuration: Configuration;
      readonly source: ConfigurationSource;
      readonly findings: readonly PlacedFinding[];
    }
  /** It must not be applied; the configuration is there if at least its shape was right. */
  | {
      readonly kind: 'wrong';
      readonly configuration?: Configuration;
      readonly findings: readonly PlacedFinding[];
    };

/**
 * @param file the name to show in findings
 * @param agents what is installed; without it agents and their parameters are not checked
 */
export function checkClusterYaml(
  text: string,
  file: string,
  agents?: AgentKnowledge,
): CheckedConfiguration {
  const result = readClusterYaml(text, file);
  if ('findings' in result) {
    const findings = result.findings.map((finding) => ({ ...finding, severity: 'error' as const }));
    return { kind: 'wrong', findings };
  }
  const { source } = result;
  const configuration = agents ? withUnfencing(result.configuration, agents) : result.configuration;
  const found = [
    ...checkConfiguration(configuration),
    ...(agents ? checkAgents(configuration, agents) : []),
  ];
  const findings = found.map((finding) => placeFinding(finding, source));
  const isWrong = findings.some(({ severity }) => severity === 'error');
  const sorted = findings.toSorted(byPlace);
  if (isWrong) return { kind: 'wrong', configuration, findings: sorted };
  return { kind: 'sound', configuration, source, findings: sorted };
}

function placeFinding(finding: ConfigurationFinding, source: ConfigurationSource): PlacedFinding {
  const { severity, subject, text, advice } = finding;
  const { line, column } = source.locate(subject);
  return {
    severity,
    file: source.file,
    line,
    column,
    text,
    ...(advice !== undefined && { advice }),
  };
}

function byPlace(left: PlacedFinding, right: PlacedFinding): number {
  return left.line - right.line || left.column - right.column;
}
