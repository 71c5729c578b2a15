import { chmodSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecretFiles } from './secrets.ts';

const newDirectory = () => join(mkdtempSync(join(tmpdir(), 'holdfast-secrets-')), 'secrets');

test('a secret is kept for its owner alone', async () => {
  const directory = newDirectory();
  const secrets = createSecretFiles(directory);
  expect(await secrets.read('ipmi')).toBeUndefined();
  await secrets.write('ipmi', 'one');
  await secrets.write('ipmi', 'two');
  expect(await secrets.read('ipmi')).toBe('two');
  expect(await secrets.list()).toEqual(['ipmi']);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'ipmi')).mode & 0o777).toBe(0o600);
  await secrets.remove('ipmi');
  expect(await secrets.list()).toEqual([]);
});

test('a secret that others can read is refused', async () => {
  const directory = newDirectory();
  const secrets = createSecretFiles(directory);
  await secrets.write('ipmi', 'one');
  writeFileSync(join(directory, 'ipmi'), 'edited\n');
  expect(await secrets.read('ipmi')).toBe('edited');
  chmodSync(join(directory, 'ipmi'), 0o640);
  await expect(secrets.read('ipmi')).rejects.toThrow('chmod it to 0600');
});

test('a name cannot leave the directory', async () => {
  const secrets = createSecretFiles(newDirectory());
  for (const name of ['../shadow', '.hidden', 'a/b', '']) {
    await expect(secrets.read(name)).rejects.toThrow('no name of a secret');
  }
});
