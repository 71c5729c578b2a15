/** Everything on this node that could be a resource: the one door of this folder. */
import type { Found } from './found.ts';
import { findDomains } from './libvirt.ts';
import { findPodman, type Search } from './podman.ts';
import { findQemu } from './qemu.ts';

export interface Wanted {
  readonly vms: boolean;
  readonly containers: boolean;
  /** Only these; all of them when it is empty. */
  readonly names: readonly string[];
}

export async function search({ vms, containers, names }: Wanted): Promise<{
  readonly found: readonly Found[];
  readonly problems: readonly string[];
}> {
  const searches: readonly Search[] = [
    ...(vms ? [{ found: findQemu(), problem: undefined }, await findDomains()] : []),
    ...(containers ? [await findPodman()] : []),
  ];
  const wanted = ({ name }: Found): boolean => names.length === 0 || names.includes(name);
  const found = searches.flatMap((one) => one.found).filter(wanted);
  const byName = (left: Found, right: Found): number => (left.name < right.name ? -1 : 1);
  return {
    found: found.toSorted(byName),
    problems: searches.flatMap(({ problem }) => problem ?? []),
  };
}
