/** The text of corosync.conf(5). */
import type { ClusterNode, ClusterSetup } from './setup.ts';

type Lines = readonly string[];

/** An opening brace ends its line, or Corosync reads it as part of a name. */
export function section(name: string, lines: Lines): Lines {
  return [`${name} {`, ...lines.map((line) => `  ${line}`), '}'];
}

/** A blank line between two sections. */
export const fileOf = (sections: readonly Lines[]): string =>
  sections.map((lines) => `${lines.join('\n')}\n`).join('\n');

/** The same on each node. Why each line is there: docs/manual/corosync.md. */
export function corosyncConf(setup: ClusterSetup): string {
  return fileOf([
    section('totem', [
      'version: 2',
      `cluster_name: ${setup.clusterName}`,
      'transport: knet',
      'crypto_cipher: aes256',
      'crypto_hash: sha256',
      'token: 1000',
      'seqno_unchanged_const: 3',
    ]),
    section('logging', [
      'to_syslog: yes',
      'to_logfile: yes',
      'logfile: /var/log/corosync/corosync.log',
      'timestamp: on',
    ]),
    section('quorum', ['provider: corosync_votequorum', ...votes(setup)]),
    section('nodelist', setup.nodes.flatMap(node)),
  ]);
}

/** `two_node` implies `wait_for_all` (votequorum(5)): said all the same, so that a reader sees it. */
function votes({ nodes, device }: ClusterSetup): Lines {
  if (device !== undefined) return deviceLines(device);
  return nodes.length === 2 ? ['two_node: 1', 'wait_for_all: 1'] : [];
}

/** `ffsplit` gives its one vote to one of two halves (corosync-qdevice(8)). */
const deviceLines = (host: string): Lines =>
  section('device', [
    'model: net',
    'votes: 1',
    ...section('net', [`host: ${host}`, 'algorithm: ffsplit', 'tls: required']),
  ]);

const node = ({ name, addresses }: ClusterNode, index: number): Lines =>
  section('node', [
    ...addresses.map((address, link) => `ring${link}_addr: ${address}`),
    `name: ${name}`,
    `nodeid: ${index + 1}`,
  ]);
