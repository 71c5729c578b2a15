/** The log of the store on a disk that is full, and with two daemons at one directory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiskError } from '../../src/host/disk/files.ts';
import { openLog } from '../../src/host/disk/log.ts';

const mountProgram = '/bin/mount';
const unmountProgram = '/bin/umount';
const disk = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
beforeAll(() => {
  execFileSync(mountProgram, ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
});
afterAll(() => {
  execFileSync(unmountProgram, [disk]);
  rmSync(disk, { recursive: true });
});

const reopen = async (directory: string) => {
  const { log, restored } = await openLog(directory, () => true);
  await log.close();
  return restored;
};

test('a full disk: a clear error, no half state, and on it goes when there is space', async () => {
  const directory = join(disk, 'store');
  const { log } = await openLog(directory, () => true);
  await log.writeSnapshot('state');
  await log.append(['first']);
  const ballast = join(disk, 'ballast');
  fill(ballast);

  const refused = await log.append(['x'.repeat(20_000)]).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DiskError);
  expect(refused).toMatchObject({
    code: 'ENOSPC',
    message: expect.stringContaining('no space is left'),
  });
  await expect(log.writeSnapshot('y'.repeat(20_000))).rejects.toThrow('ENOSPC');
  expect(await reopen(directory)).toEqual({
    snapshot: 'state',
    records: ['first'],
    findings: [],
    damaged: false,
  });

  rmSync(ballast);
  await log.append(['second']);
  await log.writeSnapshot('y'.repeat(20_000));
  await log.append(['third']);
  await log.close();
  const restored = await reopen(directory);
  expect(restored).toMatchObject({
    snapshot: 'y'.repeat(20_000),
    records: ['third'],
    findings: [],
  });
  expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([]);
});

function fill(path: string): void {
  for (const size of [65_536, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // full
    }
  }
}

test('a second daemon at the same directory is refused, until the first has ended', () => {
  const directory = join(disk, 'locked');
  const open = `const { openLog } = await import(${JSON.stringify(
    new URL('../../src/host/disk/log.ts', import.meta.url).href,
  )}); await openLog(${JSON.stringify(directory)});`;
  const second = `const { spawnSync } = await import('node:child_process');
    const second = spawnSync(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(open)}]);
    console.log(String(second.stderr));`;
  const run = (text: string) => spawnSync(process.execPath, ['--input-type=module', '-e', text]);
  expect(String(run(open + second).stdout)).toContain('another daemon is using it');
  expect(run(open).status).toBe(0);
});
