/** How many requests were not taken, by reason, for the figures. */

export interface Refusals {
  readonly counts: Readonly<Record<string, number>>;
  count(reason: string): void;
}

export function refusals(): Refusals {
  const counts: Record<string, number> = {};
  return { counts, count: (reason) => void (counts[reason] = (counts[reason] ?? 0) + 1) };
}
