/** Texts of configurations: read, checked with what is installed here, compared. */
import type { CheckedConfiguration } from '../api/backend.ts';
import { readClusterYaml } from '../schema/read.ts';

/** Everything that is wrong, with its place; the configuration only if nothing is. */
export async function checkConfigurationText(
  source: string,
  name: string,
): Promise<CheckedConfiguration> {
  const read = readClusterYaml(source, name);
  if ('findings' in read) {
    return {
      findings: read.findings.map(({ file, line, column, text, advice }) => ({
        severity: 'error',
        where: `${file}:${line}:${column}`,
        text,
        ...(advice === undefined ? {} : { advice }),
      })),
    };
  }
  return { configuration: read.configuration, findings: [] };
}
