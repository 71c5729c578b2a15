/** One daemon, no root, no Corosync: everything that people do with a cluster of one node. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { routes } from '../../src/api/routes.ts';
import { end, exitCode, localCluster, processes, until } from './cluster.ts';
import type { LocalCluster } from './cluster.ts';

/** Makes the program of this run the only one of its kind on the machine. */
const lifetime = String(1_000_000 + process.pid);

const configuration = `version: 1
cluster: local
options:
  fencing-enabled: "false"
resources:
  heartbeat-dummy:
    agent: ocf:heartbeat:Dummy
    monitor: 1s
  pair:
    group:
      first:
        agent: ocf:pacemaker:Dummy
      second:
        agent: command
        parameters:
          command: /bin/sleep ${lifetime}
        monitor: 1s
`;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = localCluster('n1');
  await cluster.start('n1');
});
afterAll(async () => {
  await cluster.holdfast('n1', 'resource', 'stop', 'pair', '--wait');
  await cluster.holdfast('n1', 'resource', 'stop', 'heartbeat-dummy', '--wait');
  await cluster.close();
});

test('before anything is configured, the status says what to do', async () => {
  const { stdout, code } = await cluster.holdfast('n1', 'status');
  expect(code).toBe(0);
  expect(stdout).toContain('DEVELOPMENT');
  expect(stdout).toContain('holdfast apply -f cluster.yaml');
});

test('plan says what would be done, and does nothing', async () => {
  const { stdout, code } = await cluster.holdfast('n1', 'plan', '-f', cluster.file(configuration));
  expect(code).toBe(0);
  expect(stdout).toContain('resources.pair (group) is added');
  expect(stdout).toContain('start first on n1');
  expect((await cluster.status('n1')).configuration.version).toBe(0);
});

test('apply starts everything, and the status fits its schema', async () => {
  const file = cluster.file(configuration);
  const applied = await cluster.holdfast('n1', 'apply', '-f', file, '--wait');
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.stdout).toContain('is in force as configuration 1');
  const status = routes['GET /v1/status'].answer.parse(await cluster.status('n1'));
  expect(status.settled).toBe(true);
  expect(status.resources.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'heartbeat-dummy running',
    'pair running',
  ]);
});

test('export gives back what was written, comments too', async () => {
  const { stdout } = await cluster.holdfast('n1', 'export');
  expect(stdout).toBe(configuration);
});

test('the history tells the decision with its reasons, then the actions', async () => {
  const events = await cluster.history('n1');
  const decision = events.find(
    ({ kind, actions }) => kind === 'decision' && (actions?.length ?? 0) > 2,
  );
  expect(decision?.actions?.join('\n')).toContain('first_start_0 n1: first starts on n1');
  const started = events
    .filter(({ operation }) => operation === 'start')
    .map(({ resource }) => resource);
  expect(new Set(started)).toEqual(new Set(['first', 'heartbeat-dummy', 'second']));
});

test('a decision of the history is made again from what it was made from', async () => {
  const events = await cluster.history('n1');
  const id = events.findLast(({ kind }) => kind === 'decision')?.decision ?? '';
  const again = await cluster.holdfast('n1', 'simulate', '--history', id);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr).toContain(`decision ${id} decided again: the same plan, byte for byte`);
  expect(again.stdout).toContain('start first on n1');
  const kept = join(cluster.directory, `n1/s/decisions/${id}.json.gz`);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  const what = await cluster.holdfast('n1', 'simulate', '--history', kept, '--stop', 'pair');
  expect(what.stdout).not.toContain('start first');
  const unknown = await cluster.holdfast('n1', 'simulate', '--history', '77.7');
  expect(unknown.code).toBe(5);
  expect(unknown.stderr).toContain('Decision 77.7 is not kept on n1.');
  expect(unknown.stderr).toContain(id);
});

test('a resource that is killed is restarted, and its failure is shown until cleaned up', async () => {
  const state = join(cluster.directory, 'n1/r/agents/Dummy-heartbeat-dummy.state');
  rmSync(state);
  await until('restarted', () => existsSync(state));
  await until('settled', async () => (await cluster.status('n1')).settled);
  const before = await cluster.holdfast('n1', 'status');
  expect(before.stdout).toContain('monitor of heartbeat-dummy on n1 failed: not running');
  expect(before.stdout).toMatch(/heartbeat-dummy .*failed once/);
  await cluster.holdfast('n1', 'resource', 'cleanup', 'heartbeat-dummy', '--wait');
  expect((await cluster.status('n1')).failures).toEqual([]);
});

test('stop, start and restart by command', async () => {
  const stop = await cluster.holdfast('n1', 'resource', 'stop', 'pair', '--wait');
  expect(stop.code).toBe(0);
  const stopped = await cluster.holdfast('n1', 'status');
  expect(stopped.stdout).toMatch(/pair +group +STOPPED/);
  expect(stopped.stdout).toContain('undo: holdfast resource start pair');
  expect((await cluster.holdfast('n1', 'resource', 'start', 'pair', '--wait')).code).toBe(0);
  const count = (await cluster.history('n1')).filter(
    ({ operation }) => operation === 'start',
  ).length;
  expect((await cluster.holdfast('n1', 'resource', 'restart', 'second', '--wait')).code).toBe(0);
  const starts = (await cluster.history('n1')).filter(({ operation }) => operation === 'start');
  expect(starts.slice(count).map(({ resource }) => resource)).toEqual(['second']);
});

test('maintenance leaves alone, and has an end', async () => {
  const { stdout } = await cluster.holdfast(
    'n1',
    'resource',
    'maintenance',
    'heartbeat-dummy',
    '--for',
    '10min',
  );
  expect(stdout).toContain('This ends by itself at');
  const [mark] = (await cluster.status('n1')).marks;
  expect((mark?.expiresAt ?? 0) - (mark?.setAt ?? 0)).toBeCloseTo(600_000, -4);
  await cluster.holdfast('n1', 'resource', 'maintenance', 'heartbeat-dummy', '--off', '--wait');
  expect((await cluster.status('n1')).marks).toEqual([]);
});

test('debug runs one operation and shows its result', async () => {
  const monitor = await cluster.holdfast('n1', 'resource', 'debug', 'monitor', 'first');
  expect(monitor).toMatchObject({ code: 0 });
  expect(monitor.stdout).toContain('monitor of first on n1: ok');
  const stop = await cluster.holdfast('n1', 'resource', 'debug', 'stop', 'first');
  expect(stop.code).toBe(7);
  expect(stop.stderr).toContain('The cluster manages first');
});

test('why answers, and corrects a name', async () => {
  const why = await cluster.holdfast('n1', 'why', 'second');
  expect(why.stdout).toContain('second runs on n1.');
  const wrong = await cluster.holdfast('n1', 'why', 'secnod');
  expect(wrong.code).toBe(5);
  expect(wrong.stderr).toContain('did you mean "second"?');
});

test('a secret is stored for this node alone, and never shown', async () => {
  const set = await cluster.feed('n1', 'geheim\n', 'secret', 'set', 'ipmi');
  expect(set).toMatchObject({ code: 0 });
  const path = join(cluster.directory, 'n1/s/secrets/ipmi');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const store = join(cluster.directory, 'n1/s/store');
  const texts = readdirSync(store).map((name) => readFileSync(join(store, name), 'utf8'));
  const shown = [
    (await cluster.holdfast('n1', 'secret', 'list')).stdout,
    (await cluster.holdfast('n1', 'status', '-o', 'json')).stdout,
    cluster.log('n1'),
    ...texts,
  ];
  expect(shown[0]).toContain('ipmi');
  expect(shown.join('\n')).not.toContain('geheim');
});

test.each([
  [
    'a typing error in a key',
    configuration.replace('monitor: 1s', 'monitr: 1s'),
    /:8:5: .*monitr.*monitor/s,
  ],
  ['no YAML at all', 'resources: [', /c\d+\.yaml:1:1\d: /],
  [
    'a dangling reference',
    `${configuration}constraints:\n  - order: [frist, heartbeat-dummy]\n`,
    /frist/,
  ],
  [
    'an unknown agent',
    configuration.replace('ocf:heartbeat:Dummy', 'ocf:heartbeat:Dumy'),
    /:7:5: there is no agent "ocf:heartbeat:Dumy", did you mean "ocf:heartbeat:Dummy"/,
  ],
  [
    'an unknown parameter',
    configuration.replace(
      'agent: ocf:pacemaker:Dummy',
      'agent: ocf:pacemaker:Dummy\n        parameters: { stat: /x }',
    ),
    /:13:\d+: .*"stat".*"state"/,
  ],
  ['a version to come', configuration.replace('version: 1', 'version: 99'), /:1:10: .*version 99/s],
])('a configuration with %s changes nothing', async (_, text, message) => {
  const before = (await cluster.status('n1')).configuration.version;
  const applied = await cluster.holdfast('n1', 'apply', '-f', cluster.file(text));
  expect(applied.code).toBe(6);
  expect(applied.stderr.replaceAll(/\s+/g, ' ')).toMatch(message);
  expect(applied.stderr).toContain('nothing was changed');
  expect((await cluster.status('n1')).configuration.version).toBe(before);
});

test('what comes malformed over the socket is refused, and the daemon goes on', async () => {
  const socketPath = join(cluster.directory, 'n1/r/api.sock');
  const ask = (method: string, path: string, body: string) =>
    new Promise<number | undefined>((resolve) => {
      const sent = request({ socketPath, method, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', () => resolve(0));
      sent.end(body);
    });
  expect(await ask('PUT', '/v1/configuration', '{"source":')).toBe(400);
  expect(await ask('PUT', '/v1/configuration', 'x'.repeat(9_000_000))).toBe(413);
  expect(await ask('BREW', '/v1/status', '')).not.toBe(200);
  expect(await ask('GET', `/v1/${'a'.repeat(20_000)}`, '')).not.toBe(200);
  expect(await ask('GET', '/v1/status', '')).toBe(200);
});

test('a second daemon for the same node is refused with its own exit code', async () => {
  const second = cluster.launch('n1');
  expect(await exitCode(second)).toBe(4);
  expect(cluster.log('n1')).toContain('another daemon is using it');
});

test('agents are listed, and describe themselves', async () => {
  const list = await cluster.holdfast('n1', 'agents', '-o', 'json');
  const names = (JSON.parse(list.stdout) as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['command', 'ocf:heartbeat:IPaddr2']));
  const one = await cluster.holdfast('n1', 'agents', 'ocf:heartbeat:IPaddr2');
  expect(one.stdout).toMatch(/ip {2}string, required/);
  expect(one.stdout).toMatch(/start +timeout 20s/);
});

test('timeouts that nobody wrote are those of the metadata', async () => {
  const socketPath = join(cluster.directory, 'n1/r/read.sock');
  const { createClient } = await import('../../src/cli/client.ts');
  const client = createClient(join(socketPath, '..'));
  const { picture } = await client.call('GET /v1/picture', {});
  const text = JSON.stringify(picture.configuration.resources);
  // The metadata of ocf:pacemaker:Dummy: start 20 s; of the command agent its own.
  expect(text).toContain('"id":"first-start-timeout"');
});

test('completion knows the names that there are', async () => {
  const resources = await cluster.holdfast('n1', 'complete', '--', 'resource', 'stop', '');
  expect(resources.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(
    expect.arrayContaining(['first', 'second', 'pair', 'heartbeat-dummy']),
  );
  const nodes = await cluster.holdfast('n1', 'complete', '--', 'node', 'standby', '');
  expect(nodes.stdout).toMatch(/^n1\b/);
});

test('status --watch and events --follow go on until they are ended', async () => {
  const watched = cluster.follow('n1', 'status', '--watch', '-o', 'json');
  const events = cluster.follow('n1', 'events', '--follow', '--last', '0', '-o', 'json');
  await until('the first status', () => watched.lines().length > 0);
  await cluster.holdfast('n1', 'node', 'maintenance', 'n1', '--for', '1min', '--wait');
  await until('a change', () => watched.lines().length > 1);
  await until('an event', () => events.lines().some((line) => line.includes('in maintenance')));
  await cluster.holdfast('n1', 'node', 'online', 'n1', '--wait');
  await Promise.all([watched.end(), events.end()]);
});

test.runIf(process.getuid?.() === 0)('who may not talk to the daemon is told how to', async () => {
  const { status, stderr } = spawnSync(
    join(import.meta.dirname, '../../bin/holdfast'),
    ['status'],
    {
      env: { HOLDFAST_RUN: join(cluster.directory, 'n1/r'), PATH: process.env['PATH'] },
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
    },
  );
  expect(status).toBe(4);
  expect(stderr).toContain('usermod -aG holdfast');
});

test('metrics are OpenMetrics text', async () => {
  const socketPath = join(cluster.directory, 'n1/r/read.sock');
  const text = await new Promise<string>((resolve) => {
    request({ socketPath, path: '/v1/metrics' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve(body));
    }).end();
  });
  expect(text).toContain('holdfast_quorate 1\n');
  expect(text).toContain('holdfast_resource_running{resource="pair"} 1\n');
  expect(text).toMatch(/# EOF\n$/);
});

test('a daemon that is killed comes back to what it left: nothing is restarted', async () => {
  const program = processes('/bin/sleep', lifetime);
  expect(program).toHaveLength(1);
  const before = await cluster.status('n1');
  await end(cluster.daemon('n1'), 'SIGKILL');
  expect(await cluster.holdfast('n1', 'status')).toMatchObject({ code: 3 });
  await cluster.start('n1');
  await until('settled', async () => (await cluster.status('n1')).settled);
  const after = await cluster.status('n1');
  expect(after.configuration).toEqual(before.configuration);
  expect(after.resources.map(({ state }) => state)).toEqual(['running', 'running']);
  expect(processes('/bin/sleep', lifetime)).toEqual(program);
});

test('what is stopped is what was started: nothing of the old parameters stays behind', async () => {
  const states = ['one', 'two'].map((name) => join(cluster.directory, `${name}.state`));
  const [one = '', two = ''] = states;
  const there = (): readonly boolean[] => states.map((path) => existsSync(path));
  const withState = (path: string): string =>
    configuration.replace(
      'pacemaker:Dummy\n',
      `pacemaker:Dummy\n        parameters: { state: "${path}" }\n`,
    );
  const apply = async (text: string): Promise<void> => {
    const applied = await cluster.holdfast('n1', 'apply', '-f', cluster.file(text), '--wait');
    expect(applied).toMatchObject({ code: 0 });
  };
  await apply(withState(one));
  expect(there()).toEqual([true, false]);
  await apply(withState(two));
  expect(there()).toEqual([false, true]);
  await apply(configuration.replace(/ {6}first:\n.*\n/, ''));
  expect(there()).toEqual([false, false]);
  await apply(configuration);
});

test('a parameter that the agent can take over is taken over: nothing starts anew', async () => {
  const starts = async (what: string): Promise<number> =>
    (await cluster.history('n1')).filter((each) => each.operation === what).length;
  const fake = (line: string): string =>
    configuration.replace(
      'pacemaker:Dummy\n',
      `pacemaker:Dummy\n        parameters: { ${line} }\n`,
    );
  const apply = (text: string) =>
    cluster.holdfast('n1', 'apply', '-f', cluster.file(text), '--wait');
  const before = await starts('start');
  const planned = await cluster.holdfast('n1', 'plan', '-f', cluster.file(fake('fake: other')));
  expect(planned.stdout).toMatch(/reload.* first on n1/);
  expect(await apply(fake('fake: other'))).toMatchObject({ code: 0 });
  expect(await starts('reload-agent')).toBe(1);
  expect(await starts('start')).toBe(before);
  expect(await apply(fake('fake: another'))).toMatchObject({ code: 0 });
  expect(await starts('reload-agent')).toBe(2);
  expect(await starts('start')).toBe(before);
  const state = join(cluster.directory, 'elsewhere.state');
  const changed = cluster.file(fake(`fake: another, state: ${state}`));
  const anew = await cluster.holdfast('n1', 'plan', '-f', changed);
  expect(anew.stdout).toMatch(/stop first on n1[^]*start first on n1/);
  expect(await apply(configuration)).toMatchObject({ code: 0 });
  expect(await starts('start')).toBe(before);
});

test('a daemon that ends by SIGTERM stops nothing and ends with 0', async () => {
  const lone = localCluster('n1');
  try {
    const child = await lone.start('n1');
    await end(child);
    expect(child.exitCode).toBe(0);
    expect(lone.log('n1')).toContain('services go on');
  } finally {
    await lone.close();
  }
});
