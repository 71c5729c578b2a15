/** Chance from a seed: the same seed makes the same picture on every machine. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Chance {
  /** A whole number, both ends included. */
  readonly whole: (from: number, to: number) => number;
  /** True in so many of a hundred times. */
  readonly percent: (percent: number) => boolean;
  /** One of the list, which must not be empty. */
  readonly one: <T>(list: readonly T[]) => T;
  /** So many different members of the list, or all of it, in the list's order. */
  readonly some: <T>(list: readonly T[], count: number) => readonly T[];
  /** All of the list in another order. */
  readonly shuffled: <T>(list: readonly T[]) => T[];
}

/** @param seed a 32-bit number; seeds that are close give streams that are not */
export function chanceFrom(seed: number): Chance {
  const generator = xoroshiro128plus(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b));
  const whole = (from: number, to: number): number => uniformInt(generator, from, to);
  const shuffled = <T>(list: readonly T[]): T[] => {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at -= 1) {
      const other = whole(0, at);
      [result[at], result[other]] = [result[other] as T, result[at] as T];
    }
    return result;
  };
  return {
    whole,
    percent: (percent) => whole(0, 99) < percent,
    one: (list) => list[whole(0, list.length - 1)] as never,
    some: (list, count) => {
      const chosen = new Set(shuffled(list.map((_, at) => at)).slice(0, count));
      return list.filter((_, at) => chosen.has(at));
    },
    shuffled,
  };
}
