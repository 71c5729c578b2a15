/** The parameter `networks` of the `vm` class: one word for each network card. */
import { createHash } from 'node:crypto';
import { wrong } from '../parameters.ts';
import { readOptions } from './options.ts';

export interface Network {
  /** A bridge of the node, or QEMU's own network behind the node's address (`user`). */
  readonly kind: 'bridge' | 'user';
  readonly bridge: string;
  readonly mac: string | undefined;
  readonly model: string;
  /** `tcp::8080-:80`: a port of the node that leads to the guest (`user` only). */
  readonly forward: string | undefined;
}

const networksMax = 16;
/** A network interface's name has at most 15 characters (IFNAMSIZ). */
const interfaceName = /^[^\s/,]{1,15}$/;

/** `br0`, `br0,mac=52:54:00:12:34:56,model=virtio-net-pci` or `user,forward=tcp::8080-:80`. */
export function readNetworks(words: readonly string[]): readonly Network[] {
  if (words.length > networksMax) wrong('networks', `names more than ${String(networksMax)}`);
  return words.map(readNetwork);
}

function readNetwork(word: string): Network {
  const { first, options } = readOptions('networks', word, ['mac', 'model', 'forward']);
  if (!interfaceName.test(first)) {
    return wrong('networks', `has ${first}; expected a bridge's name, or user`);
  }
  const kind = first === 'user' ? 'user' : 'bridge';
  const forward = options.get('forward');
  if (forward !== undefined && kind === 'bridge') {
    wrong('networks', `forwards a port of ${first}; that goes with user only`);
  }
  return {
    kind,
    bridge: first,
    mac: readMac(options.get('mac')),
    model: options.get('model') ?? 'virtio-net-pci',
    forward,
  };
}

function readMac(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const valid = /^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text);
  if (!valid) return wrong('networks', `has mac=${text}; expected 52:54:00:12:34:56`);
  const multicast = (Number.parseInt(text.slice(0, 2), 16) & 1) === 1;
  return multicast
    ? wrong('networks', `has mac=${text}, which is a group's address`)
    : text.toLowerCase();
}

/** The same on each node, so that a guest keeps its address: QEMU's prefix and a digest. */
export function macOf(resource: string, index: number): string {
  const digest = createHash('sha256')
    .update(`${resource}\0${String(index)}`)
    .digest();
  const tail = [...digest.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `52:54:00:${tail.join(':')}`;
}

/** The tap device's name on the node. */
export function tapOf(resource: string, index: number): string {
  const digest = createHash('sha256').update(resource).digest('hex').slice(0, 9);
  return `hf${digest}-${String(index)}`;
}
