/** One measured figure over several runs. */
export interface Figure {
  /** Ends in what it is measured in, such as `node-kill-own-ms`. */
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** Sums up samples. Without any the figure would be a lie: that throws. */
export function figure(name: string, unit: string, samples: readonly number[]): Figure {
  const ordered = [...samples].sort((a, b) => a - b);
  const [min, max] = [ordered[0], ordered.at(-1)];
  if (min === undefined || max === undefined) throw new Error(`${name}: nothing was measured`);
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return {
    name,
    unit,
    median: round(median(ordered)),
    min: round(min),
    max: round(max),
    runs: ordered.length,
  };
}

function median(ordered: readonly number[]): number {
  const middle = ordered.length / 2;
  const upper = ordered[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((ordered[middle - 1] ?? 0) + upper) / 2 : upper;
}
