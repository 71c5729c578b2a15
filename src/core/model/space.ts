/** What disks of machines may still grow to, and what is there for it: an attribute of each node. */

/** The value is a list of pools in words (see `spaceText`); absent: no machine has a disk there. */
export const SPACE_ATTRIBUTE = '#space';

/** A file system with images on it, or a thin pool of LVM. Amounts are bytes. */
export interface Pool {
  /** Where it is mounted, or `vg/pool`. */
  readonly at: string;
  /** The file system's type, or `thin`. */
  readonly type: string;
  /** Several nodes have the same one by its nature. */
  readonly shared: boolean;
  readonly total: number;
  readonly free: number;
  /** What the images may still grow by, all together. */
  readonly growth: number;
  /** 0: one is to be made there. */
  readonly images: number;
  /** How fast it became fuller lately, bytes per second; 0: it did not. */
  readonly rate: number;
}

const POOLS_MAX = 16;
const NUMBERS = ['total', 'free', 'growth', 'images', 'rate'] as const;

/** `/srv ext4 own 107374182400 …;…` */
export const spaceText = (pools: readonly Pool[]): string | undefined =>
  pools.length === 0
    ? undefined
    : pools
        .slice(0, POOLS_MAX)
        .map((pool) =>
          [
            pool.at.replaceAll(/[%; ]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
            pool.type,
            pool.shared ? 'shared' : 'own',
            ...NUMBERS.map((name) => String(Math.max(0, Math.round(pool[name])))),
          ].join(' '),
        )
        .join(';');

/** What is none of ours is left out. */
export function parseSpace(text: string | undefined): readonly Pool[] {
  return (text ?? '').split(';').flatMap((part): readonly Pool[] => {
    const [at = '', type = '', whose = '', ...words] = part.split(' ');
    if (words.length !== NUMBERS.length || !words.every((word) => /^\d{1,15}$/.test(word)))
      return [];
    if (at === '' || (whose !== 'shared' && whose !== 'own')) return [];
    const [total = 0, free = 0, growth = 0, images = 0, rate = 0] = words.map(Number);
    const place = at.replaceAll(/%(25|3b|20)/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    return [{ at: place, type, shared: whose === 'shared', total, free, growth, images, rate }];
  });
}

/**
 * - `critical`: full within the hour, or as good as full while images may still grow.
 * - `short`: full within the day, or nearly full while images may grow to more than is there.
 * - `promised`: images may grow to more than is there.
 */
export type Shortage = 'critical' | 'short' | 'promised' | 'none';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

export function shortageOf(pool: Pool): Shortage {
  const left = secondsLeft(pool) ?? Number.POSITIVE_INFINITY;
  const freePercent = (100 * pool.free) / Math.max(1, pool.total);
  if (left < HOUR_S || (pool.growth > pool.free && freePercent < 2)) return 'critical';
  if (left < DAY_S || (pool.growth > pool.free && freePercent < 10)) return 'short';
  return pool.growth > pool.free ? 'promised' : 'none';
}

/** At the present rate; undefined: it does not become fuller. */
export const secondsLeft = ({ free, rate }: Pool): number | undefined =>
  rate <= 0 ? undefined : Math.floor(free / rate);

export interface FreeSample {
  readonly atMs: number;
  readonly free: number;
}

const RATE_OVER_MS = 120_000;

/** Bytes per second from the first to the last of them; 0: it became no fuller, or that is not known yet. */
export function fillRate(samples: readonly FreeSample[]): number {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 0;
  const elapsedMs = last.atMs - first.atMs;
  if (elapsedMs < RATE_OVER_MS) return 0;
  return Math.max(0, Math.round((1000 * (first.free - last.free)) / elapsedMs));
}
