import { expect, it } from 'vitest';
import { readClusterYaml } from './read.ts';

it('a key that nothing is like is answered with those that there are, at the defaults as well', () => {
  const read = readClusterYaml('cluster: web\ndefaults: { meta: { a: 1 } }\n', 'cluster.yaml');
  expect(JSON.stringify(read)).toContain('known here: resources, operations');
});
