/** One request of the measuring client. Times are CLOCK_MONOTONIC in nanoseconds. */
export interface Answer {
  readonly beginNs: bigint;
  readonly endNs: bigint;
  /** Who answered; undefined when nobody did in time. */
  readonly node: string | undefined;
  readonly problem: string | undefined;
}

/** From the last good answer before to the first good one after at least one failed request. */
export interface Outage {
  readonly beginNs: bigint;
  /** Undefined while it lasts. */
  readonly endNs: bigint | undefined;
  readonly failures: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * The outages in a run of answers, oldest first. Requests overlap: one that hangs fails after later
 * ones have succeeded, so the order that counts is that of their beginnings.
 */
export function outages(answers: readonly Answer[]): readonly Outage[] {
  const ordered = [...answers].sort((a, b) => (a.beginNs < b.beginNs ? -1 : 1));
  const found: Outage[] = [];
  let lastGood: Answer | undefined;
  let failed: Answer[] = [];
  const close = (good: Answer | undefined) => {
    const first = failed[0];
    if (first === undefined) return;
    found.push({
      beginNs: lastGood?.endNs ?? first.beginNs,
      endNs: good?.endNs,
      failures: failed.length,
      before: lastGood?.node,
      after: good?.node,
    });
    failed = [];
  };
  for (const answer of ordered) {
    if (answer.node === undefined) {
      failed.push(answer);
    } else {
      close(answer);
      lastGood = answer;
    }
  }
  close(undefined);
  return found;
}

/**
 * How long the service was away because of a fault at `faultNs`: to the end of the last outage that
 * ended after it; 0 when no request failed; undefined when it is still away.
 */
export function awayMs(answers: readonly Answer[], faultNs: bigint): number | undefined {
  const last = outages(answers).findLast(({ endNs }) => endNs === undefined || endNs > faultNs);
  if (last === undefined) return 0;
  return last.endNs === undefined ? undefined : milliseconds(faultNs, last.endNs);
}

/** From `fromNs` to `toNs` in milliseconds, to the microsecond. */
export function milliseconds(fromNs: bigint, toNs: bigint): number {
  return Number((toNs - fromNs) / 1000n) / 1000;
}
