/** Capacity of hosts and demand of resources (Pacemaker Explained, "Utilization"). */
import type { Host } from '../world.ts';

/** Which of two hosts has more free capacity: the one that leads in more attributes; negative: a. */
export function compareCapacity(a: Host, b: Host): number {
  let balance = 0;
  for (const name of new Set([...a.capacity.keys(), ...b.capacity.keys()])) {
    balance += Math.sign((b.capacity.get(name) ?? 0) - (a.capacity.get(name) ?? 0));
  }
  return balance;
}
