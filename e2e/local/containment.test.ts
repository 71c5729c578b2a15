/** A stop that hangs, on a real node: the service is killed, looked for, and its stop is done. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isAlive } from '../agents/stage.ts';
import { localCluster } from './cluster.ts';
import type { LocalCluster } from './cluster.ts';

let cluster: LocalCluster;
let pidFile: string;

/** A word of a command in YAML. */
const script = (text: string): string => JSON.stringify(JSON.stringify(['/bin/sh', '-c', text]));

const configuration = (): string => `version: 1
options:
  fencing-enabled: "false"
resources:
  stubborn:
    agent: command
    parameters:
      mode: start-stop
      start: ${script(`setsid /bin/sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >${pidFile}`)}
      stop: /bin/sleep 1000
      monitor: ${script(`readlink /proc/$(cat ${pidFile})/exe >/dev/null && exit 0; exit 7`)}
    operations:
      stop: { timeout: 1s }
`;

beforeAll(async () => {
  cluster = localCluster('n1');
  pidFile = join(cluster.directory, 'pid');
  await cluster.start('n1');
});
afterAll(() => cluster.close());

const pid = (): number => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);

// Without root there are no cgroups, so nothing is known of processes.
test.skipIf(process.getuid?.() !== 0)('it is stopped, and the history has each step', async () => {
  const applied = await cluster.holdfast(
    'n1',
    'apply',
    '-f',
    cluster.file(configuration()),
    '--wait',
  );
  expect(applied).toMatchObject({ code: 0 });
  const service = pid();
  expect(isAlive(service)).toBe(true);
  const stopped = await cluster.holdfast('n1', 'resource', 'stop', 'stubborn', '--wait');
  expect(stopped).toMatchObject({ code: 0 });
  expect(isAlive(service)).toBe(false);
  const told = (await cluster.history('n1')).map(({ text }) => text);
  expect(told.slice(-4)).toEqual([
    'stop of stubborn on n1: timed out',
    'containment of stubborn on n1: one process killed, none is left',
    'containment of stubborn on n1: its monitor says: not running (exit 7)',
    'containment of stubborn on n1: nothing of it runs there, as after a stop',
  ]);
  const { resources } = await cluster.status('n1');
  expect(resources.map(({ id, state }) => `${id} ${state}`)).toEqual(['stubborn stopped']);
});
