import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { EXIT as DAEMON_EXIT } from '../daemon/exit.ts';
import { VERSION as DAEMON_VERSION } from '../daemon/version.ts';
import { EXIT } from './exit.ts';
import { createProgram } from './program.ts';
import { VERSION } from './version.ts';

const root = join(import.meta.dirname, '../..');
const manual = (page: string): string => readFileSync(join(root, 'docs/manual', page), 'utf8');

it('every exit code is in the manual, and no other', () => {
  const [command = '', daemon = ''] = manual('exit-codes.md').split('\n## `holdfastd`');
  const codes = (text: string) =>
    [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(codes(command)).toEqual(Object.values(EXIT));
  expect(codes(daemon)).toEqual(Object.values(DAEMON_EXIT));
});

it('every command is in the manual', () => {
  const text = manual('commands.md');
  const program = createProgram(async () => undefined);
  for (const command of program.commands) {
    const inner = command.commands.length === 0 ? [''] : command.commands.map((one) => one.name());
    for (const name of inner) {
      expect(text).toContain(`holdfast ${command.name()}${name === '' ? '' : ` ${name}`}`);
    }
  }
});

it('the versions are those of package.json', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect([VERSION, DAEMON_VERSION]).toEqual([version, version]);
});
