/**
 * The longest time for which the event loop was blocked: a figure, and a word to the operator. A
 * long one is a stall: the process was stopped, the machine overloaded or suspended.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface BlockWatch {
  readonly maxMs: number;
  stop(): void;
}

/** Finer costs more than it tells: 100 wake-ups a second of a few microseconds. */
const RESOLUTION_MS = 10;
const LOOK_MS = 1000;

/** `onBlock` hears, at most once a second, of the longest block since it heard last. */
export function watchBlocks(onBlock: (ms: number) => void): BlockWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let longest = 0;
  const look = (): void => {
    const ms = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
    histogram.reset();
    if (!Number.isFinite(ms)) return;
    longest = Math.max(longest, ms);
    onBlock(ms);
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    get maxMs() {
      const now = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
      return Math.round(Math.max(longest, now) * 10) / 10;
    },
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
