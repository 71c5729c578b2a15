import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { imageSpace } from './images.ts';
import { thinPoolsIn } from './thin.ts';

const base = mkdtempSync(join(tmpdir(), 'holdfast-space-'));
afterAll(() => rmSync(base, { recursive: true }));
const file = (name: string, content: Buffer | string): string => {
  const path = join(base, name);
  writeFileSync(path, content);
  return path;
};

test('a raw image may grow to its length, and takes what was written', async () => {
  const path = file('a.raw', Buffer.alloc(8192, 1));
  truncateSync(path, 1 << 20);
  const { allocated = 0, virtual } = (await imageSpace(path)) ?? {};
  expect(virtual).toBe(1 << 20);
  expect(allocated).toBeGreaterThanOrEqual(8192);
  expect(allocated).toBeLessThan(1 << 18);
});

test('a qcow2 image may grow to what its header says', async () => {
  const header = Buffer.alloc(104);
  header.write('QFI\u00fb', 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(20n << 30n, 24);
  expect(await imageSpace(file('a.qcow2', header))).toMatchObject({ virtual: 20 * 2 ** 30 });
  expect(await imageSpace(file('b.qcow2', header.subarray(0, 30)))).toMatchObject({ virtual: 30 });
});

test('what is no file is no image', async () => {
  expect(await imageSpace(base)).toBeUndefined();
  expect(await imageSpace(join(base, 'none'))).toBeUndefined();
  expect(await imageSpace('/dev/null')).toBeUndefined();
});

test('thin pools are read from what lvs prints, with what their volumes may still take', () => {
  const row = (
    lv_name: string,
    lv_size: number,
    pool_lv: string,
    percent: string,
    segtype: string,
  ) => ({
    vg_name: 'vg',
    lv_name,
    lv_size: String(lv_size),
    pool_lv,
    data_percent: percent,
    segtype,
  });
  const lv = [
    row('root', 500, '', '', 'linear'),
    row('pool', 1000, '', '60.00', 'thin-pool'),
    row('a', 800, 'pool', '50.00', 'thin'),
    row('b', 700, 'pool', '10.00', 'thin'),
  ];
  expect(thinPoolsIn(JSON.stringify({ report: [{ lv }] }))).toEqual([
    { at: 'vg/pool', total: 1000, free: 400, growth: 400 + 630, volumes: 2 },
  ]);
  expect(thinPoolsIn('no volume groups found')).toEqual([]);
  expect(thinPoolsIn('{}')).toEqual([]);
});
