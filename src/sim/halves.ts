/**
 * Two nodes may both have quorum, each alone. What one of them then commits may be lost when the other one
 * wins: nothing can be demanded of it any more. Known from what both have done, not from what they say.
 */
import type { StoreView } from '../core/store/types.ts';
import type { Tally } from './tally.ts';

export class Halves {
  readonly #isPair: boolean;
  /** Who has acted alone since both were last together. */
  readonly #alone = new Set<string>();
  /** The latest that one of them began alone: who slept may not know yet that it is over. */
  #epoch = 0;
  #isDivided = false;

  readonly #tally: Tally;

  constructor(isPair: boolean, tally: Tally) {
    this.#isPair = isPair;
    this.#tally = tally;
  }

  get isDivided(): boolean {
    return this.#isDivided;
  }

  look({ phase, members, self, epoch }: StoreView): void {
    if (!this.#isPair || phase.kind !== 'open' || !phase.acting) return;
    if (members.length === 1) {
      this.#alone.add(self);
      this.#epoch = Math.max(this.#epoch, epoch);
    } else if (epoch > this.#epoch) this.#alone.clear();
    if (this.#isDivided || this.#alone.size < 2) return;
    this.#isDivided = true;
    this.#tally.count('pairs of which both halves have acted');
  }
}
