/** What `holdfast cluster setup` is told: which nodes, by which addresses; read and checked. */
import { BlockList, SocketAddress, isIP } from 'node:net';

export interface ClusterNode {
  /** As the machine calls itself (`uname -n`). */
  readonly name: string;
  /** Of one interface each; the first of every node makes link 0, and so on. */
  readonly addresses: readonly string[];
}

export interface ClusterSetup {
  readonly clusterName: string;
  /** Their order gives the numbers: 1, 2, … */
  readonly nodes: readonly ClusterNode[];
  /** The machine that runs corosync-qnetd. */
  readonly device?: string;
}

/** knet's number of links (corosync.conf(5), `linknumber`: 0 to 7). */
const LINKS_MAX = 8;
/** The largest cluster that Holdfast was tried with. */
const NODES_MAX = 32;

/**
 * @param words `NAME=ADDRESS[,ADDRESS…]`, a node each
 * @returns `problems`: everything that is wrong, a sentence each with what to do; empty: `setup` is sound
 */
export function readSetup(
  clusterName: string,
  words: readonly string[],
  device: string | undefined,
): { readonly setup: ClusterSetup; readonly problems: readonly string[] } {
  const nodes = words.map(readNode);
  const setup = { clusterName, nodes, ...(device === undefined ? {} : { device }) };
  const each = nodes.flatMap((node, index) => problemsOf(node, words[index] ?? ''));
  const problems = [...nameProblems(clusterName), ...each];
  if (problems.length > 0) return { setup, problems };
  return {
    setup,
    problems: [...together(nodes), ...linkProblems(nodes), ...deviceProblems(nodes, device)],
  };
}

function readNode(word: string): ClusterNode {
  const at = word.indexOf('=');
  if (at < 0) return { name: word, addresses: [] };
  const addresses = word.slice(at + 1).split(',');
  return { name: word.slice(0, at), addresses: addresses.map(plain) };
}

/** One spelling for each address, so that equal ones are seen to be equal. */
function plain(address: string): string {
  if (isIP(address) !== 6 || address.includes('%')) return address;
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

function nameProblems(clusterName: string): readonly string[] {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(clusterName)) return [];
  return [
    `The cluster cannot be called ${quoted(clusterName)}: letters, digits, ".", "_" and "-", at most 63, ` +
      'a letter or a digit first.',
  ];
}

function problemsOf({ name, addresses }: ClusterNode, word: string): readonly string[] {
  if (!word.includes('=')) {
    return [`${quoted(word)} has no address: write it like n1=192.0.2.1, or n1=192.0.2.1,10.0.0.1`];
  }
  const wrong = isHostName(name)
    ? []
    : [
        `${quoted(name)} is no host name: letters, digits and "-", as uname -n prints it on the node.`,
      ];
  if (addresses.length > LINKS_MAX) {
    wrong.push(
      `${name} has ${addresses.length} addresses: Corosync has ${LINKS_MAX} links at most.`,
    );
  }
  return [...wrong, ...addresses.flatMap((address) => addressProblems(name, address))];
}

/** RFC 1123, 2.1. */
function isHostName(name: string): boolean {
  const isLabel = (label: string): boolean => /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(label);
  return name.length <= 253 && isIP(name) === 0 && name.split('.').every(isLabel);
}

const unusable = new BlockList();
unusable.addSubnet('0.0.0.0', 8);
unusable.addSubnet('127.0.0.0', 8);
unusable.addSubnet('224.0.0.0', 3);
unusable.addAddress('::', 'ipv6');
unusable.addAddress('::1', 'ipv6');
unusable.addSubnet('fe80::', 10, 'ipv6');
unusable.addSubnet('ff00::', 8, 'ipv6');

/**
 * No names: Corosync looks them up when it starts, and a node must come back without a DNS as well
 * (corosync.conf(5), ADDRESS RESOLUTION).
 */
function addressProblems(name: string, address: string): readonly string[] {
  const family = isIP(address);
  if (family === 0) {
    return [
      `${name}: ${quoted(address)} is no IP address. A name would have to be looked up before Corosync ` +
        'can start: give the address.',
    ];
  }
  if (!address.includes('%') && !unusable.check(address, family === 6 ? 'ipv6' : 'ipv4')) return [];
  return [`${name}: ${address} is not an address by which other machines reach it.`];
}

function together(nodes: readonly ClusterNode[]): readonly string[] {
  const problems = nodes.length < 2 ? ['A cluster has two nodes at least: name all of them.'] : [];
  if (nodes.length > NODES_MAX) problems.push(`${nodes.length} nodes: at most ${NODES_MAX}.`);
  const seen = new Map<string, string>();
  for (const { name, addresses } of nodes) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) problems.push(`${name} is there twice: each node has a name of its own.`);
    seen.set(lower, name);
    for (const address of addresses) {
      const owner = seen.get(address);
      seen.set(address, name);
      if (owner !== undefined) problems.push(taken(address, owner, name));
    }
  }
  return problems;
}

const taken = (address: string, owner: string, name: string): string =>
  owner === name
    ? `${name} has ${address} twice: each link needs a network of its own.`
    : `${owner} and ${name} have the same address ${address}.`;

/** Each link joins all nodes, over one version of IP (corosync.conf(5), `ip_version`). */
function linkProblems(nodes: readonly ClusterNode[]): readonly string[] {
  const [first] = nodes;
  if (first === undefined) return [];
  const count = first.addresses.length;
  const uneven = nodes.find(({ addresses }) => addresses.length !== count);
  if (uneven !== undefined) {
    return [
      `${first.name} has ${count} and ${uneven.name} has ${uneven.addresses.length} addresses: ` +
        'give every node one for each link, in the same order.',
    ];
  }
  return first.addresses.flatMap((address, link) => {
    const other = nodes.find(({ addresses }) => isIP(addresses[link] ?? '') !== isIP(address));
    if (other === undefined) return [];
    return [
      `Link ${link} has IPv4 and IPv6 (${first.name}: ${address}, ${other.name}: ` +
        `${other.addresses[link]}): one link speaks one of them.`,
    ];
  });
}

function deviceProblems(
  nodes: readonly ClusterNode[],
  device: string | undefined,
): readonly string[] {
  if (device === undefined) return [];
  if (isIP(device) === 0 && !isHostName(device)) {
    return [`--qdevice ${quoted(device)} is neither a host name nor an address.`];
  }
  if (nodes.length % 2 === 1) {
    return [
      `--qdevice with ${nodes.length} nodes: a vote more is for an even number of nodes; an odd one has ` +
        'a majority without it (corosync-qdevice(8)).',
    ];
  }
  const same = nodes.find(
    ({ name, addresses }) =>
      name.toLowerCase() === device.toLowerCase() || addresses.includes(plain(device)),
  );
  if (same === undefined) return [];
  return [
    `--qdevice ${device} is the node ${same.name}: a quorum device is a machine outside the cluster.`,
  ];
}

const quoted = (text: string): string => JSON.stringify(text);
