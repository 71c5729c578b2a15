/** Init scripts: Debian's of nginx, and scripts that deviate from LSB. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openStage, ownNamespaces, type Stage } from './stage.ts';

let stage: Stage;
const directory = () => join(stage.directory, 'init.d');
beforeAll(async () => {
  const first = await openStage();
  await first.crash();
  const words = [`lsb=${join(first.directory, 'init.d')}`];
  stage = await openStage({ ...ownNamespaces, former: first, words });
  await stage.inside('mount', '-t', 'tmpfs', 'tmpfs', '/run');
  mkdirSync(directory());
});
afterAll(() => stage.close());

const script = (name: string, text: string, mode = 0o755) => {
  writeFileSync(join(directory(), name), text);
  chmodSync(join(directory(), name), mode);
};
const codes = async (agent: string, operations: readonly string[]) => {
  const found = [];
  for (const operation of operations) found.push(codeOf(await stage.run(agent, operation)));
  return found;
};

test("Debian's nginx goes through its life", async () => {
  await stage.inside('cp', '/etc/init.d/nginx', directory());
  const life = ['monitor', 'start', 'start', 'monitor', 'stop', 'stop', 'monitor'];
  expect(await codes('lsb:nginx', life)).toEqual([7, 0, 0, 0, 0, 0, 7]);
});

test('operations that init scripts do not have are not run', async () => {
  script('any', '#!/bin/sh\nexit 0\n');
  expect(await codes('lsb:any', ['promote', 'migrate_to'])).toEqual([3, 3]);
});

test('codes of LSB become codes of OCF, with what they mean', async () => {
  script(
    'echo',
    '#!/bin/sh\necho "$1"\ncase $1 in status) exit 2;; stop) exit 7;; *) exit 99;; esac\n',
  );
  expect(await codes('lsb:echo', ['monitor', 'stop', 'start'])).toEqual([7, 0, 1]);
  expect(await stage.run('lsb:echo', 'monitor')).toMatchObject({
    outcome: { exitReason: 'the program is dead and its lock file exists' },
    output: 'status\n',
  });
});

test('a script that is not there or not executable', async () => {
  script('plain', '#!/bin/sh\n', 0o644);
  expect((await stage.run('lsb:plain', 'start')).outcome).toMatchObject({ exitCode: 4 });
  expect((await stage.run('lsb:none', 'start')).outcome).toMatchObject({ exitCode: 5 });
  expect((await stage.run('lsb:../nginx', 'start')).outcome).toMatchObject({ exitCode: 5 });
  expect(codeOf(await stage.run('service:echo', 'stop'))).toBe(0);
});
