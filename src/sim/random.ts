/** Chance from a seed: the same seed gives the same choices, on every machine. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export class Random {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return uniformInt(this.#generator, min, Math.max(min, max));
  }

  /** An integer from 0 to `count - 1`. */
  below(count: number): number {
    return this.between(0, count - 1);
  }

  /** True so many times in a hundred. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }
}

/** Neighbouring seeds begin alike: where the first choice decides, the first draws are left out. */
export function mixed(seed: number): Random {
  const random = new Random(seed);
  for (let count = 0; count < 4; count += 1) random.below(100);
  return random;
}
