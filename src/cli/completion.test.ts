import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const main = join(import.meta.dirname, 'main.ts');
const holdfast = (...words: readonly string[]) =>
  spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    env: { HOLDFAST_RUN: '/nowhere' },
  });

it.each(['bash', 'zsh', 'fish'])('writes a script for %s', (shell) => {
  const { stdout, status } = holdfast('completion', shell);
  expect(status).toBe(0);
  expect(stdout).toContain('holdfast complete --');
});

it('completes commands, also without a daemon', () => {
  const { stdout, status } = holdfast('complete', '--', 'resource', 'mo');
  expect(status).toBe(0);
  expect(stdout).toContain('move');
  expect(stdout).not.toContain('restart');
});
