/** A bench of several parts: one that breaks off does not take the figures of the others with it. */
import type { BenchOptions } from './bench.ts';
import type { Figure } from './figure.ts';

export interface Part {
  readonly figures: readonly string[];
  readonly measure: (options: BenchOptions) => Promise<readonly Figure[]>;
}

/** Those of which a figure is wanted. What is not measured is told by `leaveOut`, and why. */
export async function measureParts(
  parts: readonly Part[],
  options: BenchOptions,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { figures: names, measure } of parts) {
    if (!names.some((name) => name.includes(options.only ?? ''))) {
      for (const name of names) options.leaveOut(name, 'not chosen');
      continue;
    }
    try {
      const measured = await measure(options);
      // At once, for whoever breaks off what comes after it.
      for (const { name, median, max, unit } of measured)
        options.say(`${name}: median ${median}, max ${max} ${unit}`);
      figures.push(...measured);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      for (const name of names) options.leaveOut(name, `broke off: ${why}`);
      process.exitCode = 1;
    }
  }
  return figures;
}
