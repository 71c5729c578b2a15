import { expect, test } from 'vitest';
import { corosyncConf } from './corosync-conf.ts';

const members = [
  { name: 'n1', id: 1, address: '10.77.0.1' },
  { name: 'n2', id: 2, address: '10.77.0.2' },
];

test('a short token brings link times that do not flap, a long one keeps the defaults', () => {
  expect(corosyncConf({}, members)).toContain('interface {\n    knet_ping_interval: 200\n');
  expect(corosyncConf({ token: 1000 }, members)).not.toContain('knet_ping_interval');
  expect(corosyncConf({ transport: 'udpu' }, members)).not.toContain('knet_ping_interval');
});

test('options go where corosync.conf(5) wants them', () => {
  const text = corosyncConf({ quorum: ['two_node: 1'] }, members);
  expect(text).toContain('  crypto_cipher: aes256\n  crypto_hash: sha256\n');
  expect(text).toContain('  seqno_unchanged_const: 3\n');
  expect(corosyncConf({ seqnoUnchangedConst: 30 }, members)).toContain('_const: 30\n');
  expect(corosyncConf({ encryption: false }, members)).toContain('crypto_cipher: none');
  expect(corosyncConf({ transport: 'udpu' }, members)).toContain('crypto_cipher: none');
  expect(text).toContain('quorum {\n  provider: corosync_votequorum\n  two_node: 1\n}\n');
  expect(text).toContain('  node {\n    ring0_addr: 10.77.0.2\n    nodeid: 2\n    name: n2\n  }\n');
});

test('an opening brace always ends its line', () => {
  const lines = corosyncConf({ token: 150 }, members).split('\n');
  const opening = lines.filter((line) => line.includes('{'));
  expect(opening.length).toBeGreaterThan(4);
  for (const line of opening) expect(line.endsWith(' {')).toBe(true);
});
