/** Everything on this node that could be a resource, what is off too: the one door of this folder. */
import type { Found } from './found.ts';
import { findDomains } from './libvirt.ts';
import { findPodman, type Search } from './podman.ts';
import { findQemu } from './qemu.ts';

export interface Wanted {
  readonly vms: boolean;
  readonly containers: boolean;
}

export interface Searched {
  readonly found: readonly Found[];
  readonly problems: readonly string[];
}

export async function search({ vms, containers }: Wanted): Promise<Searched> {
  const searches: readonly Search[] = [
    ...(vms ? [{ found: await findQemu(), problems: [] }, await findDomains()] : []),
    ...(containers ? [await findPodman()] : []),
  ];
  const byName = (left: Found, right: Found): number => (left.name < right.name ? -1 : 1);
  return {
    found: searches.flatMap((one) => one.found).toSorted(byName),
    problems: searches.flatMap(({ problems }) => problems),
  };
}
