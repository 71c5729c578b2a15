/** Units, and services of agents, under a real systemd as process 1 of a node of namespaces. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { codeOf, eventually, openStage, type Stage } from './stage.ts';
import { bootSystemd, type SystemdNode } from './systemd-node.ts';

let node: SystemdNode;
let stage: Stage;
const bare = 'DefaultDependencies=no';
const service = (lines: string, unit = '') =>
  `[Unit]\nDefaultDependencies=no\n${unit}\n[Service]\n${lines}\n`;

beforeAll(async () => {
  node = await bootSystemd();
  await node.unit(
    'web.service',
    service('ExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=0'),
  );
  await node.unit('broken.service', service('ExecStart=/bin/false\nType=oneshot'));
  await node.unit('slow.service', service('Type=notify\nExecStart=/bin/sleep 1000'));
  const stubborn = `ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 1; done'\nTimeoutStopSec=60`;
  await node.unit('stubborn.service', service(stubborn));
  const lasting =
    'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/bin/sleep 1000';
  await node.unit('lasting.service', service(lasting));
  await node.unit('untidy.service', service('ExecStart=/bin/sleep 1000\nKillMode=process'));
  await node.unit('needs.service', service('ExecStart=/bin/sleep 1000', 'Requires=web.service'));
});
afterAll(() => node.close());

beforeEach(async () => {
  stage = await openStage(node.asUnit([bare]));
});
afterEach(async () => {
  for (const unit of ['web', 'broken', 'slow', 'stubborn', 'needs']) {
    await stage.run(`systemd:${unit}`, 'stop', {}, { timeoutMs: 500 }).catch(() => undefined);
  }
  await stage.close();
});

const isActive = (unit: string) =>
  node
    .inside('sh', '-c', 'systemctl is-active "$1" || true', 'sh', unit)
    .then((text) => text.trim());
const mainPid = async (unit: string) =>
  Number(await node.inside('systemctl', 'show', '--value', '--property=MainPID', unit));

test('a unit is started, watched and stopped by jobs of systemd', async () => {
  const codes = [];
  for (const operation of ['monitor', 'start', 'start', 'monitor', 'stop', 'stop', 'monitor']) {
    codes.push(codeOf(await stage.run('systemd:web', operation)));
  }
  expect(codes).toEqual([7, 0, 0, 0, 0, 0, 7]);
  expect(codeOf(await stage.run('systemd:web.service', 'monitor'))).toBe(7);
});

test('a unit that fails says how, is down, and can be started again', async () => {
  expect((await stage.run('systemd:broken', 'start')).outcome).toEqual({
    kind: 'exited',
    exitCode: 1,
    exitReason: 'the unit failed (exit-code); job result failed',
  });
  expect((await stage.run('systemd:broken', 'monitor')).outcome).toMatchObject({
    exitCode: 7,
    exitReason: 'the unit failed (exit-code)',
  });
  for (let again = 0; again < 8; again += 1) {
    const { outcome } = await stage.run('systemd:broken', 'start');
    expect(outcome).toMatchObject({ exitReason: expect.stringContaining('exit-code') });
  }
});

test('a unit that is not there is not installed', async () => {
  expect(codeOf(await stage.run('systemd:no-such', 'start'))).toBe(5);
  expect(codeOf(await stage.run('systemd:no-such', 'monitor'))).toBe(5);
  expect(codeOf(await stage.run('systemd:no-such', 'stop'))).toBe(0);
  expect(codeOf(await stage.run('systemd:../x', 'monitor'))).toBe('not-run');
});

test('what runs is seen and stopped when its unit is removed or masked meanwhile', async () => {
  for (const take of ['rm "$1"', 'ln -sf /dev/null "$1"']) {
    await node.unit('gone.service', service('ExecStart=/bin/sleep 1000'));
    expect(codeOf(await stage.run('systemd:gone', 'start'))).toBe(0);
    const path = '/run/systemd/system/gone.service';
    await node.inside('sh', '-c', `${take}; systemctl daemon-reload`, 'sh', path);
    expect(codeOf(await stage.run('systemd:gone', 'monitor'))).toBe(0);
    expect(codeOf(await stage.run('systemd:gone', 'stop'))).toBe(0);
    expect(await isActive('gone')).toBe('inactive');
    expect(codeOf(await stage.run('systemd:gone', 'monitor'))).toBe(5);
    await node.inside('rm', '-f', path);
  }
});

test('a unit whose start waits in the queue is not taken for stopped', async () => {
  await node.unit('late.service', service('ExecStart=/bin/sleep 1000', 'After=slow.service'));
  await node.inside('systemctl', 'start', '--no-block', 'slow', 'late');
  expect(await isActive('late')).toBe('inactive');
  expect((await stage.run('systemd:late', 'monitor')).outcome).toMatchObject({
    exitCode: 1,
    exitReason: 'it does not run, and a job of systemd for it waits',
  });
  expect(codeOf(await stage.run('systemd:late', 'stop'))).toBe(0);
  expect(codeOf(await stage.run('systemd:late', 'monitor'))).toBe(7);
});

test('a start that is not done in time is timed out, and nothing of it is left', async () => {
  const starting = stage.run('systemd:slow', 'start', {}, { timeoutMs: 5000 });
  await eventually(async () =>
    expect((await stage.run('systemd:slow', 'monitor')).outcome).toMatchObject({
      exitReason: 'it is still starting (start)',
    }),
  );
  expect((await starting).outcome).toEqual({ kind: 'timed-out' });
  expect(await mainPid('slow')).toBe(0);
  expect(codeOf(await stage.run('systemd:slow', 'monitor'))).toBe(7);
});

test('a stop that is not done in time has failed; its containment kills the whole unit', async () => {
  expect(codeOf(await stage.run('systemd:stubborn', 'start'))).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 1500)); // until its trap is set
  expect((await stage.run('systemd:stubborn', 'stop', {}, { timeoutMs: 400 })).outcome).toEqual({
    kind: 'timed-out',
  });
  const { containment } = await stage.run('systemd:stubborn', 'contain');
  expect(containment).toMatchObject({ isWhole: true, left: [], monitor: { exitCode: 7 } });
  expect(containment?.found).toBeGreaterThan(0);
  expect(await mainPid('stubborn')).toBe(0);
});

test('a unit that is more than its processes is not known as a whole', async () => {
  expect(codeOf(await stage.run('systemd:lasting', 'start'))).toBe(0);
  expect((await stage.run('systemd:lasting', 'stop', {}, { timeoutMs: 400 })).outcome).toEqual({
    kind: 'timed-out',
  });
  expect((await stage.run('systemd:lasting', 'contain')).containment?.isWhole).toBe(false);
  expect(codeOf(await stage.run('systemd:untidy', 'start'))).toBe(0);
  expect((await stage.run('systemd:untidy', 'contain')).containment?.isWhole).toBe(false);
});

test('systemd does not restart a unit that the cluster manages', async () => {
  expect(codeOf(await stage.run('systemd:web', 'start'))).toBe(0);
  await node.inside('kill', '-KILL', String(await mainPid('web')));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await stage.run('systemd:web', 'monitor')).outcome).toMatchObject({
    exitCode: 7,
    exitReason: 'the unit failed (signal)',
  });
  expect(codeOf(await stage.run('systemd:web', 'start'))).toBe(0);
});

test('nothing but the cluster starts a unit that it has stopped', async () => {
  await stage.run('systemd:web', 'start');
  await stage.run('systemd:web', 'stop');
  await node.inside('systemctl', 'start', 'web.service');
  expect(await isActive('web')).toBe('inactive');
  await node.inside('sh', '-c', 'systemctl start needs.service || true');
  expect(await isActive('web')).toBe('inactive');
  await node.inside('systemctl', 'stop', 'needs.service');
  await stage.call('release', 'web');
  await node.inside('systemctl', 'start', 'web.service');
  expect(await isActive('web')).toBe('active');
});

test('the class service finds the unit; services are listed', async () => {
  expect(codeOf(await stage.run('service:web', 'start'))).toBe(0);
  expect(await isActive('web')).toBe('active');
  expect(codeOf(await stage.run('service:no-such', 'monitor'))).toBe('not-run');
  expect(await stage.call('list')).toEqual(expect.arrayContaining(['broken', 'dbus', 'web']));
});

test('the bus restarted in between is no matter', async () => {
  await stage.close();
  stage = await openStage(node.asProcess);
  expect(codeOf(await stage.run('systemd:web', 'start'))).toBe(0);
  await node.inside('systemctl', 'kill', '--signal=KILL', 'dbus.service');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(codeOf(await stage.run('systemd:web', 'monitor'))).toBe(0);
});

const ocfAgent = `#!/bin/bash
case $1 in
  start) (setsid sleep 1000 >/dev/null 2>&1 & echo $! > $OCF_RESKEY_mark) ;;
  *) trap "" TERM
     (setsid bash -c 'trap "" TERM; (setsid sleep 1000 & echo $! >> $OCF_RESKEY_mark.hung)' &)
     echo $$ >> $OCF_RESKEY_mark.hung; sleep 1000 ;;
esac
`;

test('what the daemon starts survives its end and inherits nothing of its unit', async () => {
  const agents = join(stage.directory, 'ocf/resource.d/own');
  mkdirSync(agents, { recursive: true });
  writeFileSync(join(agents, 'Agent'), ocfAgent, { mode: 0o755 });
  await stage.crash();
  const protectedUnit = [
    bare,
    'CPUSchedulingPolicy=rr',
    'CPUSchedulingPriority=1',
    'OOMScoreAdjust=300', // not lower than usual, as the real unit has it: a container refuses that
    'Nice=-5',
    'LimitNOFILE=65536',
    'MemorySwapMax=0',
    'UMask=0077',
    'KillMode=control-group', // harder than the real unit's
  ];
  const words = [`ocf=${join(stage.directory, 'ocf')}`];
  const daemon = node.asUnit(protectedUnit, words);
  stage = await openStage({ former: stage, ...daemon });

  const mark = join(stage.directory, 'mark');
  expect(codeOf(await stage.run('ocf:own:Agent', 'start', { mark }))).toBe(0);
  const child = { command: '/bin/sleep 1000' };
  const web = { resource: 'web' as never };
  expect(codeOf(await stage.run('command:command', 'start', child, web))).toBe(0);
  const hung = await stage.run('ocf:own:Agent', 'monitor', { mark }, { timeoutMs: 300 });
  expect(hung.outcome).toEqual({ kind: 'timed-out' });

  const left = (path: string) => readFileSync(path, 'utf8').trim().split('\n');
  const alive = (pid: string) =>
    node.inside('sh', '-c', 'test -d "/proc/$1" && echo yes || echo no', 'sh', pid);
  for (const pid of left(`${mark}.hung`)) expect(await alive(pid)).toBe('no\n');
  const [ocfService = ''] = left(mark);
  const [commandService = ''] =
    left(join(stage.directory, 'run/services/web.pid'))[0]?.split(' ') ?? [];
  const facts = async (pid: string) => {
    const text = await node.inside('sh', '-c', factsScript, 'sh', pid);
    return text.trim().split('\n');
  };
  const nothingInherited = ['0', 'SCHED_OTHER', '0', '1024', '0022'];
  expect((await facts(ocfService)).slice(1)).toEqual(nothingInherited);
  expect((await facts(commandService)).slice(1)).toEqual(nothingInherited);
  expect((await facts(commandService))[0]).toMatch(
    /^0::\/holdfast-test-.*\/web\.resource\/service$/,
  );

  await node.inside('systemctl', 'stop', daemon.name);
  expect(await alive(ocfService)).toBe('yes\n');
  expect(await alive(commandService)).toBe('yes\n');
  expect((await facts(ocfService))[0]).toMatch(/\/test\.resource\/op-[^/]+$/);
  stage = await openStage({ former: stage, ...node.asUnit([bare], words) });
  expect(codeOf(await stage.run('command:command', 'monitor', child, web))).toBe(0);
  expect(codeOf(await stage.run('command:command', 'stop', child, web))).toBe(0);
  expect(await stage.call('kill', 'test')).toEqual([]);
  expect(await alive(ocfService)).toBe('no\n');
});

/** cgroup, OOM score, scheduling policy, nice value, open files, umask. */
const factsScript = `grep ^0:: /proc/$1/cgroup; cat /proc/$1/oom_score_adj
chrt -p $1 | sed -n 's/.*policy: //p'
ps -o ni= -p $1 | tr -d ' '
sed -n 's/^Max open files *\\([0-9]*\\).*/\\1/p' /proc/$1/limits
sed -n 's/^Umask:\\t//p' /proc/$1/status`;

/** As DefaultDependencies=yes has it, which this node's units are without (systemd.service(5)). */
const atShutdown = 'Conflicts=shutdown.target\nBefore=shutdown.target';

test('at shutdown the daemon ends first, and stops its units itself', async () => {
  await stage.close();
  await node.unit('web.service', service('ExecStart=/bin/sleep 1000', atShutdown));
  const properties = [bare, 'KillMode=process', ...atShutdown.split('\n')];
  stage = await openStage(node.asUnit(properties, ['stop-at-term=web']));
  expect(codeOf(await stage.run('systemd:web', 'start'))).toBe(0);
  const startedAt = performance.now();
  node.inside('systemctl', 'poweroff').catch(() => undefined);
  await node.ended;
  expect(performance.now() - startedAt).toBeLessThan(8000);
  const result = join(stage.directory, 'run/at-end');
  expect(existsSync(result) && JSON.parse(readFileSync(result, 'utf8'))).toMatchObject({
    outcome: { kind: 'exited', exitCode: 0 },
  });
});
