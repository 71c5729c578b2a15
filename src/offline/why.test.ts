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

const ordered = join(directory, 'ordered.yaml');
writeFileSync(
  ordered,
  `cluster: web
options: { fencing-enabled: false, enable-startup-probes: false }
nodes: { n1: , n2: }
resources:
  site:
    group:
      db: { agent: ocf:heartbeat:Dummy, monitor: 10s }
      web: { agent: ocf:heartbeat:Dummy, monitor: 10s }
  mail: { agent: ocf:heartbeat:Dummy }
constraints:
  - order: [mail, site]
`,
);

it('of each action of it: what made it necessary, and the nearest that it waits for', () => {
  const outcome = explainCommand('site', { config: ordered });
  expect(outcome).toMatchObject({
    explanation: {
      actions: [
        { text: 'start db on n1', reason: 'db starts on n1.', waitsFor: ['start mail on n2'] },
        { text: 'start web on n1', reason: 'web starts on n1.', waitsFor: ['start db on n1'] },
      ],
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
