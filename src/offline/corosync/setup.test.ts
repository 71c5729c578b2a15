import { describe, expect, it } from 'vitest';

import { corosyncConf } from './conf.ts';
import { readSetup } from './setup.ts';

const problemsOf = (words: readonly string[], name = 'web', device?: string): string =>
  readSetup(name, words, device).problems.join('\n');
const confOf = (words: readonly string[], device?: string): string => {
  const { setup, problems } = readSetup('web', words, device);
  expect(problems).toEqual([]);
  return corosyncConf(setup);
};
const pair = ['n1=192.0.2.1', 'n2=192.0.2.2'];
const three = [...pair, 'n3=192.0.2.3'];

describe('the file', () => {
  it('is encrypted, and says each line that the manual says', () => {
    const text = confOf(three);
    expect(text).toMatch(/transport: knet\n {2}crypto_cipher: aes256\n {2}crypto_hash: sha256\n/);
    expect(text).toContain('  cluster_name: web\n');
    expect(text).toContain('quorum {\n  provider: corosync_votequorum\n}\n');
    expect(text).toContain('    ring0_addr: 192.0.2.3\n    name: n3\n    nodeid: 3\n');
  });

  it('has two_node and wait_for_all for two nodes, and neither beside a quorum device', () => {
    expect(confOf(pair)).toContain('two_node: 1\n  wait_for_all: 1\n');
    const device = confOf(pair, 'qnetd.example.org');
    expect(device).not.toMatch(/two_node|wait_for_all/);
    expect(device).toContain(
      '  device {\n    model: net\n    votes: 1\n    net {\n      host: qnetd.example.org\n',
    );
  });

  it('has a ring for each link; IPv6 may be one of them, in any spelling', () => {
    const text = confOf(['n1=192.0.2.1,2001:db8:0:0::1', 'n2=192.0.2.2,2001:DB8::2']);
    expect(text).toContain('ring0_addr: 192.0.2.2\n    ring1_addr: 2001:db8::2\n');
    const eight = [1, 2].map(
      (node) => `n${node}=${[0, 1, 2, 3, 4, 5, 6, 7].map((link) => `10.0.${link}.${node}`).join()}`,
    );
    expect(confOf(eight)).toContain('ring7_addr: 10.0.7.2\n');
  });
});

describe('what is refused, with a sentence', () => {
  const nine = Array.from({ length: 9 }, (_, link) => `10.0.${link}.1`).join();
  const many = Array.from({ length: 33 }, (_, node) => `n${node}=192.0.2.${node + 1}`);
  it.each([
    ['no address', ['n1', 'n2=192.0.2.2'], '"n1" has no address'],
    ['a name with a brace', ['n{=192.0.2.1', 'n2=192.0.2.2'], '"n{" is no host name'],
    ['a name with a new line', ['n1\n=192.0.2.1', 'n2=192.0.2.2'], 'is no host name'],
    ['a name with _', ['n_1=192.0.2.1', 'n2=192.0.2.2'], 'is no host name'],
    ['an address as a name', ['192.0.2.1=192.0.2.1', 'n2=192.0.2.2'], 'is no host name'],
    ['a name too long', [`${'a'.repeat(64)}=192.0.2.1`, 'n2=192.0.2.2'], 'is no host name'],
    ['a host name for an address', ['n1=one.example', 'n2=192.0.2.2'], 'is no IP address'],
    ['an empty link', ['n1=192.0.2.1,', 'n2=192.0.2.2'], 'n1: "" is no IP address'],
    ['loopback', ['n1=127.0.1.1', 'n2=192.0.2.2'], '127.0.1.1 is not an address by which'],
    ['multicast', ['n1=239.0.0.1', 'n2=192.0.2.2'], 'is not an address by which'],
    ['link-local', ['n1=fe80::1', 'n2=fe80::2%eth0'], 'n2: fe80::2%eth0 is not'],
    ['nine links', [`n1=${nine}`, 'n2=192.0.2.2'], 'n1 has 9 addresses'],
    ['one node', ['n1=192.0.2.1'], 'two nodes at least'],
    ['33 nodes', many, '33 nodes: at most 32'],
    ['a name twice', ['n1=192.0.2.1', 'N1=192.0.2.2'], 'N1 is there twice'],
    ['an address twice', ['n1=2001:db8::1', 'n2=2001:db8:0::1'], 'n1 and n2 have the same address'],
    ['an address of both links', ['n1=192.0.2.1,192.0.2.1', 'n2=192.0.2.2,10.0.0.2'], 'n1 has 192'],
    ['uneven links', ['n1=192.0.2.1', 'n2=192.0.2.2,10.0.0.2'], 'n1 has 1 and n2 has 2 addresses'],
    ['a mixed link', ['n1=192.0.2.1', 'n2=2001:db8::2'], 'Link 0 has IPv4 and IPv6'],
  ])('%s', (_, words, sentence) => {
    expect(problemsOf(words)).toContain(sentence);
  });

  it.each([
    ['the cluster without a name', pair, '', undefined, 'cannot be called ""'],
    ['the cluster with a line of its own', pair, 'a\nb: c', undefined, 'cannot be called'],
    ['a quorum device among the nodes', pair, 'web', 'n2', 'is the node n2'],
    ['a quorum device at a node', pair, 'web', '192.0.2.1', 'is the node n1'],
    ['a quorum device that is no host', pair, 'web', 'q d', 'neither a host name nor an address'],
    ['a quorum device of three', three, 'web', '192.0.2.9', 'an even number of nodes'],
  ])('%s', (_, words, name, device, sentence) => {
    expect(problemsOf(words, name, device)).toContain(sentence);
  });

  it('says everything that is wrong at once', () => {
    expect(readSetup('-', ['n1', 'n2=x'], undefined).problems).toHaveLength(3);
  });
});
