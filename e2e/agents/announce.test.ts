/** Whoever knows an address elsewhere hears at once that it is here now. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOrThrow, until } from '../lab/run.ts';

const address = '192.0.2.1';
const here = `hf-here-${String(process.pid)}`;
const there = `hf-there-${String(process.pid)}`;
const ip = (...words: readonly string[]): Promise<string> => runOrThrow(['ip', ...words]);

beforeAll(async () => {
  for (const name of [here, there]) await ip('netns', 'add', name);
  await ip('-n', here, 'link', 'add', 'a0', 'type', 'veth', 'peer', 'name', 'b0', 'netns', there);
  await ip('-n', here, 'address', 'add', `${address}/24`, 'dev', 'a0', 'label', 'a0:vip');
  await ip('-n', there, 'address', 'add', '192.0.2.9/24', 'dev', 'b0');
  await ip('-n', here, 'link', 'set', 'a0', 'up');
  await ip('-n', there, 'link', 'set', 'b0', 'up');
  // A kernel that has just learnt an address learns no other for a second (arp(7), `locktime`).
  await ip('netns', 'exec', there, 'sysctl', '-q', '-w', 'net.ipv4.neigh.b0.locktime=0');
});
afterAll(async () => {
  for (const name of [here, there]) await ip('netns', 'del', name);
});

async function announce(what: string): Promise<void> {
  const source = join(import.meta.dirname, '../../src/host/network/announce.ts');
  const program = `import { announceAddress } from '${source}'; announceAddress('${what}');`;
  await ip('netns', 'exec', here, process.execPath, '--input-type=module', '-e', program);
}

const known = (): Promise<string> => ip('-n', there, 'neighbour', 'show', address);

test('an address that came is known with its new hardware address, one that did not is not', async () => {
  const old = '02:00:00:00:00:99';
  await ip(
    '-n',
    there,
    'neighbour',
    'replace',
    address,
    'lladdr',
    old,
    'dev',
    'b0',
    'nud',
    'stale',
  );
  await announce('192.0.2.77');
  await announce('127.0.0.1');
  expect(await known()).toContain(old);
  const [own = ''] = /(?<=link\/ether )\S+/.exec(await ip('-n', here, 'link', 'show', 'a0')) ?? [];
  await announce(address);
  await until('the neighbour knows', async () => (await known()).includes(own));
});
