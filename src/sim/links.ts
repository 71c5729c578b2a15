/**
 * Links that are cut in one direction, or between two nodes alone, and what Totem makes of that. A token goes
 * round by the nodes' numbers: a ring stands as long as each hears the one before it, and what was missed on the
 * way is sent again by whoever has it. A new ring needs that each of its nodes hears each other one; who hears
 * somebody who is in none of its ring has to form it anew, again and again.
 */
import type { Random } from './random.ts';

/** What is said by the one does not come to the other. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

export class Links {
  /** How often each is cut: faults may meet. */
  readonly #cuts = new Map<string, number>();

  get areCut(): boolean {
    return this.#cuts.size > 0;
  }

  /** Which are cut. */
  get text(): string {
    return [...this.#cuts.keys()].sort().join(',');
  }

  cut(links: readonly Link[]): void {
    for (const link of links) this.#cuts.set(keyOf(link), (this.#cuts.get(keyOf(link)) ?? 0) + 1);
  }

  mend(links: readonly Link[]): void {
    for (const link of links) {
      const left = (this.#cuts.get(keyOf(link)) ?? 0) - 1;
      if (left > 0) this.#cuts.set(keyOf(link), left);
      else this.#cuts.delete(keyOf(link));
    }
  }

  mendAll(): void {
    this.#cuts.clear();
  }

  hears(to: string, from: string): boolean {
    return to === from || !this.#cuts.has(keyOf({ from, to }));
  }

  hearEachOther(left: string, right: string): boolean {
    return this.hears(left, right) && this.hears(right, left);
  }

  /** `ring`: by the nodes' numbers. */
  doesTokenPass(ring: readonly string[]): boolean {
    return ring.every((to, at) => this.hears(to, ring.at(at - 1) ?? to));
  }

  /** Who is in none of the ring and is heard by one of it. */
  isDisturbed(ring: readonly string[], others: readonly string[]): boolean {
    return others.some((from) => !ring.includes(from) && ring.some((to) => this.hears(to, from)));
  }

  /** Rings that these form: which of several that are possible, whoever was quicker decides. */
  ringsOf<T extends { readonly name: string }>(nodes: readonly T[], random: Random): T[][] {
    const left = [...nodes];
    const rings: T[][] = [];
    while (left.length > 0) {
      const [node] = left.splice(random.below(left.length), 1);
      if (node === undefined) break;
      const ring = rings.find((each) =>
        each.every(({ name }) => this.hearEachOther(name, node.name)),
      );
      if (ring === undefined) rings.push([node]);
      else ring.push(node);
    }
    return rings.map((ring) => nodes.filter((node) => ring.includes(node)));
  }
}

const keyOf = ({ from, to }: Link): string => `${from} ${to}`;

/** How a node's links are cut: it does not hear, is not heard, or neither. */
export type Way = 'deaf' | 'unheard' | 'both';

/** Between a node and these others. */
export function linksOf(node: string, others: readonly string[], way: Way): readonly Link[] {
  return others.flatMap((other) => [
    ...(way === 'unheard' ? [] : [{ from: other, to: node }]),
    ...(way === 'deaf' ? [] : [{ from: node, to: other }]),
  ]);
}
