/** The parameter `networks` of the `container` class: one word for each network card. */
import { isIP } from 'node:net';
import { wrong } from '../parameters.ts';
import { readOptions } from '../vm/options.ts';

export interface Card {
  /** `veth`: a cable to a bridge of the node; `macvlan`: a second address on one of its interfaces. */
  readonly kind: 'veth' | 'macvlan';
  /** The bridge, or the interface. */
  readonly link: string;
  /** With its prefix: `192.0.2.7/24`. */
  readonly address: string;
  readonly gateway: string | undefined;
  readonly mac: string | undefined;
}

const cardsMax = 16;
/** A network interface's name has at most 15 characters (IFNAMSIZ). */
const interfaceName = /^[^\s/,]{1,15}$/;

/** `br0,address=192.0.2.7/24,gateway=192.0.2.1` or `eth0,type=macvlan,address=192.0.2.7/24`. */
export function readCards(words: readonly string[]): readonly Card[] {
  if (words.length > cardsMax) wrong('networks', `names more than ${String(cardsMax)}`);
  return words.map(readCard);
}

function readCard(word: string): Card {
  const names = ['address', 'gateway', 'mac', 'type'];
  const { first, options } = readOptions('networks', word, names);
  if (!interfaceName.test(first)) wrong('networks', `has ${first}; expected a bridge's name`);
  const kind = options.get('type') ?? 'veth';
  if (kind !== 'veth' && kind !== 'macvlan') {
    return wrong('networks', `has type=${kind}; it can be veth or macvlan`);
  }
  return {
    kind,
    link: first,
    address: readAddress(first, options.get('address')),
    gateway: readGateway(options.get('gateway')),
    mac: readMac(options.get('mac')),
  };
}

function readAddress(link: string, text: string | undefined): string {
  if (text === undefined) {
    return wrong('networks', `gives no address on ${link}; add address=192.0.2.7/24`);
  }
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const valid = isIP(address) !== 0 && more.length === 0 && /^\d{1,3}$/.test(prefix ?? '');
  if (valid && Number(prefix) <= bits) return text;
  return wrong('networks', `has address=${text}; expected one with its prefix: 192.0.2.7/24`);
}

function readGateway(text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text;
  return wrong('networks', `has gateway=${text}; expected an address`);
}

function readMac(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const valid = /^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text);
  if (!valid) return wrong('networks', `has mac=${text}; expected 52:54:00:12:34:56`);
  const group = (Number.parseInt(text.slice(0, 2), 16) & 1) === 1;
  return group ? wrong('networks', `has mac=${text}, a group's address`) : text.toLowerCase();
}
