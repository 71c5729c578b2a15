/** Texts of configurations: read, and checked with what is installed here. */
import type { CheckedConfiguration } from '../api/backend.ts';
import type { CheckFinding } from '../api/problem.ts';
import { checkConfiguration } from '../core/config/check.ts';
import type { ConfigurationFinding } from '../core/config/finding.ts';
import { readClusterYaml } from '../schema/read.ts';
import type { ConfigurationSource } from '../schema/read.ts';

/** Everything that is wrong, with its place; the configuration only if nothing is. */
export async function checkConfigurationText(
  text: string,
  name: string,
): Promise<CheckedConfiguration> {
  const read = readClusterYaml(text, name);
  if ('findings' in read) return { findings: read.findings.map((entry) => place(entry, 'error')) };
  const { configuration, source } = read;
  const findings = checkConfiguration(configuration).map((entry) => placed(entry, source));
  if (findings.some(({ severity }) => severity === 'error')) return { findings };
  return { configuration, findings };
}

function placed(finding: ConfigurationFinding, source: ConfigurationSource): CheckFinding {
  const position = source.locate(finding.subject);
  return place({ ...finding, file: source.file, ...position }, finding.severity);
}

function place(
  finding: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly text: string;
    readonly advice?: string;
  },
  severity: CheckFinding['severity'],
): CheckFinding {
  const { file, line, column, text, advice } = finding;
  const where = `${file}:${line}:${column}`;
  return { severity, where, text, ...(advice === undefined ? {} : { advice }) };
}
