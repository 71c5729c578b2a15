/**
 * What of corosync.conf is not in order: votes that stop a cluster, or let it divide, where nobody
 * meant it, and traffic that anybody in the network can read and forge. Rules: votequorum(5),
 * corosync.conf(5), corosync-qdevice(8).
 */
import type { EngineFinding, Votes } from '../../core/model/engine.ts';
import { hasDevice, nodeEntries } from './configuration.ts';
import type { Keys } from './configuration.ts';

/** Where Corosync's key lies unless corosync.conf says otherwise. */
const AUTHKEY = '/etc/corosync/authkey';

/** The file with the key of the traffic; undefined where corosync.conf itself holds the key. */
export function keyFile(keys: Keys): string | undefined {
  const file = text(keys, 'totem.keyfile');
  if (file !== undefined) return file;
  return text(keys, 'totem.key') === undefined ? AUTHKEY : undefined;
}

/** `keyMode`: the permissions of `keyFile`, where it could be looked at. */
export function findingsOf(
  keys: Keys,
  votes: Votes,
  keyMode: number | undefined,
): readonly EngineFinding[] {
  return [
    ...traffic(keys, keyMode),
    ...twoNode(keys, votes),
    ...combinations(keys),
    ...dividable(keys, votes),
    ...device(votes),
  ];
}

function traffic(keys: Keys, keyMode: number | undefined): readonly EngineFinding[] {
  if (!isEncrypted(keys)) return [plainTraffic(keys)];
  const file = keyFile(keys);
  if (file === undefined || keyMode === undefined || (keyMode & 0o077) === 0) return [];
  const mode = (keyMode & 0o777).toString(8).padStart(4, '0');
  return [
    {
      text: `others than root may use ${file} (mode ${mode}), the key of Corosync's traffic.`,
      advice: `chmod 0400 ${file}, on every node`,
    },
  ];
}

/** Without a cipher but with a hash, messages can be read; nobody can forge them. */
function plainTraffic(keys: Keys): EngineFinding {
  const isSigned = !isNone(text(keys, 'totem.crypto_hash'));
  const danger = isSigned ? 'read it' : 'read it and take part in it';
  const said = `Corosync's traffic is not encrypted: whoever is in its network can ${danger}.`;
  const transport = text(keys, 'totem.transport') ?? 'knet';
  if (transport !== 'knet') {
    const advice = `corosync.conf: transport: knet instead of ${transport}, which cannot encrypt`;
    return { text: said, advice };
  }
  const advice =
    "corosync-keygen, the key to every node (mode 0400); in corosync.conf's totem " +
    'crypto_cipher: aes256 and crypto_hash: sha256; then corosync-cfgtool -R';
  return { text: said, advice };
}

function isEncrypted(keys: Keys): boolean {
  const cipher = text(keys, 'totem.crypto_cipher');
  return cipher === undefined ? text(keys, 'totem.secauth') === 'on' : !isNone(cipher);
}

const isNone = (value: string | undefined): boolean => value === undefined || value === 'none';

/** `two_node` is for two nodes, needs `wait_for_all`, and is the wrong word beside a device. */
function twoNode(keys: Keys, votes: Votes): readonly EngineFinding[] {
  const nodes = nodeEntries(keys).length;
  if (!isOn(keys, 'quorum.two_node')) return nodes === 2 ? lonelyPair(keys, votes) : [];
  if (hasDevice(keys)) {
    return [
      {
        text: 'corosync.conf has two_node beside a quorum device: two_node would let both halves act.',
        advice: 'take two_node out of corosync.conf; the device decides',
      },
    ];
  }
  if (nodes !== 2) {
    return [
      {
        text: `corosync.conf has two_node, and ${nodes} nodes: it counts for two alone.`,
        advice: 'take two_node out of corosync.conf, on every node, and restart Corosync there',
      },
    ];
  }
  if (votes.options.waitForAll) return [];
  return [
    {
      text:
        'corosync.conf has two_node with wait_for_all: 0: Holdfast waits for both nodes all the same, ' +
        'or one that boots while the network is down would fence the other.',
      advice: 'take "wait_for_all: 0" out of corosync.conf, on both nodes, and restart Corosync',
    },
  ];
}

/** The loss of either stops all: seldom what somebody wanted with a second node. */
function lonelyPair(keys: Keys, votes: Votes): readonly EngineFinding[] {
  if (hasDevice(keys) || votes.needed < 2 || votes.options.autoTieBreaker) return [];
  return [
    {
      text: 'Two nodes, and both are needed for quorum: when one fails, the other stops everything.',
      advice: 'corosync.conf: two_node: 1 in quorum (with fencing), or a quorum device',
    },
  ];
}

function combinations(keys: Keys): readonly EngineFinding[] {
  const lastMan = isOn(keys, 'quorum.last_man_standing');
  const tie = isOn(keys, 'quorum.auto_tie_breaker');
  const found: EngineFinding[] = [];
  if (hasDevice(keys) && (lastMan || tie)) {
    const which = lastMan ? 'last_man_standing' : 'auto_tie_breaker';
    found.push({
      text: `corosync.conf has ${which} beside a quorum device: Corosync leaves the device out.`,
      advice: `take ${which} out of corosync.conf, on every node, and restart Corosync there`,
    });
  }
  if (lastMan && !isOn(keys, 'quorum.wait_for_all')) {
    found.push({
      text: 'last_man_standing without wait_for_all: after a power cut two parts can both have quorum.',
      advice: 'corosync.conf: wait_for_all: 1 in quorum, on every node, and restart Corosync there',
    });
  }
  return found;
}

/** Fewer than all votes are expected: two parts can both have quorum, and both fence. */
function dividable(keys: Keys, { options, needed }: Votes): readonly EngineFinding[] {
  const entries = nodeEntries(keys);
  const all = entries.reduce((sum, entry) => sum + entry.votes, 0);
  const isMeant = options.twoNode || options.lastManStanding || options.autoTieBreaker;
  if (isMeant || hasDevice(keys) || 2 * needed > all) return [];
  return [
    {
      text: `${needed} of the nodes' ${all} votes are quorum: two parts can both have it.`,
      advice: 'take expected_votes out of corosync.conf: it is counted from the nodelist',
    },
  ];
}

function device({ device: it }: Votes): readonly EngineFinding[] {
  const name = `The quorum device${it === undefined || it.name === '' ? '' : ` ${it.name}`}`;
  switch (it?.state) {
    case undefined:
    case 'votes':
      return [];
    case 'absent':
      return [
        {
          text: `${name} does not run on this node: its votes are missing here.`,
          advice: 'systemctl enable --now corosync-qdevice',
        },
      ];
    case 'silent':
      return [
        {
          text: `${name} does not answer on this node: its votes are missing here.`,
          advice: 'systemctl restart corosync-qdevice; journalctl -u corosync-qdevice',
        },
      ];
    case 'abstains':
      return [
        {
          text: `${name} gives this node no vote: its server is away, or has chosen another part.`,
          advice: "corosync-qdevice-tool -s; look at the server's corosync-qnetd and the way to it",
        },
      ];
  }
}

const isOn = (keys: Keys, key: string): boolean => Number(keys[key] ?? 0) === 1;

function text(keys: Keys, key: string): string | undefined {
  const value = keys[key];
  return value === undefined || value === '' ? undefined : String(value);
}
