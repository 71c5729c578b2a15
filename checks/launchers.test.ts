import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'holdfast launcher-'));
  cpSync(join(import.meta.dirname, '../bin'), join(checkout, 'bin'), { recursive: true });
  mkdirSync(join(checkout, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(checkout, 'node_modules/.bin/node'));
});

afterEach(() => rmSync(checkout, { recursive: true }));

test.each(['holdfast', 'holdfastd'])('%s runs its bundle, through symbolic links too', (name) => {
  mkdirSync(join(checkout, 'dist'));
  writeFileSync(join(checkout, `dist/${name}.js`), 'console.log(process.argv.slice(2).join("|"))');
  symlinkSync(`bin/${name}`, join(checkout, 'one'));
  symlinkSync(join(checkout, 'one'), join(checkout, 'two'));
  const { stdout, status } = spawnSync(join(checkout, 'two'), ['a b', '*'], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: 'a b|*\n', status: 0 });
});

test('without a bundle it says what to do', () => {
  const { stderr, status } = spawnSync(join(checkout, 'bin/holdfast'), { encoding: 'utf8' });
  expect(stderr).toBe(
    `holdfast: not built, ${checkout}/dist/holdfast.js is missing: run ${checkout}/dev setup\n`,
  );
  expect(status).toBe(69);
});
