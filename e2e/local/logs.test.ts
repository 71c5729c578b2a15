/** What a service has printed, asked for on another node than the one that it runs on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { end, localCluster, until } from './cluster.ts';
import type { LocalCluster } from './cluster.ts';

const nodes = ['n1', 'n2'] as const;
let cluster: LocalCluster;

const holdfast = async (node: string, ...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.holdfast(node, ...words);
  if (code !== 0) throw new Error(`${words.join(' ')}: ${String(code)} ${stdout}${stderr}`);
  return stdout;
};

beforeAll(async () => {
  cluster = localCluster(...nodes);
  await Promise.all(nodes.map((node) => cluster.start(node)));
  for (const node of nodes) await cluster.feed(node, 'WORD=geheim\n', 'secret', 'set', 'words');
  const script = cluster.file(
    'for i in 1 2 3; do echo "line $i"; done; echo "WORD=$WORD"; printf "\\033[31mred\\033[0m\\n"; exec sleep 1000\n',
  );
  await holdfast('n1', 'apply', '--yes', '--wait', '-f', cluster.file(configuration(script)));
});
afterAll(async () => {
  await cluster.holdfast('n1', 'resource', 'stop', 'talks', '--wait');
  for (const node of nodes) await end(cluster.daemon(node)).catch(() => undefined);
  await cluster.close();
});

const configuration = (script: string): string => `version: 1
cluster: local
options: { fencing-enabled: "false" }
templates:
  program: { agent: command, parameters: { command: /bin/sh ${script} } }
resources:
  talks:
    template: program
    parameters: { environment: "secret:words" }
    monitor: 1s
constraints:
  - location: talks
    prefers: { n1: 100 }
`;

test('is told by the node that it runs on, without secrets and colours', async () => {
  await until(
    'it has printed',
    async () => (await holdfast('n2', 'resource', 'logs', 'talks')) !== '',
  );
  expect(await holdfast('n2', 'resource', 'logs', 'talks')).toBe(
    'line 1\nline 2\nline 3\n[secret]\nred\n',
  );
  expect(await holdfast('n2', 'resource', 'logs', 'talks', '--lines', '2')).toBe('[secret]\nred\n');
  const { stdout, stderr } = await cluster.holdfast('n2', 'resource', 'logs', 'talks', '-n', 'n2');
  expect([stdout, stderr]).toEqual(['', 'n2: nothing (what it has printed)\n']);
});
