/** What was promised survives a power loss: what is not flushed before the promise may be lost (fsync(2)). */
import { constants, mkdtempSync } from 'node:fs';
import type * as FilesModule from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openLog } from './log.ts';

/** What would be lost now: bytes written to files, and names made in the directory. */
const unflushed = vi.hoisted(() => new Set<string>());

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FilesModule>();
  const open = async (path: string, flags: number | string, mode?: number) => {
    const handle = await real.open(path, flags, mode);
    const isSynchronous = typeof flags === 'number' && (flags & constants.O_DSYNC) !== 0;
    const bytes = `bytes of ${basename(path)}`;
    if (flags === 'w+') unflushed.add(`name ${basename(path)}`);
    const write = handle.write.bind(handle) as (...all: unknown[]) => Promise<unknown>;
    const flush = (toDisk: () => Promise<void>) => async (): Promise<void> => {
      await toDisk();
      unflushed.delete(bytes);
      if (flags !== 'r') return;
      for (const one of unflushed) if (one.startsWith('name ')) unflushed.delete(one);
    };
    const truncate = handle.truncate.bind(handle);
    return Object.assign(handle, {
      write: async (...all: unknown[]) => {
        const written = await write(...all);
        if (!isSynchronous) unflushed.add(bytes);
        return written;
      },
      truncate: async (length: number) => {
        await truncate(length);
        unflushed.add(bytes);
      },
      sync: flush(handle.sync.bind(handle)),
      datasync: flush(handle.datasync.bind(handle)),
    });
  };
  const rename = async (from: string, to: string): Promise<void> => {
    await real.rename(from, to);
    unflushed.delete(`name ${basename(from)}`);
    unflushed.add(`name ${basename(to)}`);
  };
  return { ...real, open, rename };
});

const lost = (): readonly string[] => [...unflushed].toSorted((a, b) => a.localeCompare(b));

test('nothing that an acknowledged record or snapshot needs is lost with the power', async () => {
  unflushed.clear();
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-durable-'));
  const { log } = await openLog(directory, () => true);
  expect(lost()).toEqual([]);
  await log.append(['one', 'two']);
  expect(lost()).toEqual([]);
  await log.writeSnapshot('state', ['rolled back']);
  expect(lost()).toEqual([]);
  await log.append(['three']);
  await log.truncateAfter(0);
  expect(lost()).toEqual([]);
  await log.close();
  const again = await openLog(directory, () => true);
  expect(again.restored.snapshot).toBe('state');
  await again.log.append(['four']);
  expect(lost()).toEqual([]);
  await again.log.close();
});
