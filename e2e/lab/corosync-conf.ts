import { fileOf, section } from '../../src/offline/corosync/conf.ts';

/** What goes into corosync.conf(5). Names and units (ms) are Corosync's own. */
export interface CorosyncOptions {
  /** Default 300: a dead node is noticed after about 660 ms. Corosync's own default is 1000. */
  readonly token?: number;
  /** Added to the token for each node over two. Default 0; Corosync's own default is 650. */
  readonly tokenCoefficient?: number;
  readonly transport?: 'knet' | 'udpu';
  /** aes256 with sha256 and an authkey. Default true, where the transport can: knet alone. */
  readonly encryption?: boolean;
  /**
   * For how many rounds without a message the token goes on round at full speed. Default 3, as the
   * manual advises (docs/manual/corosync.md); Corosync's own default is 30.
   */
  readonly seqnoUnchangedConst?: number;
  /** Further lines of `quorum { }`, such as `two_node: 1`. See votequorum(5). */
  readonly quorum?: readonly string[];
  /** Further lines of `totem { }`. */
  readonly totem?: readonly string[];
  readonly debug?: boolean;
}

export interface CorosyncMember {
  readonly name: string;
  readonly id: number;
  readonly address: string;
}

/** The text of corosync.conf, the same on each node. */
export function corosyncConf(
  options: CorosyncOptions,
  members: readonly CorosyncMember[],
  clusterName = 'lab',
): string {
  return fileOf([
    section('totem', totem(options, clusterName)),
    section('logging', logging(options.debug ?? false)),
    section('quorum', ['provider: corosync_votequorum', ...(options.quorum ?? [])]),
    section('nodelist', members.flatMap(nodeSection)),
  ]);
}

function totem(options: CorosyncOptions, clusterName: string): readonly string[] {
  const token = options.token ?? 300;
  const transport = options.transport ?? 'knet';
  const encryption = options.encryption ?? transport === 'knet';
  return [
    'version: 2',
    `cluster_name: ${clusterName}`,
    `transport: ${transport}`,
    `token: ${String(token)}`,
    `token_coefficient: ${String(options.tokenCoefficient ?? 0)}`,
    `seqno_unchanged_const: ${String(options.seqnoUnchangedConst ?? 3)}`,
    `crypto_cipher: ${encryption ? 'aes256' : 'none'}`,
    `crypto_hash: ${encryption ? 'sha256' : 'none'}`,
    ...(options.totem ?? []),
    ...(transport === 'knet' && token <= 400 ? linkTimes : []),
  ];
}

/**
 * knet derives its ping times from the token; with a short one a link of a busy machine flaps.
 * A link is then declared dead later than a node, which does no harm with a single link.
 */
const linkTimes = section('interface', ['knet_ping_interval: 200', 'knet_ping_timeout: 1000']);

function logging(debug: boolean): readonly string[] {
  return [
    'to_logfile: yes',
    'logfile: /var/log/corosync/corosync.log',
    'to_syslog: no',
    'to_stderr: no',
    'timestamp: hires',
    `debug: ${debug ? 'on' : 'off'}`,
  ];
}

function nodeSection(member: CorosyncMember): readonly string[] {
  const { name, id, address } = member;
  return section('node', [`ring0_addr: ${address}`, `nodeid: ${String(id)}`, `name: ${name}`]);
}
