import { expect, it } from 'vitest';

import { readConfiguration } from './configuration.ts';
import type { Keys } from './configuration.ts';

const keys: Keys = {
  'totem.cluster_name': 'demo',
  'nodelist.local_node_pos': 10,
  'nodelist.node.10.name': 'beta',
  'nodelist.node.10.nodeid': 12,
  'nodelist.node.10.ring0_addr': '192.0.2.2',
  'nodelist.node.2.nodeid': 11,
  'nodelist.node.2.ring0_addr': '192.0.2.1',
  'nodelist.node.2.ring1_addr': '198.51.100.1',
};
const votes = { flags: 2, expectedVotes: 2 };

it('reads nodes in the order of their positions, with the address as name where none is given', () => {
  const configuration = readConfiguration(keys, votes);
  expect(configuration.nodes).toEqual([
    { node: '192.0.2.1', number: 11, address: '192.0.2.1' },
    { node: 'beta', number: 12, address: '192.0.2.2' },
  ]);
  expect(configuration.self).toEqual({ node: 'beta', number: 12 });
  expect(configuration.clusterName).toBe('demo');
});

const none = {
  twoNode: false,
  lastManStanding: false,
  autoTieBreaker: false,
  quorumDevice: false,
  waitForAll: false,
  unevenVotes: false,
};

it.each([
  ['nothing', 2, {}],
  ['two_node with its wait_for_all', 1 | 4, { twoNode: true, waitForAll: true }],
  ['last_man_standing', 8, { lastManStanding: true }],
  ['auto_tie_breaker', 16, { autoTieBreaker: true }],
  ['allow_downscale', 32, { unevenVotes: true }],
  ['a quorum device', 64, { quorumDevice: true }],
])('takes %s from what votequorum has in force', (_, flags, expected) => {
  const configuration = readConfiguration(keys, { flags, expectedVotes: 2 });
  expect(configuration.quorumOptions).toEqual({ ...none, ...expected });
});

it.each([
  ['a quorum device that is not registered yet', { 'quorum.device.model': 'net' }, 'quorumDevice'],
  ['a node with two votes', { 'nodelist.node.2.quorum_votes': 2 }, 'unevenVotes'],
] as const)('takes %s from corosync.conf', (_, more, option) => {
  const configuration = readConfiguration({ ...keys, ...more }, votes);
  expect(configuration.quorumOptions).toEqual({ ...none, [option]: true });
});

it('sees expected votes below the number of nodes', () => {
  const configuration = readConfiguration(keys, { flags: 2, expectedVotes: 1 });
  expect(configuration.quorumOptions.unevenVotes).toBe(true);
});

it.each([
  ['no cluster name', { 'totem.cluster_name': undefined }, /totem\.cluster_name/],
  ['no nodeid', { 'nodelist.node.2.nodeid': undefined }, /192\.0\.2\.1 no nodeid/],
  ['no own node', { 'nodelist.local_node_pos': undefined }, /does not name this node/],
  ['two nodes of one name', { 'nodelist.node.2.name': 'beta' }, /two nodes beta/],
])('refuses %s', (_, changes: Keys, sentence) => {
  expect(() => readConfiguration({ ...keys, ...changes }, votes)).toThrow(sentence);
});

it('refuses a corosync.conf without nodelist', () => {
  expect(() => readConfiguration({ 'totem.cluster_name': 'demo' }, votes)).toThrow(/no nodelist/);
});
