import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** `spawn(…, { shell: true })` and `['sh', '-c', …]` would read data as commands. */
const shellString =
  /\bshell\s*:\s*(true|['"`])|['"`](?:\/bin\/)?(?:ba|da)?sh['"`]\s*,\s*\[?\s*['"`]-\w*c\b/;

test.each([
  "spawn('ls', [name], { shell: true })",
  "spawn('ls', { shell: '/bin/sh' })",
  "spawn('sh', ['-c', text])",
  "run('/bin/bash', [\n  '-ec', text])",
])('%s is recognised', (code) => {
  expect(code).toMatch(shellString);
});

test('nothing of the product goes through a shell as a string', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  const offenders = files.filter((file) =>
    shellString.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(0);
  expect(offenders).toEqual([]);
});
