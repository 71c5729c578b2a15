import { expect, it } from 'vitest';

import type { Votes } from '../../core/model/engine.ts';
import { findingsOf, keyFile } from './findings.ts';
import type { Keys } from './configuration.ts';
import { votesOf } from './votes.ts';

const encrypted: Keys = { 'totem.crypto_cipher': 'aes256', 'totem.crypto_hash': 'sha256' };
const bit = { twoNode: 1, registered: 64, alive: 128, casts: 256, waitForAll: 4 } as const;

function nodes(count: number): Keys {
  const keys: Record<string, string | number> = {};
  for (let at = 0; at < count; at += 1) {
    keys[`nodelist.node.${at}.ring0_addr`] = `192.0.2.${at + 1}`;
    keys[`nodelist.node.${at}.nodeid`] = at + 1;
  }
  return keys;
}

function votes(expected: number, flags = 2, needed = Math.floor(expected / 2) + 1): Votes {
  const numbers = { flags, quorum: needed, expectedVotes: expected, totalVotes: expected };
  return votesOf({ ...numbers, deviceVotes: 0, deviceName: '' }, false);
}

const texts = (keys: Keys, counted: Votes, mode?: number): readonly string[] =>
  findingsOf({ ...encrypted, ...keys }, counted, mode).map(({ text }) => text);

it('has nothing against three encrypted nodes, two with two_node, and two with a device', () => {
  expect(texts(nodes(3), votes(3), 0o100400)).toEqual([]);
  const pair = { ...nodes(2), 'quorum.two_node': 1 };
  expect(texts(pair, votes(2, bit.twoNode | bit.waitForAll, 1), 0o100600)).toEqual([]);
  const device = { ...nodes(2), 'quorum.device.model': 'net' };
  expect(texts(device, votes(3, bit.registered | bit.alive | bit.casts))).toEqual([]);
});

it.each<[string, Keys, RegExp]>([
  ['no word on it', {}, /not encrypted: .* read it and take part/],
  ['cipher and hash none', { 'totem.crypto_cipher': 'none', 'totem.crypto_hash': 'none' }, /take/],
  ['a hash alone', { 'totem.crypto_hash': 'sha256' }, /can read it\.$/],
])('says that traffic is not encrypted: %s', (_, keys, sentence) => {
  const found = findingsOf({ ...nodes(3), ...keys }, votes(3), undefined);
  expect(found).toHaveLength(1);
  expect(found[0]?.text).toMatch(sentence);
  expect(found[0]?.advice).toMatch(/corosync-keygen.*aes256/);
});

it('takes secauth for encryption, unless a cipher says otherwise', () => {
  const secauth = { ...nodes(3), 'totem.secauth': 'on' };
  expect(findingsOf(secauth, votes(3), undefined)).toEqual([]);
  const off = { ...secauth, 'totem.crypto_cipher': 'none' };
  expect(findingsOf(off, votes(3), undefined)).toHaveLength(1);
});

it('names the transport that cannot encrypt', () => {
  const found = findingsOf({ ...nodes(3), 'totem.transport': 'udpu' }, votes(3), undefined);
  expect(found[0]?.advice).toMatch(/knet instead of udpu/);
});

it('says who else may use the key', () => {
  expect(texts(nodes(3), votes(3), 0o100640)).toEqual([
    "others than root may use /etc/corosync/authkey (mode 0640), the key of Corosync's traffic.",
  ]);
  expect(keyFile({ 'totem.keyfile': '/k' })).toBe('/k');
  expect(keyFile({ 'totem.key': 'x' })).toBe(undefined);
});

const device = { 'quorum.device.model': 'net' };
const pairFlags = bit.twoNode | bit.waitForAll;

it.each<[string, Keys, Votes, RegExp]>([
  ['two_node and three nodes', { ...nodes(3), 'quorum.two_node': 1 }, votes(3), /3 nodes/],
  [
    'two_node and a device',
    { ...nodes(2), ...device, 'quorum.two_node': 1 },
    votes(2, pairFlags | 448, 1),
    /beside a quorum device/,
  ],
  [
    'two_node, wait_for_all off',
    { ...nodes(2), 'quorum.two_node': 1, 'quorum.wait_for_all': 0 },
    votes(2, bit.twoNode, 1),
    /Holdfast waits for both nodes all the same/,
  ],
  ['two nodes and no rule', nodes(2), votes(2), /both are needed/],
  [
    'last_man_standing without wait_for_all',
    { ...nodes(4), 'quorum.last_man_standing': 1 },
    votes(4, 8),
    /last_man_standing without wait_for_all/,
  ],
  [
    'auto_tie_breaker and a device',
    { ...nodes(4), ...device, 'quorum.auto_tie_breaker': 1 },
    votes(4, 16),
    /auto_tie_breaker beside a quorum device/,
  ],
  ['too few expected votes', nodes(4), votes(2), /2 of the nodes' 4 votes are quorum/],
])('finds %s', (_, keys, counted, sentence) => {
  const found = texts(keys, counted);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(sentence);
});

it.each([
  ['absent', 0, /does not run on this node/],
  ['silent', bit.registered, /does not answer/],
  ['abstains', bit.registered | bit.alive, /gives this node no vote/],
] as const)('says that the quorum device is %s', (state, flags, sentence) => {
  const counted = votesOf(
    { flags, quorum: 2, expectedVotes: 3, totalVotes: 2, deviceVotes: 1, deviceName: 'Qdevice' },
    true,
  );
  expect(counted.device).toEqual({ name: 'Qdevice', votes: 1, state });
  expect(texts({ ...nodes(2), ...device }, counted)[0]).toMatch(sentence);
});

it('lets auto_tie_breaker decide between two nodes', () => {
  expect(texts({ ...nodes(2), 'quorum.auto_tie_breaker': 1 }, votes(2, 16))).toEqual([]);
});
