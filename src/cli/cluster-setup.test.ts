import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import { NOON, clusterOf, node } from '../core/view/testing/states.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';
import type { Ended } from './testing/session.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-setup-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = (name: string): Buffer => readFileSync(join(directory, name));
const modeOf = (name: string): number => statSync(join(directory, name)).mode & 0o777;
const pair = ['n1=192.0.2.1', 'n2=192.0.2.2'];
const setup = (...words: readonly string[]): Promise<Ended> =>
  runCommand(
    testBackend(clusterOf([node('n1')])),
    ['cluster', 'setup', '--name', 'web', '--to', directory, ...words],
    {
      now: NOON,
      columns: 200,
    },
  );

it('writes the file, and a key that only its owner may read', async () => {
  const { text, code } = await setup(...pair);
  expect(code).toBe(EXIT.ok);
  expect(readdirSync(directory).toSorted()).toEqual(['authkey', 'corosync.conf']);
  expect(read('corosync.conf').toString()).toContain('crypto_cipher: aes256');
  expect(read('authkey')).toHaveLength(256);
  expect(modeOf('authkey')).toBe(0o400);
  expect(text).not.toContain(read('authkey').toString('hex').slice(0, 8));
});

it('says what to do on each node, and that two nodes need fencing', async () => {
  const { text } = await setup(...pair);
  const from = `${directory}/corosync.conf ${directory}/authkey`;
  expect(text).toContain(`scp -p ${from} root@192.0.2.2:/etc/corosync/   # n2`);
  expect(text).toContain('systemctl enable --now holdfastd holdfast-leave');
  expect(text).toMatch(/Either of two nodes may act alone, so fencing/);
  expect(text).not.toContain('qdevice');
});

it('speaks of IPv6 as scp does, and of the quorum device', async () => {
  const { text } = await setup('n1=2001:db8::1', 'n2=2001:db8::2', '--qdevice', '2001:db8::9');
  expect(text).toContain('root@[2001:db8::2]:/etc/corosync/');
  expect(text).toContain('systemctl enable --now corosync-qdevice');
  expect(text).not.toContain('may act alone');
});

it.each(['corosync.conf', 'authkey'])(
  'leaves %s alone that is there, unless forced',
  async (name) => {
    writeFileSync(join(directory, name), 'mine', { mode: 0o644 });
    const refused = await setup(...pair);
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.text).toContain(`${directory}/${name} is there already; nothing was written.`);
    expect(readdirSync(directory)).toEqual([name]);
    expect(read(name).toString()).toBe('mine');

    expect((await setup(...pair, '--force')).code).toBe(EXIT.ok);
    expect(read(name).toString()).not.toBe('mine');
    expect(modeOf('authkey')).toBe(0o400);
  },
);

it('makes a new key each time', async () => {
  await setup(...pair);
  const first = read('authkey');
  await setup(...pair, '--force');
  expect(read('authkey').equals(first)).toBe(false);
});

it('writes nothing where something is wrong', async () => {
  const { text, code } = await setup('n1=192.0.2.1', 'n2=192.0.2.1');
  expect(code).toBe(EXIT.usage);
  expect(text).toContain('n1 and n2 have the same address 192.0.2.1.');
  expect(readdirSync(directory)).toEqual([]);
});

it('a directory that is none is an error with what to do', async () => {
  writeFileSync(join(directory, 'file'), '');
  const { text, code } = await setup(...pair, '--to', join(directory, 'file'));
  expect(code).toBe(EXIT.usage);
  expect(text).toMatch(/cannot be written to: .*\n.*another directory with --to/);
});

it('as JSON: where the files are, and the nodes', async () => {
  const { text } = await setup(...pair, '-o', 'json');
  expect(JSON.parse(text)).toMatchObject({ directory, files: ['corosync.conf', 'authkey'] });
});
