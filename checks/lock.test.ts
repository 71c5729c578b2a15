import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { missingEntries } from '../scripts/complete-lock.ts';
import type { Entries } from '../scripts/complete-lock.ts';

const text = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { packages: Entries };

test('the lock file is complete; if not: node scripts/complete-lock.ts', () => {
  expect(Object.keys(missingEntries(packages))).toEqual([]);
});

test('the lock file names no registry', () => {
  expect(text).not.toContain('"resolved"');
});
