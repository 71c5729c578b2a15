/**
 * A machine as an administrator has it: Holdfast installed by packaging/install.sh, its units under
 * a real systemd as process 1. The tests are one story, in this order.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patientService } from '../lab/client.ts';
import type { PatientClient } from '../lab/client.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import {
  history,
  mayBeScheduled,
  runsOn,
  startDaemon,
  status,
  untilSettled,
} from '../lab/product.ts';
import { run, runOrThrow, until } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';
import { webAddress } from '../lab/web.ts';
import { fencings, place, untilStatus } from './cluster.ts';
import { bootSystemd } from './systemd-machine.ts';
import type { SystemdMachine } from './systemd-machine.ts';

const yaml = join(import.meta.dirname, 'installed.yaml');
let lab: Lab;
let patient: PatientClient;
/** Process 1 of node n3; n1 and n2 are there to take its services. */
let machine: SystemdMachine;

const work = `[Unit]
Description=A service that systemd would start at boot and restart
[Service]
ExecStart=/bin/sleep 100000
Restart=always
RestartSec=0
[Install]
WantedBy=multi-user.target
`;

beforeAll(async () => {
  lab = await createLab();
  machine = await bootSystemd(lab.node('n3'), lab.sharedDirectory, { 'work.service': work });
});
afterAll(() => lab.close());

const daemon = 'holdfastd.service';
/** Whole machines on a busy one. */
const patienceMs = 30_000;
const mainPid = (unit = daemon) => machine.property(unit, 'MainPID');
const proc = (pid: string, file: string) => machine.ask('cat', `/proc/${pid}/${file}`);
/** Process ids in the machine by their command line, one a line. */
const pids = (command: string) => machine.ask('pgrep', '-f', `^${command}`);
/** Waits until another daemon than this one is ready. */
async function untilAnother(than: string): Promise<string> {
  const ready = async () =>
    (await mainPid()) !== than && (await machine.property(daemon, 'ActiveState')) === 'active';
  await until('another daemon is ready', ready, patienceMs, 50);
  return mainPid();
}

test('the units are enabled and started: after Corosync, ready when it says so', async () => {
  // Corosync elsewhere, so that there is quorum; then all that the manual says.
  await Promise.all(['n1', 'n2'].map((name) => lab.node(name).startCorosync()));
  await machine.ask('systemctl', 'enable', '--now', 'holdfastd', 'holdfast-leave');
  await Promise.all(['n1', 'n2'].map((name) => startDaemon(lab.node(name))));
  // `systemctl start` of a Type=notify unit answers after READY=1.
  expect(await machine.property(daemon, 'ActiveState')).toBe('active');
  const began = async (unit: string) =>
    Number(await machine.property(unit, 'ActiveEnterTimestampMonotonic'));
  expect(await began(daemon)).toBeGreaterThan(await began('corosync.service'));
  expect(await machine.property('corosync.service', 'ActiveState')).toBe('active');
  await untilSettled(lab.nodes.slice(0, 2));
  const saysSo = async () => (await machine.property(daemon, 'StatusText')).startsWith('Quorum: ');
  await until('it says how it is', saysSo, patienceMs, 50);
  // The installation has made the group holdfast, whose members may look, but not touch.
  const member = 'setpriv --reuid=65534 --regid=holdfast --clear-groups holdfast'.split(' ');
  expect(await machine.ask(...member, 'status')).toContain('n3');
  expect((await machine.run(...member, 'node', 'standby', 'n1')).code).not.toBe(0);
  const stranger = 'setpriv --reuid=65534 --regid=65534 --clear-groups holdfast'.split(' ');
  expect((await machine.run(...stranger, 'status')).code).not.toBe(0);
  expect(await machine.ask('holdfast', 'status')).toContain('n3');
});

test('a daemon that stands still is killed by the watchdog, and another one starts', async () => {
  // 10 s in the unit; here less than what makes the others fence a node whose daemon is silent.
  const limit = '[Service]\nWatchdogSec=2s\n';
  const edit = 'mkdir -p "$1"; printf "%s" "$2" > "$1/test.conf"; systemctl daemon-reload';
  await machine.ask('sh', '-c', edit, 'sh', `/etc/systemd/system/${daemon}.d`, limit);
  await machine.ask('systemctl', 'restart', daemon);
  const before = await mainPid();
  await machine.ask('kill', '-STOP', before);
  await untilAnother(before);
  expect(Number(await machine.property(daemon, 'NRestarts'))).toBeGreaterThan(0);
  await machine.ask('rm', '-r', `/etc/systemd/system/${daemon}.d`);
  await machine.ask('systemctl', 'daemon-reload');
  await machine.ask('systemctl', 'restart', daemon);
  expect(await machine.property(daemon, 'WatchdogUSec')).toBe('10s');
});

test('a unit is taken from systemd: it neither restarts nor starts it', async () => {
  await untilSettled(lab.nodes.slice(0, 2));
  const file = place(lab, 'installed.yaml', readFileSync(yaml, 'utf8'));
  await machine.ask('holdfast', 'apply', '--yes', '-f', file);
  await untilStatus(lab.node('n1'), 'all runs on n3', (seen) => seen.settled && isAt(seen, 'n3'));
  patient = patientService(lab.observer, { address: webAddress });
  expect(await machine.property('work.service', 'Restart')).toBe('no');
  const before = await mainPid('work.service');
  await machine.ask('kill', '-KILL', before);
  const isAnother = async () => !['0', before].includes(await mainPid('work.service'));
  await until('the cluster has restarted it', isAnother, patienceMs, 50);
  expect(await machine.property('work.service', 'NRestarts')).toBe('0');
  const seen = await untilSettled(lab.nodes.slice(0, 2));
  // The others have no systemd, and say so.
  const failures = seen.failures.filter(({ node }) => node === 'n3');
  expect(failures).toMatchObject([{ resource: 'unit', operation: 'monitor' }]);

  await machine.ask('holdfast', 'resource', 'stop', 'unit', '--wait');
  await machine.run('systemctl', 'start', 'work.service');
  expect(await machine.property('work.service', 'ActiveState')).toBe('inactive');
  await machine.ask('holdfast', 'resource', 'start', 'unit', '--wait');
  expect(await machine.property('work.service', 'ActiveState')).toBe('active');
});

const isAt = (seen: Parameters<typeof runsOn>[0], node: string): boolean =>
  runsOn(seen, 'shop') === node && runsOn(seen, 'unit') === node;

test('what the unit gives the daemon, the daemon alone has', async () => {
  const server = await pids('/usr/sbin/hello_lab');
  const supervisor = /^PPid:\s*(\d+)/m.exec(await proc(server, 'status'))?.[1] ?? '';
  const own = await mainPid();
  const cgroup = async (pid: string) => /^0::(.*)$/m.exec(await proc(pid, 'cgroup'))?.[1];
  expect(await cgroup(own)).toBe(`/system.slice/${daemon}`);
  expect(await cgroup(server)).toBe('/holdfast/server.resource/service');
  for (const pid of [server, supervisor]) {
    expect(await cgroup(pid)).toMatch(/^\/holdfast\//);
    expect(await proc(pid, 'oom_score_adj')).toBe('0');
    expect(await limitOf(pid)).toBe(1024);
    expect(await machine.ask('chrt', '-p', pid)).toContain('SCHED_OTHER');
  }
  // 65536 in the unit, or what a container allows.
  expect(await limitOf(own)).toBeGreaterThan(1024);
  expect(await machine.ask('chrt', '-p', own)).toContain(
    (await mayBeScheduled()) ? 'SCHED_RR|SCHED_RESET_ON_FORK' : 'SCHED_OTHER',
  );
  expect(
    await machine.ask('sh', '-c', `cat /sys/fs/cgroup/system.slice/${daemon}/cgroup.procs`),
  ).toBe(own);
});

const limitOf = async (pid: string) =>
  Number(/^Max open files\s+(\d+)/m.exec(await proc(pid, 'limits'))?.[1]);

test('stopped, restarted, killed: the daemon, and nothing but the daemon', async () => {
  const services = async () => [await pids('/usr/sbin/hello_lab'), await mainPid('work.service')];
  const before = await services();
  const mark = patient.begin();
  let own = await mainPid();
  await machine.ask('systemctl', 'restart', daemon);
  own = await untilAnother(own);
  expect(await services()).toEqual(before);
  await machine.ask('systemctl', 'kill', '--signal=KILL', daemon);
  await untilAnother(own);
  expect(await services()).toEqual(before);
  await machine.ask('systemctl', 'stop', daemon);
  expect(await machine.property(daemon, 'ActiveState')).toBe('inactive');
  expect(await machine.property('holdfast-leave.service', 'ActiveState')).toBe('active');
  expect(await services()).toEqual(before);
  await machine.ask('systemctl', 'start', daemon);
  const seen = await untilSettled(lab.nodes.slice(0, 2));
  expect(isAt(seen, 'n3')).toBe(true);
  expect(await services()).toEqual(before);
  expect((await patient.lostSince(mark)).lost).toEqual([]);
  expect(fencings(lab)).toEqual([]);
});

/** A scope as podman makes one for a container; told to end, it notes which daemons are there. */
async function startContainerScope(note: string): Promise<void> {
  const atEnd = `(pgrep -f 'holdfast[d][.]js' || echo none) > '${note}'; exit`;
  const container = `trap "${atEnd}" TERM; while :; do sleep 0.1; done`;
  const begin = 'systemd-run --scope --unit=libpod-lab sh -c "$1" > /dev/null 2>&1 &';
  await machine.ask('sh', '-c', begin, 'sh', container);
  const isThere = async () =>
    (await machine.property('libpod-lab.scope', 'ActiveState')) === 'active';
  await until('there is a scope', isThere, patienceMs, 50);
}

test('the machine is shut down: its services leave in good order, and nobody shoots', async () => {
  const note = join(lab.sharedDirectory, 'daemons-at-the-end-of-the-scope');
  await startContainerScope(note);
  const last = (await history(lab.node('n1'))).at(-1)?.number ?? 0;
  await machine.run('systemctl', 'poweroff');
  await machine.ended;
  const [n1] = lab.nodes;
  const seen = await untilStatus(
    n1!,
    'the shop is elsewhere',
    (view) => view.settled && runsOn(view, 'shop') !== 'n3',
  );
  expect(['n1', 'n2']).toContain(runsOn(seen, 'shop'));
  const told = (await history(n1!)).filter(({ number, node }) => number > last && node === 'n3');
  const stops = told.flatMap(({ operation, resource }) => (operation === 'stop' ? [resource] : []));
  expect(stops.filter((resource) => resource !== 'unit')).toEqual(['server', 'address']);
  expect(stops).toContain('unit');
  expect(readFileSync(note, 'utf8')).toBe('none\n');
  expect((await status(n1!)).nodes.find(({ name }) => name === 'n3')?.state).toBe('down');
  expect(fencings(lab)).toEqual([]);
});

test('below another directory it is a package, and can be taken away again', async () => {
  const destdir = join(lab.directory, 'package');
  const install = join(repository, 'packaging', 'install.sh');
  const words = ['--prefix', '/usr', '--destdir', destdir];
  await runOrThrow([install, ...words]);
  expect(await run([install, ...words])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const unit = readFileSync(join(destdir, 'usr/lib/systemd/system/holdfastd.service'), 'utf8');
  expect(unit).toContain('ExecStart=/usr/sbin/holdfastd\n');
  expect(readFileSync(join(destdir, 'usr/sbin/holdfastd'), 'utf8')).toContain('/usr/lib/holdfast/');
  await run([install, ...words, '--remove']);
  const left = readdirSync(destdir, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => !entry.isDirectory())).toEqual([]);
  expect(await run([install, '--prefix', 'here'])).toMatchObject({ code: 2 });
});
