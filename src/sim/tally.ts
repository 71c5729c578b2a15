/** How often what is dangerous happened: runs in which nothing could go wrong prove nothing. */

export class Tally {
  readonly counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  fenced(isBack: boolean): void {
    this.count('fencings confirmed');
    if (isBack) this.count('fencings confirmed when the machine was back already');
  }

  /** By the kinds of phases of a node's view. */
  phaseChanged(before: string, after: string): void {
    if (before === 'joining' && after !== 'open' && after !== 'joining') {
      this.count('snapshots cut off');
    }
  }

  add(other: Tally): void {
    for (const [what, times] of other.counts) this.count(what, times);
  }

  /** The most frequent first. */
  text(): string {
    const sorted = [...this.counts].sort(([, left], [, right]) => right - left);
    return sorted.map(([what, times]) => `${String(times).padStart(9)}  ${what}`).join('\n');
  }
}
