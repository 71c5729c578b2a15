/** `holdfast plan`, from a file to what is printed: whether what moves moves while it runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import { pictureOf } from '../core/cluster/picture.ts';
import { nodeName } from '../core/model/ids.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import {
  LOCAL,
  NOON,
  clusterOf,
  configured,
  histories,
  history,
  node,
} from '../core/view/testing/states.ts';
import { readClusterYaml } from '../schema/read.ts';
import { runCommand } from './testing/session.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-plan-'));
afterAll(() => rmSync(directory, { recursive: true }));

const yaml = (db: string, shop: string): string => `
version: 1
cluster: test
nodes: { n1: {}, n2: {} }
options: { fencing-enabled: false }
resources:
  db: { agent: 'ocf:heartbeat:Dummy', ${db} }
  shop: { agent: 'ocf:heartbeat:Dummy', ${shop} }
constraints:
  - order: [db, shop]
  - { location: db, avoids: { n1: INFINITY } }
  - { location: shop, avoids: { n1: INFINITY } }
`;

const readYaml = (text: string) => {
  const read = readClusterYaml(text, 'c.yaml');
  if ('findings' in read) throw new Error(JSON.stringify(read.findings));
  return read.configuration;
};

const off = ['monitor 7'];
const here = [...off, 'start 0'];
const cluster = clusterOf(
  [
    node('n1', { history: histories(history('db', ...here), history('shop', ...here)) }),
    node('n2', { history: histories(history('db', ...off), history('shop', ...off)) }),
  ],
  { configuration: configured([]) },
);

/** What `holdfast plan` prints of this file, where both run on n1 and have to leave it. */
async function plan(db: string, shop: string): Promise<string> {
  const file = join(directory, 'cluster.yaml');
  writeFileSync(file, yaml(db, shop));
  const backend = testBackend(cluster, {
    checkConfiguration: async (text) => ({ configuration: readYaml(text), findings: [] }),
    plan: async (model) => {
      const changed = { ...cluster, configuration: { ...cluster.configuration, model } };
      return schedule(pictureOf(changed, nodeName('n1'), false), LOCAL.wallMs);
    },
  });
  const { text } = await runCommand(backend, ['plan', '-f', file], { now: NOON, columns: 200 });
  return text.replaceAll(/\s+/g, ' ');
}

const live = 'meta: { allow-migrate: true }';
const notLive = 'meta: { allow-migrate: false }';

it('says that it stops and starts where what it depends on does', async () => {
  const text = await plan(notLive, live);
  expect(text).toContain(
    'shop starts on n2. It stops and starts: what it is ordered after does not run on both nodes meanwhile (start db on n2).',
  );
  expect(text).not.toContain('moves live');
});

it('says that it moves live where what it depends on moves live as well', async () => {
  const text = await plan(live, live);
  expect(text).toContain('db moves live from n1 to n2');
  expect(text).toContain('shop moves live from n1 to n2');
  expect(text).not.toContain('It stops and starts');
});
