import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { table } from '../boundaries.config.ts';
import { boundaryFindings, findingsOf } from '../scripts/boundaries.ts';

test('a check that has no file to look at fails', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'holdfast-empty-'));
  expect(await boundaryFindings(empty)).toEqual([`${empty}: there is no TypeScript file to check`]);
  rmdirSync(empty);
});

test('a check that saw no module fails: "no violations (0 modules)" is no answer', () => {
  const blind = { modules: [], summary: { violations: [] } };
  expect(findingsOf(['src/host/clock.ts'], blind)).toEqual([
    'src/host/clock.ts: not seen by the check',
  ]);
});

test('the compiler looks at every folder of the table', () => {
  const text = readFileSync(join(import.meta.dirname, '../tsconfig.node.json'), 'utf8');
  const { include } = JSON.parse(text) as { include: string[] };
  const folders = new Set(
    table.map((row) => row.folder).filter((name) => !name.startsWith('core/')),
  );
  for (const folder of folders) expect(include).toContain(`src/${folder}/**/*.ts`);
});
