/** Whoever knows an address elsewhere hears at once that it is here now. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../lab/run.ts';

const address = '192.0.2.1';
const [here, there] = ['here', 'there'].map((name) => `hf-${name}-${String(process.pid)}`) as [
  string,
  string,
];
const ip = (...words: readonly string[]): string =>
  execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeAll(() => {
  for (const name of [here, there]) ip('netns', 'add', name);
  ip('-n', here, 'link', 'add', 'a0', 'type', 'veth', 'peer', 'name', 'b0', 'netns', there);
  ip('-n', here, 'address', 'add', `${address}/24`, 'dev', 'a0', 'label', 'a0:vip');
  ip('-n', there, 'address', 'add', '192.0.2.9/24', 'dev', 'b0');
  ip('-n', here, 'link', 'set', 'a0', 'up');
  ip('-n', there, 'link', 'set', 'b0', 'up');
  // A kernel that has just learnt an address learns no other for a second (arp(7), `locktime`).
  const still = 'net.ipv4.neigh.b0.locktime=0';
  ip('netns', 'exec', there, 'sysctl', '-q', '-w', still);
});
afterAll(() => {
  for (const name of [here, there]) ip('netns', 'del', name);
});

const announce = (what: string): void => {
  const source = join(import.meta.dirname, '../../src/host/network/announce.ts');
  const program = `import { announceAddress } from ${JSON.stringify(source)}; announceAddress('${what}');`;
  ip('netns', 'exec', here, process.execPath, '--input-type=module', '-e', program);
};

const known = (): string => ip('-n', there, 'neighbour', 'show', address);

test('an address that came is known with its new hardware address, one that did not is not', async () => {
  const old = '02:00:00:00:00:99';
  ip('-n', there, 'neighbour', 'replace', address, 'lladdr', old, 'dev', 'b0', 'nud', 'stale');
  announce('192.0.2.77');
  announce('127.0.0.1');
  expect(known()).toContain(old);
  const [own = ''] = /(?<=link\/ether )\S+/.exec(ip('-n', here, 'link', 'show', 'a0')) ?? [];
  announce(address);
  await until('the neighbour knows', () => known().includes(own));
});
