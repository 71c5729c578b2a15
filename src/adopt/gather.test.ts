import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Configuration, Primitive } from '../core/model/configuration.ts';
import { checkClusterYaml } from '../offline/configuration.ts';
import type { Found } from './found.ts';
import {
  conflictsOf,
  copyNotes,
  isFixed,
  keptFrom,
  pathsOf,
  reachNotes,
  together,
} from './gather.ts';
import type { Machine, Reach } from './gather.ts';
import { isKnown, isManaged } from './known.ts';
import { foundIn } from './qemu.ts';
import { isSame, lookAt } from './storage.ts';
import type { Seen } from './storage.ts';
import { ProcessWatch } from './watch.ts';

function machine(node: string, name: string, words = ''): Machine {
  const line = `/usr/bin/qemu-system-x86_64 -name ${name} -qmp unix:/run/${name} ${words}`;
  const [found] = foundIn(line.trim().split(/ +/), `${node} ${name}`);
  return { ...(found as Found), node };
}

const seen = (path: string, place: string, more: Partial<Seen> = {}): Seen => ({
  path,
  there: true,
  type: 'ext4',
  shared: false,
  place,
  number: '7',
  ...more,
});
const absent = (path: string): Seen => seen(path, '', { there: false });

const A = '/vm/a.raw';
const web = machine('n1', 'web', `-drive file=${A},if=virtio`);
const reachOf = (entries: Record<string, Seen>): Reach =>
  new Map(Object.entries(entries).map(([node, one]) => [node, [one]]));

test('a machine that several daemons of one host find is one', () => {
  const found = [{ ...web, identity: 'host 7' }];
  const reports = [
    { node: 'n2', found },
    { node: 'n1', found },
  ];
  expect(together(reports).map(({ node }) => node)).toEqual(['n1']);
  const other = { node: 'n3', found: [{ ...web, identity: 'other 7' }] };
  expect(together([...reports, other]).map(({ node }) => node)).toEqual(['n1', 'n3']);
});

/** Of libvirt, on shared storage. */
const domain = (node: string, uuid: string, off: boolean): Machine => ({
  ...machine(node, 'shop', `-drive file=${A}`),
  agent: 'ocf:heartbeat:VirtualDomain',
  parameters: { config: '/etc/libvirt/qemu/shop.xml' },
  switches: [{ kind: 'command', what: 'its autostart', off: ['false'], on: ['false'] }],
  uuid,
  off,
});

test('what is defined on several nodes is one machine, and is started by none of them', () => {
  const [on, off, third] = [
    domain('n2', 'u', false),
    domain('n1', 'u', true),
    domain('n3', 'u', true),
  ];
  const all = (...machines: Machine[]) =>
    together(machines.map((one) => ({ node: one.node, found: [one] })));
  const whats = (machines: readonly Machine[]) =>
    machines.map(({ node, switches }) => [node, ...switches.map(({ what }) => what)]);
  const both = ['n2', 'its autostart', 'its autostart on n1', 'its autostart on n3'];
  expect(whats(all(off, on, third))).toEqual([both]);
  expect(whats(all(third, off))).toEqual([['n1', 'its autostart', 'its autostart on n3']]);
  expect(all(on, domain('n1', 'v', true))).toHaveLength(2);
});

test('another machine by the same name is refused though it is off; the same disk is not', () => {
  const [on, off] = [domain('n2', 'u', false), domain('n1', 'v', true)];
  const shared = { type: 'nfs4', shared: true };
  const reach = reachOf({ n1: seen(A, 'b', shared), n2: seen(A, 'b', shared) });
  const isWanted = (one: Machine): boolean => !one.off;
  const sentence = 'shop on n1 and shop on n2 have the same name shop';
  expect(conflictsOf([off, on], reach, isWanted)).toEqual([sentence]);
  const other = { ...off, name: 'clone', parameters: { config: '/etc/libvirt/qemu/clone.xml' } };
  expect(conflictsOf([other, on], reach, isWanted)).toEqual([]);
  expect(conflictsOf([other, on], reach)).toEqual([
    `clone on n1 and shop on n2 have the same disk ${A}`,
  ]);
});

test('who has no copy of the file that it is started from is said', () => {
  const file = '/etc/libvirt/qemu/shop.xml';
  const one = { ...domain('n1', 'u', false), files: [file] };
  const reach = reachOf({ n1: seen(file, 'b1'), n2: absent(file), n3: seen(file, 'b3') });
  expect(copyNotes(one, reach)).toEqual([
    `n2 has no ${file}: it can neither start nor move there before it is copied from n1`,
  ]);
  expect(copyNotes(one, reachOf({ n1: seen(file, 'b1'), n3: seen(file, 'b3') }))).toEqual([]);
});

test('who reaches a disk is said, and what is there instead', () => {
  const nobody = reachOf({ n1: seen(A, 'b1'), n2: absent(A), n3: seen(A, 'b3') });
  expect(reachNotes(web, nobody)).toEqual([
    'no other node can reach /vm/a.raw (ext4 of n1): it is lost with n1, and cannot be started ' +
      'elsewhere (what n3 has at that path is something else)',
  ]);
  expect(isFixed(web, nobody)).toBe(true);
  expect(keptFrom(web, nobody)).toEqual(['n2', 'n3']);
  const some = reachOf({ n1: seen(A, 'b'), n2: absent(A), n3: seen(A, 'b') });
  expect(reachNotes(web, some)).toEqual(['n2 cannot reach /vm/a.raw: it cannot run there']);
  expect(isFixed(web, some)).toBe(false);
  expect(keptFrom(web, some)).toEqual(['n2']);
  const nfs = { type: 'nfs4', shared: true };
  expect(reachNotes(web, reachOf({ n1: seen(A, 'b1', nfs), n2: seen(A, 'b2', nfs) }))).toEqual([]);
  const other = reachOf({ n1: seen(A, 'b1', nfs), n2: seen(A, 'b2', { ...nfs, number: '8' }) });
  expect(reachNotes(web, other)).toHaveLength(1);
});

test('alone, a node goes by the kind of the file system', () => {
  expect(reachNotes(web, reachOf({ n1: seen(A, 'b') }))).toHaveLength(1);
  expect(reachNotes(web, reachOf({ n1: seen(A, 'b', { type: 'nfs4', shared: true }) }))).toEqual(
    [],
  );
});

test('one disk, one address, one name twice are told; what is only like it is not', () => {
  const mac = '-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:0A';
  const twin = machine('n2', 'shop', `-drive file=${A},if=virtio ${mac}`);
  const other = machine('n1', 'wiki', mac);
  const same = new Map([
    ['n1', [seen(A, 'b')]],
    ['n2', [seen(A, 'b')]],
  ]);
  expect(conflictsOf([web, twin, other], same)).toEqual([
    'web on n1 and shop on n2 have the same disk /vm/a.raw',
    'shop on n2 and wiki on n1 have the same address 52:54:00:00:00:0a',
  ]);
  expect(conflictsOf([web, twin], reachOf({ n1: seen(A, 'b1'), n2: seen(A, 'b2') }))).toEqual([]);
  const reads = machine('n2', 'live', `-drive file=${A},media=cdrom`);
  expect(conflictsOf([web, reads], same)).toEqual([]);
  const copy = { ...web, node: 'n2', identity: 'else' };
  expect(conflictsOf([web, copy], reachOf({}))).toEqual([
    'web on n1 and web on n2 have the same command line',
  ]);
  expect(conflictsOf([web, copy], reachOf({}), ({ name }) => name === 'wiki')).toEqual([]);
  expect(pathsOf([web, twin])).toEqual([A]);
});

test('the same file is the same, another one at the same path is not', () => {
  const base = mkdtempSync(join(tmpdir(), 'holdfast-reach-'));
  const [a, b, link] = ['a', 'b', 'link'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(a, '');
  writeFileSync(b, '');
  symlinkSync(a, link);
  const [one, other, same, none] = lookAt([a, b, link, join(base, 'none')]) as Seen[];
  expect([isSame(one!, same!), isSame(one!, other!), isSame(one!, none!)]).toEqual([
    true,
    false,
    false,
  ]);
  rmSync(base, { recursive: true });
});

const model = (resources: string): Configuration =>
  checkClusterYaml(`version: 1\ncluster: c\nresources:\n${resources}`, 'c').configuration!;

test('what is a resource already is known by what its probe finds it by', () => {
  const words = web.parameters['command_line'] ?? '';
  const line = JSON.stringify(words);
  const known = model(`  a: { agent: vm, parameters: { command_line: ${line}, memory: 128 } }`);
  expect([isKnown(known, web), isKnown(known, machine('n1', 'web', '-m 1'))]).toEqual([
    true,
    false,
  ]);
  const container = { kind: 'container', name: 'web', parameters: {} } as const;
  const podman = model(
    '  a: { agent: "ocf:heartbeat:podman", parameters: { image: i, name: web } }',
  );
  expect([isKnown(podman, container), isKnown(known, container)]).toEqual([true, false]);
  const file = 'config: /etc/xen/db.xml';
  const configured = model(
    `  a: { agent: "ocf:heartbeat:VirtualDomain", parameters: { ${file} } }`,
  );
  expect(isKnown(configured, { kind: 'vm', name: 'db', parameters: {} })).toBe(true);
});

test('what was released, or is gone, is managed by nobody', () => {
  const some = model(
    '  a: { agent: command, parameters: { command: x } }\n' +
      '  b: { agent: command, parameters: { command: x }, meta: { is-managed: false } }',
  );
  const ids = some.resources.map(({ id }) => (some.resources[0] as Primitive).id && id);
  expect([...ids, 'c'].map((id) => isManaged(some, id))).toEqual([true, false, false]);
});

test('processes of machines are seen, each is read once, and commands inside of containers are none', async () => {
  const base = mkdtempSync(join(tmpdir(), 'holdfast-proc-'));
  const run = (pid: string, ...words: readonly string[]): void => {
    mkdirSync(join(base, pid), { recursive: true });
    writeFileSync(join(base, pid, 'cmdline'), words.map((word) => `${word}\0`).join(''));
  };
  run('1', '/sbin/init');
  run('20', '/usr/bin/qemu-system-x86_64', '-m', '1');
  run('30', '/usr/bin/conmon', '-c', 'id');
  run('40', '/usr/bin/conmon', '--exec-process-spec', 'x');
  run('self', '/usr/bin/conmon');
  const watch = new ProcessWatch(base);
  expect(await watch.look()).toEqual({ vms: '20', containers: '30' });
  run('1', '/usr/bin/qemu-system-x86_64');
  run('50', 'qemu-system-aarch64');
  expect(await watch.look()).toEqual({ vms: '20 50', containers: '30' });
  rmSync(join(base, '20'), { recursive: true });
  // Now and then all are read anew.
  for (let look = 0; look < 8; look += 1) await watch.look();
  expect(await watch.look()).toEqual({ vms: '1 50', containers: '30' });
  rmSync(base, { recursive: true });
});
