import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { explainCommand } from './why.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-why-'));
afterAll(() => rmSync(directory, { recursive: true }));

const config = join(directory, 'cluster.yaml');
writeFileSync(
  config,
  `version: 1
cluster: web
options: { fencing-enabled: false }
nodes:
  n1:
  n2: { attributes: { standby: on } }
resources:
  web: { agent: ocf:heartbeat:Dummy, monitor: 10s }
`,
);

it('explains a resource of a file, without a daemon', () => {
  const outcome = explainCommand('web', { config, node: 'n2' });
  expect(outcome).toMatchObject({
    kind: 'explained',
    explanation: {
      instances: [{ node: 'n1', decidedBy: { rule: 'only' } }],
      counterfactuals: [{ node: 'n2' }],
    },
  });
});

it('says what is wrong with what was asked', () => {
  expect(explainCommand('wbe', { config })).toEqual({
    kind: 'failed',
    reason: 'notFound',
    lines: ['there is no resource "wbe", did you mean "web"?'],
  });
  expect(explainCommand('web', { config, node: 'n9' })).toMatchObject({ reason: 'notFound' });
  expect(explainCommand('web', { config, now: 'soon' })).toMatchObject({ reason: 'usage' });
  expect(explainCommand('web', {})).toMatchObject({ reason: 'usage' });
});
