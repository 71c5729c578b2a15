import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asTheUnit } from './product.ts';
import { run } from './run.ts';
import { repository } from './toolchain.ts';

const unit = readFileSync(join(repository, 'packaging/systemd/holdfastd.service'), 'utf8');
const systemd = existsSync('/usr/bin/systemd-analyze');

/** `systemd-analyze verify`, with a program that exists in place of the one to be installed. */
async function verify(text: string, name = 'holdfastd.service'): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-unit-'));
  const path = join(directory, name);
  writeFileSync(path, text.replace('/usr/sbin/holdfastd', '/bin/true'));
  const result = await run(['systemd-analyze', 'verify', '--man=no', path]);
  rmSync(directory, { recursive: true });
  return result.stderr
    .split('\n')
    .filter((line) => line.includes(name))
    .join('\n');
}

test.runIf(systemd)('systemd accepts the unit', async () => {
  expect(await verify(unit)).toBe('');
});

test.runIf(systemd)('and would not accept a misspelt one', async () => {
  expect(await verify(unit.replace('KillMode', 'KilMode'))).toContain('KilMode');
});

test.runIf(systemd)('and the one of the watchdog, which nothing stops but itself', async () => {
  const name = 'holdfast-watchdog.service';
  const text = readFileSync(join(repository, 'packaging/systemd', name), 'utf8');
  expect(await verify(text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'), name)).toBe('');
  expect(text).not.toMatch(/^(Requires|Requisite|BindsTo|PartOf)=/m);
  expect(text).toContain('Restart=always');
});

test('daemons of the laboratory are scheduled as the unit says', () => {
  const [, policy, , priority] = asTheUnit;
  expect([policy, priority]).toEqual(['--rr', '1']);
  for (const line of ['Policy=rr', 'Priority=1', 'ResetOnFork=yes'])
    expect(unit.split('\n')).toContain(`CPUScheduling${line}`);
});

test('a restart of the daemon touches no service', () => {
  for (const line of ['KillMode=process', 'Restart=on-failure', 'RuntimeDirectoryPreserve=yes'])
    expect(unit.split('\n')).toContain(line);
});

test('a stop of the daemon alone does not let its node leave', () => {
  const path = join(repository, 'packaging/systemd/holdfast-leave.service');
  const leave = readFileSync(path, 'utf8');
  expect(leave).not.toMatch(/^(Requires|Requisite|BindsTo|PartOf)=/m);
  expect(leave).toContain('After=holdfastd.service');
});

/** A unit that is After= another one is stopped before it. */
const after = unit
  .split('\n')
  .flatMap((line) => (line.startsWith('After=') ? line.slice('After='.length).split(' ') : []));

test('at a shutdown libvirt and the engines of containers are there until the node has left', () => {
  for (const each of ['libvirtd.service', 'virtqemud.service', 'libvirt-guests.service'])
    expect(after).toContain(each);
  for (const each of ['podman.service', 'podman-restart.service', 'docker.service'])
    expect(after).toContain(each);
  // Only what has a stop job of its own orders others; these two nobody else would start.
  for (const each of ['virt-guest-shutdown.target', 'resource-agents-deps.target']) {
    expect(after).toContain(each);
    expect(unit).toMatch(new RegExp(`^Wants=.*\\b${each}`, 'm'));
  }
});

test('nothing of that is needed: without libvirt or podman the daemon starts as well', () => {
  expect(unit).not.toMatch(/^(Requires|Requisite|BindsTo|PartOf)=.*(libvirt|virt|podman|docker)/m);
});

test('and containers that are scopes end after the daemon', () => {
  const scope = readFileSync(join(repository, 'packaging/systemd/scope.conf'), 'utf8');
  expect(scope.split('\n')).toContain('Before=holdfastd.service');
});
