import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readClusterYaml } from './read.ts';
import { configurationArbitrary } from './testing/arbitrary.ts';
import { writeClusterYaml } from './write.ts';

const RUNS = Number(process.env['HOLDFAST_RUNS'] ?? 100);

test('what is written reads back to an equal configuration', () => {
  fc.assert(
    fc.property(configurationArbitrary, (configuration) => {
      const text = writeClusterYaml(configuration);
      const result = readClusterYaml(text, 'cluster.yaml');
      if ('findings' in result) throw new Error(`${JSON.stringify(result.findings)}\n${text}`);
      expect(result.configuration).toEqual(configuration);
      expect(writeClusterYaml(result.configuration)).toBe(text);
    }),
    { numRuns: RUNS },
  );
}, 600_000);
