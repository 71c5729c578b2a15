/** How often what is dangerous happened: runs in which nothing could go wrong prove nothing. */

import type { NodeState } from '../core/node/state.ts';
import type { StoreView } from '../core/store/types.ts';

type Phase = StoreView['phase'];

export class Tally {
  readonly counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  fenced(isBack: boolean): void {
    this.count('fencings confirmed');
    if (isBack) this.count('fencings confirmed when the machine was back already');
  }

  phaseChanged(before: Phase, after: Phase): void {
    const isRefused = after.kind === 'gathering' && after.reason !== undefined;
    const wasRefused = before.kind === 'gathering' && before.reason !== undefined;
    if (isRefused && !wasRefused) this.count('machines that did not join by their clock');
  }

  /** A snapshot was on its way to a joiner, which ends or still joins, and what was coming comes no more. */
  receivingEnded(was: NodeState | undefined, now: NodeState | undefined): void {
    if (was?.replica.joining?.incoming === undefined) return;
    const isOver = now === undefined || now.replica.joining !== undefined;
    if (isOver && now?.replica.joining?.incoming === undefined) {
      this.count('snapshots cut off on their way');
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
