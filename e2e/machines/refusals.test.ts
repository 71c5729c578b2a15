/**
 * A node that cannot take a machine which is sent there: the machine runs on, nothing is left at the
 * target, and the source says what the target has said. One cluster; the second node lacks something.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { obstacle } from '../guest/archive.ts';
import { descendantsOf, isServer } from '../lab/host.ts';
import type { LabNode } from '../lab/node.ts';
import * as product from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { createMachinesLab, type MachinesLab } from './lab.ts';

const missing = obstacle();
if (missing !== undefined) console.warn(`left out: machines that are refused: ${missing}`);

const qemu = '/usr/bin/qemu-system-x86_64';
/** It finds its firmware beside itself. */
const real = `exec -a ${qemu} /run/real-qemu -L /usr/share/qemu -L /usr/share/seabios`;
const name = 'shop';
const own = '/run/own';
const image = `${own}/shop.raw`;
const mib = 1 << 20;
const quietly = { throwIfNoEntry: false } as const;

let machines: MachinesLab;
let n1: LabNode;
let n2: LabNode;

/** Its processor never gets as far as a guest: what is moved is QEMU, and that needs no boot. */
const machine = (...lines: readonly string[]): string =>
  [
    `  ${name}:`,
    '    agent: vm',
    '    parameters:',
    ...['memory: 32', 'accelerator: tcg', ...lines].map((line) => `      ${line}`),
    '    operations: { stop: { timeout: 3s } }',
    '',
    'constraints:',
    `  - location: ${name}`,
    '    prefers: { n1: 100 }',
    '',
  ].join('\n');

const copied = (more = ''): readonly string[] => [
  `disks: ${image},cache=writeback${more}`,
  'migration_storage: copy',
];

const qemusOn = (node: LabNode): number =>
  descendantsOf(node.pid() ?? 0).filter(
    (each) =>
      isServer(each, 'qemu-system-x86_64') &&
      each.argv.some((word) => word.startsWith(`guest=${name},`)),
  ).length;

/** What the source's result says of a move to the second node that does not succeed. */
async function refusedMove(): Promise<string> {
  const before = (await product.history(n1)).at(-1)?.number ?? 0;
  const words = ['resource', 'move', name, 'n2', '--live', '--wait'];
  await product.holdfastAsk(n1, ...words).catch(() => undefined);
  const seen = await product.untilSettled(machines.lab.nodes);
  const story = (await product.history(n1)).filter(({ number }) => number > before);
  const ended = story.filter(({ operation }) => operation === 'migrate_to');
  expect(ended).toHaveLength(1);
  expect(story.filter(({ operation }) => /^st(art|op)$/.test(operation ?? ''))).toEqual([]);
  expect(product.runsOn(seen, name)).toBe('n1');
  expect(qemusOn(n1)).toBe(1);
  expect(qemusOn(n2)).toBe(0);
  expect(existsSync(inside(n1, `${image}.stale`))).toBe(false);
  expect(ended[0]?.text).toContain('it runs on where it is');
  return ended[0]?.text ?? '';
}

const inside = (node: LabNode, path: string): string => `/proc/${String(node.pid())}/root${path}`;

/** Another QEMU on the second node: this program, with other words or less room. */
async function withQemu(script: string): Promise<void> {
  const path = join(machines.lab.sharedDirectory, 'qemu');
  writeFileSync(path, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  await n2.ask(['mount', '--bind', '/run/lab/qemu', qemu]);
}

describe.skipIf(missing !== undefined)('a node that cannot take a machine', () => {
  beforeAll(async () => {
    machines = await createMachinesLab();
    [n1, n2] = machines.lab.nodes as [LabNode, LabNode];
    for (const [node, size] of [
      [n1, '256M'],
      [n2, '64M'],
    ] as const) {
      await node.ask(['mkdir', '-p', own]);
      await node.ask(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', own]);
    }
    await n2.ask(['touch', '/run/real-qemu']);
    await n2.ask(['mount', '--bind', qemu, '/run/real-qemu']);
    writeFileSync(inside(n1, image), Buffer.alloc(48 * mib, 'holdfast'));
  });
  afterEach(async () => {
    await n2.ask(['umount', qemu]).catch(() => undefined);
    await n2.ask(['sh', '-c', `rm -f ${own}/*`]);
    await product.holdfastAsk(n1, 'resource', 'stop', name, '--wait');
    await machines.apply('');
  });
  afterAll(() => machines.close());

  test('has no image', async () => {
    await machines.apply(machine(`disks: ${image},cache=writeback`));
    expect(await refusedMove()).toContain(
      `n2 does not take it: ${image} is not there on this node`,
    );
    const { resources } = await product.status(n1);
    expect(JSON.stringify(resources)).not.toContain('log of holdfastd');
    expect(await product.holdfastAsk(n1, 'why', name)).toContain(image);
  });

  test('has no room for its memory', async () => {
    await machines.apply(machine());
    await withQemu(`ulimit -v ${String(64 * 1024)}; ${real} "$@"`);
    expect(await refusedMove()).toMatch(/n2 does not take it: .*(memory|mmap|allocate)/i);
  });

  test('knows another type of machine', async () => {
    await machines.apply(machine('machine: pc-i440fx-6.2'));
    await withQemu(`${real} "\${@/pc-i440fx-6.2/pc-i440fx-99.0}"`);
    expect(await refusedMove()).toMatch(/n2 does not take it: .*unsupported machine type/);
  });

  test('has another processor', async () => {
    await machines.apply(machine());
    await withQemu(`${real} "\${@/qemu64/486}"`);
    expect(await refusedMove()).toMatch(/failed; n2 says: QEMU ended: Unknown savevm section/);
  });

  test('has an image that somebody else writes to', async () => {
    await machines.apply(machine(...copied()));
    writeFileSync(inside(n2, image), Buffer.alloc(48 * mib));
    const lock = JSON.stringify({
      driver: 'raw',
      'node-name': 'held',
      file: { driver: 'file', filename: image, locking: 'on' },
    });
    const words = ['-machine', 'pc', '-nodefaults', '-display', 'none', '-daemonize'];
    const held = ['-blockdev', lock, '-device', 'virtio-blk-pci,drive=held'];
    await n2.ask([qemu, ...words, ...held, '-S', '-pidfile', '/run/other.pid']);
    try {
      expect(await refusedMove()).toMatch(
        /n2 .*: \/run\/own\/shop.raw takes no copy \(is it in use/,
      );
    } finally {
      await n2.ask(['sh', '-c', 'kill $(cat /run/other.pid)']);
    }
    expect(existsSync(inside(n2, `${image}.stale`))).toBe(false);
  });

  // Where there is none when the move is decided, it is not begun.
  test('has no room for its disk any more', async () => {
    await machines.apply(machine(...copied(',size=48M'), 'migration_bandwidth: 2'));
    const refused = refusedMove();
    const copiedBytes = () => 512 * (statSync(inside(n2, image), quietly)?.blocks ?? 0);
    await until('the copy has begun', () => copiedBytes() > mib);
    await n2.exec(['dd', 'if=/dev/zero', `of=${own}/other`, 'bs=1M', 'count=64']);
    expect(await refused).toContain(`${image} could not be copied: No space left on device`);
    expect(readFileSync(inside(n2, `${image}.stale`), 'utf8')).toContain('is not complete');
  });
});
