import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { ServiceProgram } from '../../agents/command/supervisor.ts';
import { readProcess } from './orphans.ts';
import { createSpares, type Spares } from './spare.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

const program = new URL('../../../native/build/holdfast-supervise', import.meta.url).pathname;
const supervisors = createSpares(program, [], 1);
const open: { supervisor: Supervisor; resources: string[] }[] = [];

/** A daemon's supervisor; what still runs is stopped after the test. */
function newSupervisor(directory = mkdtempSync(join(tmpdir(), 'holdfast-services-'))) {
  const supervisor = createSupervisor({ supervisors, directory, cgroups: undefined });
  const exits: [string, string, number][] = [];
  supervisor.onExit((resource, detail) => exits.push([resource, detail, performance.now()]));
  const one = { supervisor, resources: ['web'], directory, exits };
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const { supervisor, resources } of open.splice(0)) {
    for (const resource of resources) {
      await supervisor.stop(resource, 'SIGKILL', 0).catch(() => undefined); // closed
    }
    supervisor.close();
  }
});

const shell = (script: string): ServiceProgram => ({
  argv: ['/bin/sh', '-c', script],
  environment: { PATH: '/usr/bin:/bin' },
});
const sleeper = shell('exec sleep 1000');

/** The process id of the supervisor of a program. */
const supervisorOf = (pid: number) => readProcess(pid)?.parent ?? 0;

async function until(condition: () => boolean, waitMs = 2000) {
  const deadline = performance.now() + waitMs;
  while (!condition() && performance.now() < deadline) await sleep(5);
  expect(condition()).toBe(true);
}

test('a program runs until it is asked to stop', async () => {
  const { supervisor, exits } = newSupervisor();
  expect(await supervisor.state('web')).toEqual({ kind: 'absent' });
  const started = await supervisor.start('web', sleeper);
  const pid = started.kind === 'started' ? started.pid : 0;
  expect(await supervisor.state('web')).toEqual({ kind: 'running', pid });
  await expect(supervisor.start('web', sleeper)).rejects.toThrow('runs already');
  expect(await supervisor.stop('web', 'SIGTERM', 5000)).toEqual({
    kind: 'ended',
    detail: 'SIGTERM',
  });
  expect(readProcess(pid)).toBeUndefined();
  expect(exits).toEqual([]);
  expect((await supervisor.start('web', sleeper)).kind).toBe('started');
});

test.each([
  ['after it has said that the program runs', true],
  ['before it has said anything', false],
])('a supervisor that is killed %s does not leave its program unseen', async (_when, says) => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-services-'));
  const fatal: Spares = {
    start: (argv, environment) => {
      const socket = supervisors.start(argv, environment);
      if (argv.includes('--adopt-pid')) return socket;
      const told = new PassThrough();
      socket.once('data', (text: Buffer) => {
        const pid = Number(/^started (\d+)/.exec(String(text))?.[1]);
        process.kill(supervisorOf(pid), 'SIGKILL');
        told.end(says ? text : '');
      });
      return told as never;
    },
    close: () => undefined,
  };
  const supervisor = createSupervisor({ supervisors: fatal, directory, cgroups: undefined });
  open.push({ supervisor, resources: ['web'] });
  const started = await supervisor.start('web', sleeper);
  const state = await supervisor.state('web');
  expect(state.kind).toBe('running');
  expect(started).toEqual({ kind: 'started', pid: state.kind === 'running' ? state.pid : 0 });
  expect(await supervisor.stop('web', 'SIGTERM', 5000)).toMatchObject({ kind: 'ended' });
  expect(readProcess(state.kind === 'running' ? state.pid : 0)).toBeUndefined();
});

test('nothing stays behind of a program that has ended', async () => {
  const { supervisor, directory } = newSupervisor();
  const started = await supervisor.start('web', sleeper);
  const former = supervisorOf(started.kind === 'started' ? started.pid : 0);
  await supervisor.stop('web', 'SIGTERM', 5000);
  await until(() => readProcess(former) === undefined);
  expect(readdirSync(directory)).toEqual([]);
});

test('an end that nobody asked for is told at once, with how and the last output', async () => {
  const { supervisor, exits } = newSupervisor();
  const started = await supervisor.start('web', shell('echo starting; sleep 0.1; echo no; exit 3'));
  expect(started.kind).toBe('started');
  await until(() => exits.length > 0);
  expect(exits[0]?.slice(0, 2)).toEqual(['web', 'exit code 3']);
  expect(await supervisor.state('web')).toEqual({ kind: 'ended', detail: 'exit code 3' });
  expect(await supervisor.output('web')).toBe('starting\nno\n');
});

test('from the end of a program to the news of it are a few milliseconds', async () => {
  const { supervisor, exits } = newSupervisor();
  const tookMs = [];
  // The best of some: other work on the machine takes the processor for longer than that.
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const started = await supervisor.start('web', sleeper);
    const killedAt = performance.now();
    process.kill(started.kind === 'started' ? started.pid : 0, 'SIGKILL');
    await until(() => exits.length === attempt);
    tookMs.push((exits.at(-1)?.[2] ?? Infinity) - killedAt);
  }
  expect(exits[0]?.[1]).toBe('SIGKILL');
  expect(Math.min(...tookMs)).toBeLessThan(20);
});

test('what ignores its signal is killed, and all that it started with it', async () => {
  const { supervisor, directory } = newSupervisor();
  const mark = join(directory, 'mark');
  const stubborn = shell(
    `trap '' TERM; (setsid sh -c "trap '' TERM; echo \\$\\$ > ${mark}; sleep 1000" &); ` +
      'while :; do sleep 1; done',
  );
  await supervisor.start('web', stubborn);
  await until(() => readdirSync(directory).includes('mark'));
  await sleep(50);
  expect(await supervisor.stop('web', 'SIGTERM', 200)).toEqual({
    kind: 'ended',
    detail: 'SIGKILL',
  });
  expect(readProcess(Number(readFileSync(mark, 'utf8')))).toBeUndefined();
});

test('an end is told when the rest of the program is gone as well', async () => {
  const { supervisor, exits, directory } = newSupervisor();
  const mark = join(directory, 'mark');
  await supervisor.start('web', shell(`setsid sleep 1000 & echo $! > ${mark}; exit 0`));
  await until(() => exits.length > 0);
  expect(readProcess(Number(readFileSync(mark, 'utf8')))).toBeUndefined();
});

test('a program that cannot be run is no service', async () => {
  const { supervisor, directory } = newSupervisor();
  const refused = await supervisor.start('web', { ...sleeper, argv: ['/no/such'] });
  expect(refused).toEqual({ kind: 'not-run', stage: 'exec', error: 'ENOENT' });
  expect(await supervisor.state('web')).toEqual({ kind: 'absent' });
  expect(readdirSync(directory)).toEqual([]);
});

test('a restarted daemon finds its programs again', async () => {
  const first = newSupervisor();
  const started = await first.supervisor.start('web', sleeper);
  first.supervisor.close();
  const second = newSupervisor(first.directory);
  const pid = started.kind === 'started' ? started.pid : 0;
  expect(await second.supervisor.state('web')).toEqual({ kind: 'running', pid });
  process.kill(pid, 'SIGTERM');
  await until(() => second.exits.length > 0);
  expect(first.exits).toEqual([]);
});

test('what ended while no daemon was there is known to the next', async () => {
  const first = newSupervisor();
  const started = await first.supervisor.start('web', sleeper);
  first.supervisor.close();
  process.kill(started.kind === 'started' ? started.pid : 0, 'SIGKILL');
  const second = newSupervisor(first.directory);
  await until(() => readProcess(started.kind === 'started' ? started.pid : 0) === undefined);
  await sleep(20);
  expect(await second.supervisor.state('web')).toEqual({ kind: 'ended', detail: 'SIGKILL' });
  expect((await second.supervisor.start('web', sleeper)).kind).toBe('started');
});

test('a program whose supervisor was killed goes on, is watched and can be stopped', async () => {
  const { supervisor, exits } = newSupervisor();
  const talker = shell('i=0; while :; do i=$((i+1)); echo line $i; sleep 0.02; done');
  const started = await supervisor.start('web', talker);
  const pid = started.kind === 'started' ? started.pid : 0;
  const former = supervisorOf(pid);
  process.kill(former, 'SIGKILL');
  // It goes on printing, and somebody goes on reading it.
  await expect.poll(() => supervisor.output('web'), { timeout: 10_000 }).toMatch(/line \d\d\n$/);
  expect(await supervisor.state('web')).toEqual({ kind: 'running', pid });
  expect(exits).toEqual([]);
  process.kill(pid, 'SIGKILL');
  await until(() => exits.length > 0);
  expect(exits[0]?.slice(0, 2)).toEqual(['web', 'its exit code is not known']);
});

test('a stop that its supervisor did not live to see is done by the next one', async () => {
  const { supervisor } = newSupervisor();
  const slow = shell("trap 'sleep 0.2; exit 0' TERM; while :; do sleep 0.01; done");
  const started = await supervisor.start('web', slow);
  const pid = started.kind === 'started' ? started.pid : 0;
  const stopped = supervisor.stop('web', 'SIGTERM', 3000);
  process.kill(supervisorOf(pid), 'SIGKILL');
  expect((await stopped).kind).toBe('ended');
  expect(readProcess(pid)).toBeUndefined();
});

test('supervisor and program gone while no daemon was there: it has ended', async () => {
  const first = newSupervisor();
  const started = await first.supervisor.start('web', sleeper);
  const pid = started.kind === 'started' ? started.pid : 0;
  first.supervisor.close();
  process.kill(supervisorOf(pid), 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await until(() => readProcess(pid) === undefined);
  const second = newSupervisor(first.directory);
  expect((await second.supervisor.state('web')).kind).toBe('ended');
});

test('a process that only has the number of a former program is not taken for it', async () => {
  const first = newSupervisor();
  first.supervisor.close();
  writeFileSync(join(first.directory, 'web.pid'), `${String(process.pid)} 1\nweb\n`);
  const second = newSupervisor(first.directory);
  expect((await second.supervisor.state('web')).kind).toBe('ended');
  expect(readProcess(process.pid)).toBeDefined();
});

test('a program that somebody else has started is looked after, and ended when it does not hear', async () => {
  const { supervisor } = newSupervisor();
  const deaf = spawn('/bin/sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 0.01; done']);
  await once(deaf.stdout, 'data');
  const pid = deaf.pid ?? 0;
  expect(await supervisor.adopt('web', pid)).toEqual({ kind: 'running', pid });
  expect(await supervisor.adopt('web', pid)).toEqual({ kind: 'running', pid });
  const asked = performance.now();
  expect((await supervisor.stop('web', 'SIGTERM', 200)).kind).toBe('ended');
  expect(performance.now() - asked).toBeLessThan(3000);
  expect(readProcess(pid)).toBeUndefined();
  expect((await supervisor.adopt('web', pid)).kind).toBe('ended');
});

test('a name of any length and kind has its files in the directory', async () => {
  const { supervisor, resources, directory } = newSupervisor();
  const odd = `../${'x'.repeat(200)}/ä`;
  resources.push(odd);
  expect((await supervisor.start(odd, sleeper)).kind).toBe('started');
  expect(readdirSync(directory).length).toBe(2);
  const second = newSupervisor(directory);
  expect((await second.supervisor.state(odd)).kind).toBe('running');
});
