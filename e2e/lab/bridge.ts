import { runOrThrow } from './run.ts';

/** What a node's network cable suffers. It stays so when the node is switched off and on. */
export type CableFault =
  /** The link is down at the switch: the node sees the carrier go. */
  | 'cut'
  /** Frames vanish silently, the carrier stays. `from`: what the node sends; `to`: what it gets. */
  | 'drop-both'
  | 'drop-from-node'
  | 'drop-to-node';

/** One place at the switch; `port` is also the name of the interface there. */
export interface Port {
  readonly port: string;
  /** With prefix length, such as 10.77.0.1/24. */
  readonly address: string;
  /** Fixed, so that a reboot keeps the neighbours' ARP tables right, as real hardware does. */
  readonly mac: string;
}

/** The switch is a bridge in a network namespace of its own: the host's network has no part in it. */
export interface Bridge {
  /** A new cable to the node whose process 1 is `pid`; a leftover one of its last life goes. */
  connect(port: Port, pid: number, fault: CableFault | undefined): Promise<void>;
  /** Power is gone: the port is down until `connect`. A port that is gone already is no error. */
  disconnect(port: Port): Promise<void>;
  setFault(port: Port, fault: CableFault | undefined): Promise<void>;
  /**
   * Frames pass only within each of these groups of ports; who is in none is heard by all, and hears
   * all. Every link stays up. No groups: the network is whole again.
   */
  part(groups: readonly (readonly string[])[]): Promise<void>;
}

/** Builds the bridge in the network namespace of process `switchPid`. */
export async function createBridge(switchPid: number): Promise<Bridge> {
  const ip = (...lines: readonly string[]) => ipBatch(switchPid, lines);
  const nft = (script: string) =>
    runOrThrow([...inNetwork(switchPid), 'nft', '-f', '-'], { input: script });
  await ip(
    'link set lo up',
    'link add br0 type bridge forward_delay 0 stp_state 0 mcast_snooping 0',
    'link set br0 up',
  );
  const setFault = async (port: Port, fault: CableFault | undefined) => {
    await nft(dropRules(port.port, fault));
    await ip(`link set ${port.port} ${fault === 'cut' ? 'down' : 'up'}`);
  };
  const disconnect = async (port: Port) => {
    await ip(`link set ${port.port} down`).catch(ignoreMissing);
  };
  return {
    async connect(port, pid, fault) {
      await ip(`link del ${port.port}`).catch(ignoreMissing);
      await ip(
        `link add ${port.port} type veth peer name eth0 address ${port.mac} netns ${String(pid)}`,
        `link set ${port.port} master br0`,
      );
      await plug(pid, port.address);
      await setFault(port, fault);
    },
    disconnect,
    setFault,
    async part(groups) {
      await nft(partRules(groups));
    },
  };
}

/** The node's own end of the cable. */
async function plug(pid: number, address: string): Promise<void> {
  await ipBatch(pid, ['link set lo up', `addr add ${address} dev eth0`, 'link set eth0 up']);
}

/** An nft(8) script that replaces the port's rules. The hooks see the bridge's side of the cable. */
function dropRules(port: string, fault: CableFault | undefined): string {
  const table = `netdev cut_${port}`;
  const hook = (name: string) =>
    `chain ${name} { type filter hook ${name} device ${port} priority 0; policy drop; }`;
  const chains = [
    ...(fault === 'drop-both' || fault === 'drop-from-node' ? [hook('ingress')] : []),
    ...(fault === 'drop-both' || fault === 'drop-to-node' ? [hook('egress')] : []),
  ];
  const fresh = `table ${table}\ndelete table ${table}\n`;
  return chains.length === 0 ? fresh : `${fresh}table ${table} {\n${chains.join('\n')}\n}\n`;
}

/** An nft(8) script that replaces what parts the network. Broadcasts are judged port by port, too. */
function partRules(groups: readonly (readonly string[])[]): string {
  const set = (ports: readonly string[]) => `{ ${ports.map((port) => `"${port}"`).join(', ')} }`;
  const rules = groups.flatMap((group) => {
    const others = groups.filter((other) => other !== group).flat();
    if (group.length === 0 || others.length === 0) return [];
    return [`iifname ${set(group)} oifname ${set(others)} drop`];
  });
  const fresh = 'table bridge part\ndelete table bridge part\n';
  if (rules.length === 0) return fresh;
  const chain = ['type filter hook forward priority 0; policy accept;', ...rules].join('\n');
  return `${fresh}table bridge part {\nchain forward {\n${chain}\n}\n}\n`;
}

/** One ip(8) for several commands: each start costs 3 ms. */
async function ipBatch(pid: number, lines: readonly string[]): Promise<void> {
  await runOrThrow([...inNetwork(pid), 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** Only the network: the pids that ip is told must keep the host's meaning. */
function inNetwork(pid: number): readonly string[] {
  return ['nsenter', `--net=/proc/${String(pid)}/ns/net`, '--'];
}

/** The second is the kernel's own word, when the port goes after ip(8) has looked for it. */
const missing = /Cannot find device|No such device/;

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && missing.test(error.message))) throw error;
}
