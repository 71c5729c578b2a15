/** An address has come to this node: those who knew it elsewhere are told. */
import { networkInterfaces } from 'node:os';
import { native } from '../../../native/holdfast.ts';

/**
 * Best effort, at most about 0.5 ms: whoever brought the address up announces it as well, and more
 * than once. Nothing is told of an address that is on no interface of this node, or on `lo`.
 */
export function announceAddress(address: string): void {
  const name = interfaceOf(address);
  if (name === undefined) return;
  try {
    native().announceAddress(name, address);
  } catch {
    // Without the capability, or the interface is gone again.
  }
}

function interfaceOf(address: string): string | undefined {
  for (const [label, addresses] of Object.entries(networkInterfaces())) {
    const found = addresses?.some((each) => each.address === address && !each.internal) === true;
    // An address with a label is listed under that: `eth0:vip` (ip-address(8)).
    if (found) return label.split(':')[0];
  }
  return undefined;
}
