/** Reading single cluster options where no rule can be evaluated: blocks by score, rules skipped. */
import type { Configuration } from '../model/configuration.ts';

/** Options by their Pacemaker name; `fencing-*` and the older `stonith-*` are the same. */
export function clusterOption(configuration: Configuration, name: string): string | undefined {
  const names = name.startsWith('fencing-') ? [name, `stonith-${name.slice(8)}`] : [name];
  const blocks = configuration.options
    .filter((block) => block.rule === undefined)
    .toSorted((left, right) => right.score - left.score);
  for (const block of blocks) {
    for (const alias of names) {
      const value = block.values[alias];
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

const FALSE_WORDS: ReadonlySet<string> = new Set(['false', 'no', 'off', 'n', '0']);
const TRUE_WORDS: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'y', '1']);

/** Booleans as Pacemaker reads them; anything else gives the default. */
export function booleanOption(
  configuration: Configuration,
  name: string,
  fallback: boolean,
): boolean {
  const value = clusterOption(configuration, name)?.toLowerCase();
  if (value === undefined) return fallback;
  if (TRUE_WORDS.has(value)) return true;
  return FALSE_WORDS.has(value) ? false : fallback;
}

/** Seconds (`20`, `20s`), `500ms`, `2min`, `1h`; anything else gives the default. */
export function durationOptionMs(
  configuration: Configuration,
  name: string,
  fallbackMs: number,
): number {
  const value = clusterOption(configuration, name);
  const match = /^\s*(\d{1,9})\s*(ms|msec|s|sec|m|min|h|hr)?\s*$/.exec(value ?? '');
  if (match === null) return fallbackMs;
  const unit = { ms: 1, msec: 1, m: 60_000, min: 60_000, h: 3_600_000, hr: 3_600_000 };
  return Number(match[1]) * (unit[match[2] as keyof typeof unit] ?? 1000);
}
