import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import type { Configuration } from '../core/model/configuration.ts';
import { parseSpace } from '../core/model/space.ts';
import { configured, primitive } from '../core/view/testing/states.ts';
import { SpaceWatch, disksOf } from './space.ts';

const base = mkdtempSync(join(tmpdir(), 'holdfast-space-'));
afterAll(() => rmSync(base, { recursive: true }));
const image = join(base, 'a.raw');
writeFileSync(image, '');
truncateSync(image, 1 << 30);

const machine = (id: string, values: Readonly<Record<string, string>>) =>
  primitive(id, { agent: { class: 'vm', type: '' }, parameters: [{ id: 'p', score: 0, values }] });
const modelOf = (...machines: readonly ReturnType<typeof machine>[]): Configuration =>
  configured(machines).model;

function watched(model: Configuration, found: readonly string[] = []) {
  const said: (string | undefined)[] = [];
  let shortages = 0;
  const watch = new SpaceWatch({
    model: () => model,
    found: () => found,
    sayings: { say: (_name, value) => said.push(value) },
    onShortage: () => (shortages += 1),
    log: { debug: () => undefined },
  });
  return { watch, said, shortages: () => shortages };
}

it('knows the disks of machines by their parameters and by the words of what was adopted', () => {
  const line = JSON.stringify(['qemu-system-x86_64', '-drive', 'file=/vm/b.raw', '-cdrom', '/cd']);
  expect(
    disksOf(
      modelOf(
        machine('a', { disks: '/vm/a.raw,bus=scsi /vm/c.raw' }),
        machine('b', { command_line: line }),
      ),
    ),
  ).toEqual(['/vm/a.raw', '/vm/c.raw', '/vm/b.raw']);
  expect(disksOf(modelOf(machine('a', { command_line: 'no JSON' })))).toEqual([]);
});

it('tells what an image may grow by on the file system that it is on, each image once', async () => {
  const { watch, said } = watched(modelOf(machine('a', { disks: image })), [image]);
  await watch.look();
  const [pool] = parseSpace(said[0]);
  expect(pool).toMatchObject({ images: 1, shared: false, rate: 0 });
  expect(base.startsWith(pool?.at ?? '-')).toBe(true);
  expect(pool?.total).toBeGreaterThan(pool?.free ?? Infinity);
  const step = Math.max(1 << 20, (pool?.total ?? 0) / 256);
  expect(Math.abs((pool?.growth ?? 0) - (1 << 30))).toBeLessThanOrEqual(step);
  watch.close();
});

it('tells what is there for a disk that is not made yet, and nothing where it cannot be made', async () => {
  const disks = `${join(base, 'new.raw')},size=20G /no/such/directory/b.raw`;
  const { watch, said } = watched(modelOf(machine('a', { disks })));
  await watch.look();
  const pools = parseSpace(said[0]);
  expect(pools).toMatchObject([{ images: 0, growth: 0 }]);
  expect(base.startsWith(pools[0]?.at ?? '-')).toBe(true);
  expect(pools[0]?.free).toBeGreaterThan(0);
  watch.close();
});

it('asks for a decision only when something became short, or is not any more', async () => {
  const huge = join(base, 'huge.raw');
  writeFileSync(huge, '');
  truncateSync(huge, 2 ** 43);
  const found: string[] = [];
  const { watch, said, shortages } = watched(modelOf(), found);
  await watch.look();
  expect([said, shortages()]).toEqual([[undefined], 0]);
  found.push(huge);
  await watch.look();
  await watch.look();
  expect(shortages()).toBe(1);
  found.pop();
  await watch.look();
  expect(shortages()).toBe(2);
  watch.close();
});
