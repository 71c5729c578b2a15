import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createProgram } from './program.ts';
import { manualPage } from './testing/manual-page.ts';

const root = join(import.meta.dirname, '../..');
const path = join(root, 'packaging/man/holdfast.8');
const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function page(): string {
  const [codes = ''] = read(join(root, 'docs/manual/exit-codes.md')).split('\n## `holdfastd`');
  const rows = [...codes.matchAll(/^\| (\d+) \| ([^|]*) \|/gm)];
  const exitCodes = rows.map(([, code = '', meaning = '']) => [code, meaning.trim()] as const);
  return manualPage(
    createProgram(async () => undefined),
    exitCodes,
  );
}

it('holdfast(8) is what the program says; UPDATE=1 rewrites it', () => {
  const now = page();
  if (process.env['UPDATE'] === '1') writeFileSync(path, now);
  expect(read(path)).toBe(now);
});

it('has every command and its options', () => {
  const text = read(path).replaceAll('\\-', '-');
  for (const command of createProgram(async () => undefined).commands) {
    const all = command.commands.length === 0 ? [command] : command.commands;
    for (const one of all) {
      const name = one === command ? one.name() : `${command.name()} ${one.name()}`;
      expect(text).toMatch(new RegExp(`^\\.It Ic ${name}( |$)`, 'm'));
      for (const { flags } of one.options) expect(text).toContain(`.It Li ${flags}\n`);
    }
  }
});

const units = join(root, 'packaging/systemd');
it.each(['holdfastd.service', 'holdfast-leave.service'])(
  '%s names pages that there are',
  (unit) => {
    const named = [...read(join(units, unit)).matchAll(/man:(holdfast\w*)\((\d)\)/g)];
    expect(named).not.toEqual([]);
    for (const [, name, section] of named) {
      expect(existsSync(join(root, `packaging/man/${name}.${section}`))).toBe(true);
    }
  },
);

it('holdfastd(8) has every option and exit code of the daemon', () => {
  const text = read(join(root, 'packaging/man/holdfastd.8')).replaceAll('\\-', '-');
  const help = spawnSync(process.execPath, [join(root, 'src/daemon/main.ts'), '--help'], {
    encoding: 'utf8',
  }).stdout;
  const options = [...help.matchAll(/^ +(--[a-z-]+)/gm)].map(([, option = '']) => option);
  expect(options.length).toBeGreaterThan(3);
  // mdoc puts the first dash in front.
  for (const option of options) expect(text).toContain(` ${option.slice(1)}`);
  const [, daemon = ''] = read(join(root, 'docs/manual/exit-codes.md')).split('\n## `holdfastd`');
  for (const [, code] of daemon.matchAll(/^\| (\d+) \|/gm)) {
    expect(text).toContain(`\n.It ${code}\n`);
  }
});
