/** Programs without an agent: supervised children, and start and stop commands. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { resourceId } from '../../src/core/model/ids.ts';
import type { OperationRequest } from '../../src/core/model/operation.ts';
import {
  codeOf,
  eventually,
  isAlive,
  openStage,
  ownNamespaces,
  until,
  type Stage,
} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(ownNamespaces);
  await stage.inside('ip', 'link', 'set', 'lo', 'up');
});
afterEach(() => run('stop', { command: 'x' }, { timeoutMs: 1000 }));
afterAll(() => stage.close());

type Settings = Readonly<Record<string, string>>;
const run = (operation: string, settings: Settings, rest: Partial<OperationRequest> = {}) =>
  stage.run('command:command', operation, settings, rest);
const pidOf = () =>
  Number(readFileSync(join(stage.directory, 'run/services/test.pid'), 'utf8').split(' ')[0]);
/** A server that takes a while before it listens. */
const server = (port: number, afterMs: number, status = 200) =>
  JSON.stringify([
    process.execPath,
    '-e',
    `setTimeout(() => require('http').createServer((q, r) => { r.statusCode = ${String(status)};
     r.end(); }).listen(${String(port)}), ${String(afterMs)})`,
  ]);

test('a child goes through its life', async () => {
  const sleeper = { command: '/bin/sleep 1000' };
  const codes = [];
  for (const operation of ['monitor', 'start', 'start', 'monitor', 'stop', 'stop', 'monitor']) {
    codes.push(codeOf(await run(operation, sleeper)));
  }
  expect(codes).toEqual([7, 0, 0, 0, 0, 0, 7]);
});

test('its end is told at once, and it can be started again: away for less than 50 ms', async () => {
  const sleeper = { command: 'sleep 1000' };
  const awayMs = [];
  await run('start', sleeper);
  // The best of some: other work on the machine takes the processor for longer than all of this.
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = stage.exits.length;
    const killedAt = performance.now();
    process.kill(pidOf(), 'SIGKILL');
    await until(() => stage.exits.length > before);
    expect(codeOf(await run('start', sleeper))).toBe(0);
    awayMs.push(performance.now() - killedAt);
    expect(stage.exits.at(-1)).toMatchObject({ resource: 'test', detail: 'SIGKILL' });
  }
  expect(Math.min(...awayMs)).toBeLessThan(50);
});

test('a program runs as its user, in its directory, with its environment alone', async () => {
  const directory = join(stage.directory, 'www');
  mkdirSync(directory);
  await stage.inside('chown', 'nobody', directory);
  await stage.inside('chmod', '755', stage.directory);
  const command = `sh -c 'env > env; id -un > user; exec sleep 1000'`;
  const settings = { command, directory, user: 'nobody', environment: 'A="1 2"' };
  expect(codeOf(await run('start', settings))).toBe(0);
  await until(() => existsSync(join(directory, 'user')) && readText(directory, 'user') !== '');
  expect(readText(directory, 'user')).toBe('nobody\n');
  const names = readText(directory, 'env').trim().split('\n').toSorted();
  expect(names).toContain('A=1 2');
  expect(names.map((line) => line.split('=')[0])).toEqual([
    'A',
    'HOLDFAST_NODE',
    'HOLDFAST_RESOURCE',
    'HOME',
    'LC_ALL',
    'LOGNAME',
    'PATH',
    'PWD',
    'SHELL',
    'USER',
  ]);
});
const readText = (...path: readonly string[]) => readFileSync(join(...path), 'utf8');

test('a start with a monitor ends when the service answers', async () => {
  const settings = {
    command: server(8081, 300),
    http: 'http://127.0.0.1:8081/',
    http_status: '200',
  };
  const started = await run('start', settings);
  expect(codeOf(started)).toBe(0);
  expect(started.durationMs).toBeGreaterThan(250);
  expect(codeOf(await run('monitor', settings))).toBe(0);
  process.kill(pidOf(), 'SIGSTOP');
  expect((await run('monitor', settings, { timeoutMs: 300 })).outcome).toEqual({
    kind: 'exited',
    exitCode: 1,
    exitReason: 'http://127.0.0.1:8081/ had not answered in time',
  });
  process.kill(pidOf(), 'SIGCONT');
});

test('a program that ends while it is looked at is not waited for', async () => {
  const silent = `require('net').createServer(() => undefined).listen(8085)`;
  const other = { resource: resourceId('silent') };
  const command = JSON.stringify([process.execPath, '-e', silent]);
  await run('start', { command, tcp: '127.0.0.1:8085' }, other);
  await run('start', { command: 'sleep 1000' });
  onTestFinished(async () => void (await run('stop', { command: 'x' }, other)));
  const looked = run('monitor', { command: 'sleep 1000', http: 'http://127.0.0.1:8085/' });
  await eventually(async () => {
    const connections = await stage.inside('ss', '-Htn', 'state', 'established', 'dport = 8085');
    expect(connections).not.toBe('');
  });
  process.kill(pidOf(), 'SIGKILL');
  const { outcome, durationMs } = await looked;
  expect(outcome).toEqual({ kind: 'exited', exitCode: 7, exitReason: 'SIGKILL' });
  expect(durationMs).toBeLessThan(10_000);
});

test('a wrong status or a closed port is an error while the program runs', async () => {
  const http = { command: server(8082, 0, 503), http: 'http://127.0.0.1:8082/' };
  const timedOut = await run('start', http, { timeoutMs: 700 });
  expect(timedOut.outcome).toEqual({ kind: 'timed-out' });
  expect(codeOf(await run('monitor', http))).toBe(7);

  await run('start', { command: 'sleep 1000' });
  const tcp = { command: 'sleep 1000', tcp: '127.0.0.1:8083' };
  expect((await run('monitor', tcp)).outcome).toMatchObject({
    exitCode: 1,
    exitReason: '127.0.0.1:8083: ECONNREFUSED',
  });
});

test('a program that ends while it starts says how, with its last words', async () => {
  const settings = { command: `sh -c 'echo port in use; sleep 0.1; exit 3'`, tcp: '8084' };
  const started = await run('start', settings);
  expect(started.outcome).toMatchObject({
    exitCode: 1,
    exitReason: 'it ended while it started: exit code 3',
  });
  expect(started.output).toBe('port in use\n');
});

test('a stop takes its signal, then SIGKILL in time', async () => {
  const mark = join(stage.directory, 'mark');
  const polite = {
    command: `sh -c 'trap "echo > ${mark}; exit 0" INT; while :; do sleep 0.01; done'`,
  };
  await run('start', polite);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await run('stop', { ...polite, stop_signal: 'INT' })).outcome).toMatchObject({
    exitCode: 0,
    exitReason: 'exit code 0',
  });
  expect(existsSync(mark)).toBe(true);
  const stubborn = { command: `sh -c 'trap "" TERM; while :; do sleep 1; done'` };
  await run('start', stubborn);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const pid = pidOf();
  const stopped = await run('stop', stubborn, { timeoutMs: 3000 });
  expect(stopped.outcome).toMatchObject({ exitCode: 0, exitReason: 'SIGKILL' });
  expect(stopped.durationMs).toBeLessThan(3000);
  expect(isAlive(pid)).toBe(false);
});

test('a cancelled start leaves nothing', async () => {
  const settings = { command: 'sleep 1000', tcp: '127.0.0.1:8085' };
  const starting = run('start', settings, { operationId: 'never-up' });
  await until(() => existsSync(join(stage.directory, 'run/services/test.pid')));
  const pid = pidOf();
  await stage.call('cancel', 'never-up');
  expect((await starting).outcome).toEqual({ kind: 'cancelled' });
  expect(isAlive(pid)).toBe(false);
});

test('wrong settings name the parameter, and do not keep a running program from being stopped', async () => {
  expect((await run('start', { command: 'app | tee log' })).outcome).toMatchObject({
    exitCode: 6,
    exitReason: expect.stringContaining('parameter command has |'),
  });
  expect((await run('start', { command: '/no/such/program' })).outcome).toMatchObject({
    kind: 'not-run',
    exitCode: 5,
  });
  await run('start', { command: 'sleep 1000' });
  const pid = pidOf();
  expect(codeOf(await run('stop', { comand: 'sleep' }))).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test('start and stop commands: a stop is not believed while the service answers', async () => {
  const flag = join(stage.directory, 'flag');
  const program = join(stage.directory, 'ctl');
  writeFileSync(
    program,
    `#!/bin/sh\ncase $1 in start) touch ${flag};; stop) rm -f ${flag};; status) test -e ${flag} || exit 3;; esac\n`,
    { mode: 0o755 },
  );
  const settings = {
    mode: 'start-stop',
    start: `${program} start`,
    stop: `${program} stop`,
    monitor: `${program} status`,
  };
  const codes = [];
  for (const operation of ['monitor', 'start', 'monitor', 'stop', 'monitor']) {
    codes.push(codeOf(await run(operation, settings)));
  }
  expect(codes).toEqual([7, 0, 0, 0, 7]);
  await run('start', settings);
  expect((await run('stop', { ...settings, stop: 'true' })).outcome).toMatchObject({
    exitCode: 1,
    exitReason: 'it still runs after its stop command',
  });
  rmSync(flag);
});

test('what a program prints goes to the journal under its name', async () => {
  await stage.inside('mount', '-t', 'tmpfs', 'tmpfs', '/run');
  await stage.inside('mkdir', '-p', '/run/systemd/journal');
  const seen = join(stage.directory, 'journal');
  const journal = `require('net').createServer((s) => {
    s.pipe(require('fs').createWriteStream('${seen}')).on('finish', () => process.exit());
  }).listen('/run/systemd/journal/stdout')`;
  const listening = stage.inside('timeout', '20', process.execPath, '-e', journal);
  await eventually(() => stage.inside('test', '-S', '/run/systemd/journal/stdout'));
  await run('start', { command: `sh -c 'echo first line; echo second >&2; exec sleep 1000'` });
  await until(() => existsSync(seen) && readFileSync(seen, 'utf8').endsWith('second\n'));
  expect(readFileSync(seen, 'utf8')).toBe('test\n\n6\n0\n0\n0\n0\nfirst line\nsecond\n');
  await run('stop', { command: 'x' });
  await listening;
});

test('a daemon that comes back finds its program and is told of its end', async () => {
  const sleeper = { command: 'sleep 1000' };
  await run('start', sleeper);
  const pid = pidOf();
  await stage.crash();
  stage = await openStage({ ...ownNamespaces, former: stage });
  expect(codeOf(await run('monitor', sleeper))).toBe(0);
  process.kill(pid, 'SIGTERM');
  await until(() => stage.exits.length === 1);
  expect(stage.exits[0]).toMatchObject({ resource: 'test', detail: 'SIGTERM' });
});
