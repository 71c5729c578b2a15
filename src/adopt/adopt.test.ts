import { parse } from 'yaml';
import { mkdtempSync, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freeId } from './found.ts';
import { domainFound } from './libvirt.ts';
import { foundInInspection } from './podman.ts';
import { foundIn, unitOf } from './qemu.ts';
import { mountsOf, typeOf } from './storage.ts';
import { switchOff, switchOn } from './switches.ts';
import { writeReleased, writeResources } from './write.ts';

const qemu = (words: string) =>
  foundIn(`/usr/bin/qemu-system-x86_64 ${words}`.split(' '), 'boot 1')[0];

test.each([
  ['-qmp unix:/run/a.qmp,server=on,wait=off', true],
  ['-chardev socket,id=m,path=/run/a.qmp,server=on -mon chardev=m,mode=control', true],
  ['-chardev socket,id=m,path=/run/a.qmp -mon m,mode=readline', false],
  ['-monitor unix:/run/a.sock', false],
  ['-qmp unix:/var/lib/libvirt/qemu/domain-1/monitor.sock', false],
  ['-qmp unix:/run/holdfast/machines/0123/control', false],
])('a QEMU with a socket for QMP that nobody manages is found: %s', (words, isFound) => {
  expect(qemu(`-name a ${words}`) !== undefined).toBe(isFound);
});

test.each([
  '/usr/libexec/qemu-kvm',
  '/usr/bin/qemu-system-aarch64',
  '/usr/bin/kvm',
  'qemu-system-x86_64',
])('it is known by the name %s, and keeps it', (program) => {
  const argv = [program, '-name', 'a', '-qmp', 'unix:/run/a'];
  const [found] = foundIn(argv, 'boot 1');
  expect(JSON.parse(found?.parameters['command_line'] ?? '[]')).toEqual(argv);
});

test('what only begins with its name is another program', () => {
  expect(foundIn(['/usr/bin/qemu-kvm-exporter', '-qmp', 'unix:/run/a'], 'boot 1')).toEqual([]);
});

test('of its words memory, processors, images and devices are read', () => {
  const found = qemu(
    '-name guest=shop,debug-threads=on -m size=2G -smp 4,sockets=1 -qmp unix:/run/a.qmp ' +
      '-drive file=/proc/a.raw,format=raw -netdev tap,id=n,ifname=tap7,script=no',
  );
  expect(found).toMatchObject({
    name: 'shop',
    agent: 'vm',
    memoryMib: 2048,
    cpus: 4,
    parameters: { memory: '2048', cpus: '4' },
  });
  expect(JSON.parse(found?.parameters['command_line'] ?? '')).toContain(
    'guest=shop,debug-threads=on',
  );
  expect(found?.disks).toEqual([{ path: '/proc/a.raw', own: true }]);
  expect(found?.notes.join()).toContain('device tap7');
});

test('a container is found with the words that it was made with, and Holdfast’s own is not', () => {
  const one = {
    Name: 'web',
    ImageName: 'docker.io/library/nginx:1',
    Config: {
      Image: 'docker.io/library/nginx:latest',
      Labels: { PODMAN_SYSTEMD_UNIT: 'web.service' },
      CreateCommand:
        'podman run -d --name web --restart=always -p 80:80 -v /srv:/srv -e A=1 nginx -g x'.split(
          ' ',
        ),
    },
    HostConfig: { Memory: 67_108_864, NanoCpus: 500_000_000, RestartPolicy: { Name: 'always' } },
    State: { Status: 'running' },
    Mounts: [
      { Source: '/proc/data', RW: true },
      { Source: '/proc/page', RW: false },
    ],
  };
  const own = { ...one, Config: { Labels: { 'holdfast.resource': 'web' } } };
  const found = foundInInspection(JSON.stringify([one, own, { ...one, IsInfra: true }]));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    memoryMib: 64,
    cpus: 1,
    autostart: true,
    parameters: {
      image: 'docker.io/library/nginx:1',
      name: 'web',
      arguments: '["--network=bridge","-p","80:80","-v","/srv:/srv","-e","A=1"]',
      command: '["-g","x"]',
    },
    switches: [{ unit: 'podman-restart.service' }, { unit: 'web.service' }],
    off: false,
    disks: [{ path: '/proc/data', own: false }],
    files: ['/proc/page'],
    notes: [expect.stringContaining('environment variables')],
  });
});

test.each([
  ['running', false],
  ['paused', false],
  ['exited', true],
  ['created', true],
])('a container that is %s is off: %s', (status, off) => {
  const [found] = foundInInspection(JSON.stringify([{ Name: 'web', State: { Status: status } }]));
  expect(found?.off).toBe(off);
});

test('where podman can change a restart policy, it is changed, and comes back with the release', () => {
  const one = (policy: string) => ({
    Name: 'web',
    HostConfig: {
      RestartPolicy: { Name: policy, MaximumRetryCount: policy === 'on-failure' ? 3 : 0 },
    },
  });
  const found = (policy: string, canUpdate: boolean) =>
    foundInInspection(JSON.stringify([one(policy)]), canUpdate)[0]?.switches;
  const update = {
    kind: 'command',
    off: ['podman', 'update', '--restart=no', 'web'],
    on: ['podman', 'update', '--restart=on-failure:3', 'web'],
  };
  expect(found('on-failure', true)).toMatchObject([update]);
  expect(found('on-failure', false)).toEqual([]);
  expect(found('always', true)).toHaveLength(2);
  expect(found('no', true)).toEqual([]);
});

test.each([
  ['0::/system.slice/shop.service', 'shop.service'],
  ['1:name=systemd:/system.slice/shop.service\n0::/', 'shop.service'],
  ['0::/system.slice/system-vm.slice/vm@shop.service/guest', 'vm@shop.service'],
  ['0::/user.slice/user-0.slice/session-1.scope', undefined],
  ['0::/user.slice/user-9.slice/user@9.service/app.slice/shop.service', undefined],
  ['0::/system.slice/holdfastd.service', undefined],
  ['4:memory:/system.slice/shop.service', undefined],
  ['', undefined],
])('a process with the groups %j is part of %s', (groups, unit) => {
  expect(unitOf(groups)).toBe(unit);
});

test('a service that is a machine does not start it any more; one that does more is left alone', () => {
  const argv = '/usr/bin/qemu-system-x86_64 -name a -qmp unix:/run/a,server'.split(' ');
  const owned = (isMain: boolean) => foundIn(argv, 'boot 1', { unit: 'vms.service', isMain })[0];
  expect(owned(true)).toMatchObject({ switches: [{ kind: 'unit', unit: 'vms.service' }] });
  expect(owned(true)?.notes).toEqual([]);
  expect(owned(false)).toMatchObject({ switches: [] });
  expect(owned(false)?.notes.join()).toContain('vms.service has started it, and may do so again');
});

test('a domain of libvirt stays its own, without its autostart', () => {
  const xml =
    "<disk type='file'><source file='/vm/db.qcow2'/></disk><mac address='52:54:00:AA:00:01'/>" +
    "<disk type='file'><source file='/vm/cd.iso'/><readonly/></disk>";
  const info =
    'State:          running\nCPU(s):         2\nMax memory:     1048576 KiB\nAutostart:      enable\n';
  const found = domainFound('db', xml, info);
  expect(found).toMatchObject({
    agent: 'ocf:heartbeat:VirtualDomain',
    off: false,
    files: ['/etc/libvirt/qemu/db.xml'],
    memoryMib: 1024,
    cpus: 2,
    autostart: true,
    disks: [
      { path: '/vm/db.qcow2', own: true },
      { path: '/vm/cd.iso', own: false },
    ],
    macs: ['52:54:00:aa:00:01'],
  });
  expect(found.switches.map(({ what }) => what)).toEqual([
    "libvirt's autostart of db",
    expect.stringContaining('libvirt-guests'),
  ]);
  const off = domainFound('db', xml, info.replace('running', 'shut off'));
  expect(off.off).toBe(true);
  expect(writeResources('', [off]).source).toContain('target-role: Stopped');
  expect(writeResources('', [found]).source).not.toContain('target-role');
});

test('the file system of an image is that of the innermost mount', () => {
  const mounts = mountsOf('1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /vm rw - nfs4 h:/vm rw');
  expect(typeOf('/vm/a.raw', mounts)).toBe('nfs4');
  expect(typeOf('/vmx/a.raw', mounts)).toBe('ext4');
});

const machine = foundIn(
  '/usr/bin/qemu-system-x86_64 -name a -qmp unix:/run/a'.split(' '),
  'boot 2',
);

test('resources are written beside what is there, once, and comments stay', () => {
  const source = 'version: 1 # mine\nresources:\n  a: { agent: command }\n';
  const { source: text, adoptions } = writeResources(source, machine);
  expect(adoptions.map(({ resource }) => resource)).toEqual(['a-2']);
  expect(text).toContain('# mine');
  expect(text).toContain('a: { agent: command }');
  expect(text).toContain('timeout: 180s');
  expect(writeResources(text, machine)).toEqual({ source: text, adoptions: [] });
  expect(text).not.toContain('allow-migrate');
  const fixed = machine.map((one) => ({ ...one, fixed: true }));
  expect(writeResources(source, fixed).source).toContain('allow-migrate: false');
  expect(writeReleased(text, 'a-2')).toMatch(/is-managed: false/);
  expect(writeReleased(text, 'b')).toBeUndefined();
});

test('it is not started where its disk is not, and a rule of before stays', () => {
  const source = 'version: 1\nconstraints:\n  - location: web # mine\n    avoids: n9\n';
  const written = (more: object): string =>
    writeResources(
      source,
      machine.map((one) => ({ ...one, ...more })),
    ).source;
  const parsed = (more: object) =>
    (parse(written(more)) as { readonly constraints: readonly unknown[] }).constraints;
  expect(parsed({})).toHaveLength(1);
  const some = written({ node: 'n1', keptFrom: ['n3'] });
  expect(some).toContain('# mine');
  expect(parsed({ node: 'n1', keptFrom: ['n3'] })[1]).toEqual({ location: 'a', avoids: ['n3'] });
  expect(parsed({ node: 'n1', fixed: true, keptFrom: ['n2', 'n3'] })[1]).toEqual({
    location: 'a',
    rules: [{ score: '-INFINITY', all: [{ attribute: '#uname', ne: 'n1' }] }],
  });
});

test('an id is made of any name', () => {
  expect(freeId('Web shop/1', new Set())).toBe('Web-shop-1');
  expect(freeId('9', new Set(['adopted']))).toBe('adopted-2');
});

test('what was switched off is switched on at the release of the last one that needs it', async () => {
  const base = mkdtempSync(join(tmpdir(), 'holdfast-adopt-'));
  const places = { records: join(base, 'records'), units: join(base, 'units') };
  const switches = [{ kind: 'unit', what: 'restarts', unit: 'holdfast-nothing.service' }] as const;
  const dropIn = join(places.units, 'holdfast-nothing.service.d/50-holdfast.conf');
  await switchOff({ resource: 'a', switches }, places);
  await switchOff({ resource: 'b', switches }, places);
  expect(existsSync(dropIn)).toBe(true);
  await switchOn('a', places);
  expect(existsSync(dropIn)).toBe(true);
  await switchOn('b', places);
  expect(existsSync(dropIn)).toBe(false);
  expect(await switchOn('b', places)).toBeUndefined();
  expect(readdirSync(places.records)).toEqual([]);
});
