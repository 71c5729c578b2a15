import { mkdtempSync, readFileSync, writeFileSync, existsSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { ProcessRequest } from '../../agents/process.ts';
import { createStartProcess } from './launch.ts';
import { readProcess } from './orphans.ts';
import { createSpares } from './spare.ts';

const launcher = new URL('../../../native/build/holdfast-launch', import.meta.url).pathname;
const start = createStartProcess({ launchers: createSpares(launcher, [], 0) });
const directory = mkdtempSync(join(tmpdir(), 'holdfast-launch-'));

const request = (script: string, rest: Partial<ProcessRequest> = {}): ProcessRequest => ({
  argv: ['/bin/sh', '-c', script],
  environment: { PATH: '/usr/bin:/bin' },
  timeoutMs: 10_000,
  outputBytesMax: 8192,
  ...rest,
});
const run = (script: string, rest: Partial<ProcessRequest> = {}) =>
  start(request(script, rest)).result;

test('the exit code and both streams in true order come back', async () => {
  const result = await run('echo one; echo two >&2; echo three; exit 7');
  expect(result.outcome).toEqual({ kind: 'exited', exitCode: 7 });
  expect(result.output).toBe('one\ntwo\nthree\n');
  expect(result.durationMs).toBeGreaterThan(0);
});

test('the streams can be kept apart', async () => {
  const result = await run('echo one; echo two >&2', { separateErrors: true });
  expect([result.output, result.errorOutput]).toEqual(['one\n', 'two\n']);
});

test('death by a signal is told as that', async () => {
  expect((await run('kill -SEGV $$')).outcome).toEqual({ kind: 'signaled', signal: 11 });
});

test('100 MB of output keep the last part and do not block', async () => {
  const result = await run('head -c 100000000 /dev/zero; echo; echo the end');
  expect(result.outcome).toEqual({ kind: 'exited', exitCode: 0 });
  expect(result.outputBytesTotal).toBe(100_000_009);
  expect(result.output.length).toBe(8192);
  expect(result.output.endsWith('\nthe end\n')).toBe(true);
});

test('a file gets the output as it comes, its first mebibyte, and nobody inherits it', async () => {
  const liveFile = join(directory, 'live');
  writeFileSync(liveFile, '');
  const running = run('echo one; ls -l /proc/self/fd; sleep 1; echo two >&2', { liveFile });
  await vi.waitFor(() => expect(readFileSync(liveFile, 'utf8')).toContain('one\n'));
  expect(readFileSync(liveFile, 'utf8')).not.toContain('two');
  expect((await running).output).toBe(readFileSync(liveFile, 'utf8'));
  expect(readFileSync(liveFile, 'utf8')).not.toContain(liveFile);
  writeFileSync(liveFile, '');
  const long = await run('head -c 3000000 /dev/zero', { liveFile });
  expect([long.outputBytesTotal, readFileSync(liveFile).length]).toEqual([3_000_000, 1 << 20]);
});

test('standard input is given whole, and is empty otherwise', async () => {
  const standardInput = 'a=b\n'.repeat(10_000);
  const result = await run('wc -c', { standardInput });
  expect(result.output.trim()).toBe('40000');
  expect((await run('wc -c')).output.trim()).toBe('0');
});

test('a program that reads none of its input does not block', async () => {
  const result = await run('exit 3', { standardInput: 'x'.repeat(65_536) });
  expect(result.outcome).toEqual({ kind: 'exited', exitCode: 3 });
});

test('input above 64 KiB is refused', async () => {
  const { outcome } = await run('exit 0', { standardInput: 'x'.repeat(65_537) });
  expect(outcome).toEqual({ kind: 'not-run', stage: 'input', error: 'EFBIG' });
});

test('nothing of the environment, the descriptors and the session is inherited', async () => {
  const result = await run('env | sort; ls /proc/self/fd; umask; pwd', {
    environment: { PATH: '/usr/bin:/bin', ONLY: 'this' },
  });
  const lines = result.output.trim().split('\n');
  expect(lines.filter((line) => !/^(PWD|_|OLDPWD|SHLVL)=/.test(line))).toEqual([
    'ONLY=this',
    'PATH=/usr/bin:/bin',
    '0',
    '1',
    '2',
    '3', // the directory that ls reads
    '0022',
    '/',
  ]);
});

test('output reopens through /dev/stderr, as some agents do', async () => {
  const result = await run('echo reopened > /dev/stderr');
  expect(result.output).toBe('reopened\n');
});

test('a timeout ends what ignores TERM, detached itself and forked twice', async () => {
  const mark = join(directory, 'pids');
  const hostile =
    `echo $$ >> ${mark}; trap '' TERM HUP; ` +
    `(setsid sh -c 'trap "" TERM; echo $$ >> ${mark}; (sleep 1000 & echo $! >> ${mark}); ` +
    `sleep 1000' &) ; sleep 1000`;
  const result = await run(hostile, { timeoutMs: 300 });
  expect(result.outcome).toEqual({ kind: 'timed-out' });
  const pids = readFileSync(mark, 'utf8').trim().split('\n').map(Number);
  expect(pids.length).toBe(3);
  expect(pids.map(readProcess)).toEqual([undefined, undefined, undefined]);
});

test('cancel ends all of it', async () => {
  const mark = join(directory, 'cancel');
  const running = start(request(`(setsid sleep 1000 & echo $! > ${mark}); sleep 1000`));
  while (!existsSync(mark)) await sleep(5);
  await sleep(20);
  running.cancel();
  expect((await running.result).outcome).toEqual({ kind: 'cancelled' });
  expect(readProcess(Number(readFileSync(mark, 'utf8')))).toBeUndefined();
});

test('what a finished program left behind goes on, and is not hurt when it prints later', async () => {
  const mark = join(directory, 'left');
  const script = `(sleep 2; echo later; echo later; echo alive > ${mark}) & exit 0`;
  const result = await run(script);
  expect(result.outcome).toEqual({ kind: 'exited', exitCode: 0 });
  expect(result.durationMs).toBeLessThan(1900);
  while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await sleep(20);
  expect(readFileSync(mark, 'utf8')).toBe('alive\n');
});

test('a program that cannot be run says where it failed and why', async () => {
  const script = join(directory, 'program');
  const outcome = async (text: string, mode: number, rest: Partial<ProcessRequest> = {}) => {
    writeFileSync(script, text, { mode: 0o700 });
    chmodSync(script, mode);
    return (await start({ ...request(''), argv: [script], ...rest }).result).outcome;
  };
  expect(await outcome('#!/bin/sh\n', 0o644)).toEqual(notRun('exec', 'EACCES'));
  expect(await outcome('#!/no/such\n', 0o755)).toEqual(notRun('exec', 'ENOENT'));
  expect(await outcome('exit 0\n', 0o755)).toEqual(notRun('exec', 'ENOEXEC'));
  expect(await outcome('#!/bin/sh\n', 0o755, { user: 'no-such-user' })).toEqual(
    notRun('user', 'ENOENT'),
  );
  expect(await outcome('#!/bin/sh\n', 0o755, { directory: '/no/such' })).toEqual(
    notRun('directory', 'ENOENT'),
  );
});

test('a launcher that is not there is not-run, too', async () => {
  const broken = createStartProcess({ launchers: createSpares('/no/such/launcher', [], 1) });
  expect((await broken(request('exit 0')).result).outcome).toEqual(notRun('fork', 'ENOENT'));
});

test('a launcher that was killed is never taken for a proven end', async () => {
  const mark = join(directory, 'parent');
  const running = start(request(`echo $PPID $$ > ${mark}; exec sleep 1000`));
  while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await sleep(5);
  await sleep(100); // until the launcher has said what it started
  const [launcherPid = 0, program = 0] = readFileSync(mark, 'utf8').split(' ').map(Number);
  process.kill(launcherPid, 'SIGKILL');
  expect((await running.result).outcome).toEqual({ kind: 'unkillable', processes: [] });
  expect(readProcess(program)).toBeUndefined();
});

const notRun = (stage: string, error: string) => ({ kind: 'not-run', stage, error });
