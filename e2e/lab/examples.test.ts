import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findingText } from '../../src/schema/finding.ts';
import { readClusterYaml } from '../../src/schema/read.ts';
import { repository } from './toolchain.ts';
import { webAddress } from './web.ts';

const examples = readdirSync(join(repository, 'examples'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => `examples/${name}`);

test.each([
  ...examples,
  'bench/lib/failover.yaml',
  'bench/lib/idle.yaml',
  'bench/lib/nginx.yaml',
  'e2e/demo/local.yaml',
  'e2e/product/installed.yaml',
  'e2e/product/postgresql.yaml',
  'e2e/product/promotable.yaml',
])('%s is accepted without a finding', (file) => {
  const result = readClusterYaml(readFileSync(join(repository, file), 'utf8'), file);
  expect('findings' in result ? result.findings.map(findingText) : []).toEqual([]);
});

test('the web service has the address at which clients in the lab look for it', () => {
  expect(readFileSync(join(repository, 'examples/web.yaml'), 'utf8')).toContain(webAddress);
});
