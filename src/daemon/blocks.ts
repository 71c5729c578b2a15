/** The longest time for which the event loop was blocked: a figure, and a warning to the operator. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface BlockWatch {
  /** A stretch of work that was measured by itself. */
  note(ms: number): void;
  readonly maxMs: number;
  stop(): void;
}

/** Finer costs more than it tells: 100 wake-ups a second of a few microseconds. */
const RESOLUTION_MS = 10;

export function watchBlocks(): BlockWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let noted = 0;
  return {
    note: (ms) => {
      noted = Math.max(noted, ms);
    },
    get maxMs() {
      const delayed = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
      return Math.round(Math.max(noted, delayed) * 10) / 10;
    },
    stop: () => {
      histogram.disable();
    },
  };
}
