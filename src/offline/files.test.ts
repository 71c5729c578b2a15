import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { simulateCommand, exportCommand, importCommand } from './commands.ts';
import { FILE_BYTES_MAX, readWithin } from './files.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-files-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** It takes no room: nothing is written into it. */
function sparse(name: string, bytes: number): string {
  const path = join(directory, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

it('a giant file is refused unread, by each command, also where no buffer could hold it', async () => {
  for (const bytes of [FILE_BYTES_MAX + 1, 5_000_000_000]) {
    const path = sparse('giant', bytes);
    const refused = { kind: 'failed', reason: 'invalid', lines: [`${path} has more than 500 MB`] };
    expect(importCommand(path)).toEqual(refused);
    expect(exportCommand(path)).toEqual(refused);
    expect(await simulateCommand({ cib: path })).toEqual(refused);
    expect(await simulateCommand({ config: path, nodes: ['n1'] })).toEqual(refused);
  }
});

it('what does not say how long it is ends at the limit, too', () => {
  expect(() => readWithin('/dev/zero', 3_000_000)).toThrow('/dev/zero has more than 3 MB');
  expect(readWithin('/proc/self/stat', 3_000_000).length).toBeGreaterThan(10);
});

it('a file as long as the limit is read', () => {
  const path = join(directory, 'whole');
  writeFileSync(path, 'x'.repeat(3000));
  expect(readWithin(path, 3000).toString()).toBe('x'.repeat(3000));
  expect(() => readWithin(path, 2999)).toThrow('has more than 0.002999 MB');
});
