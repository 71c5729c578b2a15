/** Virtual time: what is due is run in order of time, and of being asked for. */

interface Timer {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void;
}

export class Timers {
  nowMs = 0;
  /** A binary heap: the earliest is the first. */
  readonly #heap: Timer[] = [];
  #count = 0;

  after(ms: number, run: () => void): void {
    this.at(this.nowMs + ms, run);
  }

  at(atMs: number, run: () => void): void {
    this.#count += 1;
    const heap = this.#heap;
    heap.push({ atMs: Math.max(atMs, this.nowMs), number: this.#count, run });
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Lets time go on until then. */
  runUntil(endMs: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > endMs) break;
      this.#removeFirst();
      this.nowMs = first.atMs;
      first.run();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const one = this.#heap[left];
    const other = this.#heap[right];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
  }

  #swap(left: number, right: number): void {
    const heap = this.#heap;
    const kept = heap[left];
    const moved = heap[right];
    if (kept === undefined || moved === undefined) return;
    heap[left] = moved;
    heap[right] = kept;
  }
}
