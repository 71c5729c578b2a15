/** Real OCF agents of Debian, in network and mount namespaces of the test's own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openStage, ownNamespaces, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(ownNamespaces);
  await stage.inside('ip', 'link', 'set', 'lo', 'up');
  await stage.inside('ip', 'link', 'add', 'hf0', 'type', 'veth', 'peer', 'name', 'hf1');
  await stage.inside('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'hf0');
  await stage.inside('ip', 'link', 'set', 'hf0', 'up');
  await stage.inside('ip', 'link', 'set', 'hf1', 'up');
});
afterAll(() => stage.close());

/** monitor, start, start, monitor, stop, stop, monitor: what every agent must do. */
async function cycle(agent: string, parameters: Readonly<Record<string, string>>) {
  const codes = [];
  for (const operation of ['monitor', 'start', 'start', 'monitor', 'stop', 'stop', 'monitor']) {
    const result = await stage.run(agent, operation, parameters, { timeoutMs: 60_000 });
    codes.push(codeOf(result));
  }
  return codes;
}
const goodCycle = [7, 0, 0, 0, 0, 0, 7];

test('Dummy goes through its life', async () => {
  expect(await cycle('ocf:heartbeat:Dummy', {})).toEqual(goodCycle);
});

test('IPaddr2 brings an address and takes it away', async () => {
  const ip = { ip: '192.0.2.77', cidr_netmask: '24', nic: 'hf0' };
  expect(await cycle('ocf:heartbeat:IPaddr2', ip)).toEqual(goodCycle);
  expect(codeOf(await stage.run('ocf:heartbeat:IPaddr2', 'start', ip))).toBe(0);
  expect(await stage.inside('ip', '-4', 'address', 'show', 'hf0')).toContain('192.0.2.77/24');
  expect(codeOf(await stage.run('ocf:heartbeat:IPaddr2', 'stop', ip))).toBe(0);
  expect(await stage.inside('ip', '-4', 'address', 'show', 'hf0')).not.toContain('192.0.2.77');
});

test('the reason that an agent gives for its exit code is kept', async () => {
  expect((await stage.run('ocf:heartbeat:IPaddr2', 'start')).outcome).toEqual({
    kind: 'exited',
    exitCode: 6,
    exitReason: 'IP address (the ip parameter) is mandatory',
  });
});

test('Filesystem mounts and unmounts a file', async () => {
  const image = join(stage.directory, 'image');
  const directory = join(stage.directory, 'mounted');
  mkdirSync(directory);
  await stage.inside('truncate', '--size=16M', image);
  await stage.inside('mkfs.ext4', '-q', image);
  const parameters = { device: image, directory, fstype: 'ext4', options: 'loop' };
  expect(await cycle('ocf:heartbeat:Filesystem', parameters)).toEqual(goodCycle);
  expect(codeOf(await stage.run('ocf:heartbeat:Filesystem', 'start', parameters))).toBe(0);
  expect(await stage.inside('findmnt', '--noheadings', '-o', 'FSTYPE', directory)).toBe('ext4\n');
  expect(codeOf(await stage.run('ocf:heartbeat:Filesystem', 'stop', parameters))).toBe(0);
});

test('nginx runs outside of the operation, and answers', async () => {
  const configuration = join(stage.directory, 'nginx.conf');
  writeFileSync(
    configuration,
    `pid ${stage.directory}/nginx.pid; error_log ${stage.directory}/error.log;
     events {} http { access_log off; server { listen 8080; return 200 "it runs\\n"; } }`,
  );
  const parameters = { configfile: configuration, status10url: 'http://127.0.0.1:8080/' };
  const nginx = 'ocf:heartbeat:nginx';
  expect(await cycle(nginx, parameters)).toEqual(goodCycle);
  expect(codeOf(await stage.run(nginx, 'start', parameters))).toBe(0);
  expect(await stage.call('get', 'http://127.0.0.1:8080/')).toBe('it runs\n');
  const master = Number(readFileSync(join(stage.directory, 'nginx.pid'), 'utf8'));
  expect(await stage.call('processes', 'test')).toContain(master);
  expect(readFileSync(`/proc/${String(master)}/cgroup`, 'utf8')).toContain('/test.resource/op-');
  expect(readFileSync(`/proc/${String(master)}/oom_score_adj`, 'utf8')).toBe('0\n');
  expect(codeOf(await stage.run(nginx, 'stop', parameters))).toBe(0);
  expect(await stage.call('processes', 'test')).toEqual([]);
});

test('Stateful of the pacemaker provider is promoted and demoted', async () => {
  const agent = 'ocf:pacemaker:Stateful';
  const codes = [];
  for (const operation of ['start', 'promote', 'monitor', 'demote', 'monitor', 'stop', 'monitor']) {
    codes.push(codeOf(await stage.run(agent, operation, {}, { meta: { 'clone-max': '2' } })));
  }
  expect(codes).toEqual([0, 0, 8, 0, 0, 0, 7]);
});

test('an agent that does not know an operation says so', async () => {
  expect(codeOf(await stage.run('ocf:heartbeat:Dummy', 'promote'))).toBe(3);
});

test('an agent that is not there is not installed, and where it was looked for is said', async () => {
  expect((await stage.run('ocf:heartbeat:NoSuch', 'start')).outcome).toEqual({
    kind: 'not-run',
    exitCode: 5,
    reason: 'there is no /usr/lib/ocf/resource.d/heartbeat/NoSuch on this node',
  });
  expect(codeOf(await stage.run('ocf:heartbeat:.ocf-shellfuncs', 'start'))).toBe('not-run');
  expect(codeOf(await stage.run('nagios:check', 'start'))).toBe(5);
});

test('a secret reaches the agent and nothing else', async () => {
  const secrets = join(stage.directory, 'run/secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  writeFileSync(join(secrets, 'fake'), 'hunter2\n', { mode: 0o600 });
  const agents = join(stage.directory, 'ocf/resource.d/own');
  mkdirSync(agents, { recursive: true });
  const agent = join(agents, 'Teller');
  writeFileSync(
    agent,
    '#!/bin/sh\necho "got $OCF_RESKEY_password"; printf %s "$OCF_RESKEY_password" > "$OCF_RESKEY_to"\n' +
      'echo "ocf-exit-reason:no entry for $OCF_RESKEY_password" >&2\nexit 1\n',
    { mode: 0o755 },
  );
  const own = await openStage({
    ...ownNamespaces,
    former: stage,
    words: [`ocf=${join(stage.directory, 'ocf')}`],
  });
  const to = join(stage.directory, 'told');
  const result = await own.run('ocf:own:Teller', 'start', { password: 'secret:fake', to });
  expect(readFileSync(to, 'utf8')).toBe('hunter2');
  expect(result.outcome).toMatchObject({ exitReason: 'no entry for [secret]' });
  expect(JSON.stringify(result)).not.toContain('hunter2');
  const missing = await own.run('ocf:own:Teller', 'start', { password: 'secret:other' });
  expect(missing.outcome).toEqual({
    kind: 'not-run',
    exitCode: 6,
    reason: 'parameter password: secret other is not on this node',
  });
  await own.crash();
  expect(existsSync(to)).toBe(true);
});
