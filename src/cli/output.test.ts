import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { EXIT } from './exit.ts';

it('an answer that cannot be written ends with a sentence, not with a stack', () => {
  const main = join(import.meta.dirname, 'main.ts');
  const words = ['-c', '"$0" "$1" help > /dev/full', process.execPath, main];
  const { status, stderr } = spawnSync('bash', words, { encoding: 'utf8' });
  expect(stderr).toBe('holdfast: the answer cannot be written: no space is left there\n');
  expect(status).toBe(EXIT.unexpected);
});
