/** Where disks of machines may run out of space, and how soon. */
import { SPACE_ATTRIBUTE, parseSpace, secondsLeft, shortageOf } from '../model/space.ts';
import type { Pool, Shortage } from '../model/space.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note, Severity } from './types.ts';

export interface PoolView extends Pool {
  /** Several, where they have the same one. */
  readonly nodes: readonly string[];
  readonly shortage: Shortage;
  /** At the present rate. */
  readonly secondsLeft?: number;
}

/** Of nodes that are online, where there are images; what several nodes share is told once. By place, then node. */
export function poolViews({ nodes }: Pick<Reading, 'nodes'>): readonly PoolView[] {
  const found = new Map<string, PoolView>();
  for (const { name, condition, attributes } of nodes) {
    if (condition !== 'online') continue;
    for (const pool of parseSpace(attributes[SPACE_ATTRIBUTE])) {
      if (pool.images === 0) continue;
      const key = pool.shared ? `${pool.at} ${pool.type}` : `${pool.at} ${pool.type} ${name}`;
      const known = found.get(key);
      // Each node has looked at its own time: the worse word counts.
      const worse = known !== undefined && known.free < pool.free ? known : viewOf(pool);
      found.set(key, { ...worse, nodes: [...(known?.nodes ?? []), name] });
    }
  }
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view);
}

function viewOf(pool: Pool): PoolView {
  const left = secondsLeft(pool);
  return {
    ...pool,
    nodes: [],
    shortage: shortageOf(pool),
    ...(left === undefined ? {} : { secondsLeft: left }),
  };
}

export const spaceNotes = (reading: Reading): Note[] => poolViews(reading).flatMap(noteOf);

const SEVERITY: Readonly<Record<Shortage, Severity | undefined>> = {
  critical: 'error',
  short: 'warning',
  promised: 'info',
  none: undefined,
};

function noteOf(pool: PoolView): Note[] {
  const severity = SEVERITY[pool.shortage];
  if (severity === undefined) return [];
  const advice =
    severity === 'info'
      ? 'enlarge it before they do, or watch it: holdfast space'
      : 'enlarge it or free space now: a machine whose disk cannot grow stands still; holdfast space';
  return [{ severity, text: poolText(pool), advice }];
}

/** "/srv (ext4) of n2: 4.0 GiB of 100.0 GiB are free, and its 5 images may grow by 80.0 GiB; …" */
export function poolText(pool: PoolView): string {
  const { at, type, nodes, free, total, images, growth } = pool;
  const what = images === 1 ? 'its image' : `its ${images} images`;
  const left = pool.secondsLeft;
  const soon = left === undefined ? '' : `; at the present rate it is full in ${timeText(left)}`;
  return (
    `${at} (${type}) of ${listText(nodes)}: ${sizeText(free)} of ${sizeText(total)} are free, ` +
    `and ${what} may grow by ${growth === 0 ? `less than ${sizeText(finest(total))}` : sizeText(growth)}${soon}.`
  );
}

/** Amounts are told in steps of this (docs/decisions/space.md). */
const finest = (total: number): number => Math.max(1 << 20, total / 256);

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit < 3 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

function timeText(seconds: number): string {
  if (seconds < 90) return 'a minute';
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} minutes`;
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `about ${hours} hours` : `about ${Math.round(hours / 24)} days`;
}
